import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../../core/errors.ts';
import { sizeText } from '../../core/hub/amounts.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { InstalledFolder } from '../../runtime/hub/installed.ts';
import { digestOfFile } from './keptFile.ts';

const MODEL_MARK = 'config.json';

/**
 * Reads the files of something that was added, and drops those whose content is another one than it was then: adding
 * it again fetches these alone. Returns the names of those that went. @throws cancelled
 */
export async function dropDamaged({ folder, files }: InstalledFolder, job: JobContext): Promise<string[]> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const dropped: string[] = [];
  let done = 0;
  for (const { path, bytes, sha256 } of files) {
    throwIfCancelled(job.signal);
    job.progress({ done, total, message: `${sizeText(done)} of ${sizeText(total)} · ${path}` });
    const file = join(folder, path);
    const size = await stat(file).then(
      (found) => found.size,
      () => null,
    );
    const of = { kind: 'sha256', size: bytes, signal: job.signal } as const;
    const isRight = size === bytes && (await digestOfFile(file, of)) === sha256;
    done += bytes;
    if (isRight) continue;
    // Of a file that is used where it lies, only the link goes.
    await rm(file, { force: true });
    // Without it, nobody would know that a model is here.
    if (path === MODEL_MARK) await writeFile(file, '');
    dropped.push(path);
  }
  return dropped;
}
