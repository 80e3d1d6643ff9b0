import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeError } from './fileError.ts';

/** Writes JSON under a temporary name and renames it: readers never see half of it. @throws file/unwritable */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const partial = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, `${JSON.stringify(value, null, 1)}\n`);
    await rename(partial, path);
  } catch (error) {
    throw writeError(path, error);
  }
}
