import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeError } from '../files/fileError.ts';
import { withLock } from '../hub/lock.ts';
import { systemClock } from '../language/clock.ts';

/** Never fires: a change of a small file takes milliseconds. */
const NEVER = new AbortController().signal;

/**
 * Changes a file while no other process does, so that of two that read, change and write it, neither loses what the
 * other wrote. The lock lies beside the file and is gone afterwards. @throws file/unwritable, hub/busy
 */
export async function withFileLock<T>(file: string, change: () => Promise<T>): Promise<T> {
  try {
    await mkdir(dirname(file), { recursive: true });
  } catch (error) {
    throw writeError(file, error);
  }
  return withLock(`${file}.lock`, { clock: systemClock, signal: NEVER, onWait: () => {} }, change);
}
