import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeError } from './fileError.ts';

/**
 * Writes beside the file and renames, making the folder when it is missing: whoever reads sees the old file or the new
 * one, never half of it. `content` may write to the path that it is given.
 * @throws file/unwritable
 */
export async function replaceFile(
  path: string,
  content: string | ((partial: string) => Promise<void>),
): Promise<void> {
  const partial = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    if (typeof content === 'string') await writeFile(partial, content);
    else await content(partial);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw writeError(path, error);
  }
}
