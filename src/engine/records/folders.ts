import { join } from 'node:path';
import { bug } from '../../core/errors.ts';
import type { Folders } from '../../protocol/recordsContract.ts';
import { storageFolder } from '../../runtime/files/storageFolder.ts';

/** Folders with the storage settled. */
interface KnownFolders extends Folders {
  readonly storage: string;
}

/** Where computed and shared things lie, as the host or the command line said. */
export interface FolderSettings {
  /** Whether they were told. */
  readonly isSet: boolean;
  set(folders: Folders): void;
  /** @throws internal/bug before they were set */
  get(): KnownFolders;
  /** A folder of the storage. */
  storage(...names: readonly string[]): string;
}

export function createFolders(): FolderSettings {
  let known: KnownFolders | null = null;
  const get = (): KnownFolders => {
    if (known) return known;
    throw bug('folders/set must be sent before anything that is stored');
  };
  return {
    get isSet() {
      return known !== null;
    },
    set: ({ storage, workspace }) => void (known = { storage: storage ?? storageFolder(), workspace }),
    get,
    storage: (...names) => join(get().storage, ...names),
  };
}
