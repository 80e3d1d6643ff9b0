import { join } from 'node:path';
import { bug } from '../../core/errors.ts';
import type { Folders } from '../../protocol/recordsContract.ts';

/** Where computed and shared things lie, as the host or the command line said. */
export interface FolderSettings {
  /** Whether they were told. */
  readonly isSet: boolean;
  set(folders: Folders): void;
  /** @throws internal/bug before they were set */
  get(): Folders;
  /** A folder of the storage. */
  storage(...names: readonly string[]): string;
}

export function createFolders(): FolderSettings {
  let known: Folders | null = null;
  const get = (): Folders => {
    if (known) return known;
    throw bug('folders/set must be sent before anything that is stored');
  };
  return {
    get isSet() {
      return known !== null;
    },
    set: (folders) => void (known = folders),
    get,
    storage: (...names) => join(get().storage, ...names),
  };
}
