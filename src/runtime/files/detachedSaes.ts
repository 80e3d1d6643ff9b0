import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson } from './jsonFile.ts';
import { withFileLock } from './lock.ts';

/** SAEs that prompts get only when they name them, by folder. They may lie anywhere, so that the list lies in the storage. */
const FILE = 'detached-saes.json';

/** Folders of SAEs that a person detached; a file that cannot be read is an empty one. */
export async function readDetached(storage: string): Promise<ReadonlySet<string>> {
  try {
    const json: unknown = JSON.parse(await readFile(join(storage, FILE), 'utf8'));
    return new Set(Array.isArray(json) ? json.filter((each) => typeof each === 'string') : []);
  } catch {
    return new Set();
  }
}

/** Folders that are gone leave the list. @throws file/unwritable, hub/busy */
export async function setDetached(
  storage: string,
  directory: string,
  { isDetached }: { readonly isDetached: boolean },
): Promise<void> {
  const file = join(storage, FILE);
  await withFileLock(file, async () => {
    const others = [...(await readDetached(storage))].filter(
      (each) => each !== directory && existsSync(each),
    );
    await writeJson(file, isDetached ? [...others, directory].toSorted() : others);
  });
}
