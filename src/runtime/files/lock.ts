import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import { dirname } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { systemClock, type Clock } from '../clock.ts';
import { diskError } from './disk.ts';
import { writeError } from './fileError.ts';
import { createNew, isAlive } from './lockFile.ts';

/** How often a waiting process looks again, and a holder says that it lives. */
const LOOK_MS = 500;
const TOUCH_MS = 15_000;
/** A lock that was not touched for so long was left behind, whoever has its number now. */
const ABANDONED_MS = 5 * 60_000;
/** Nobody waits longer than this. */
const PATIENCE_MS = 12 * 3_600_000;
/** Never fires: a change of a small file takes milliseconds. */
const NEVER = new AbortController().signal;

export interface LockOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once when another process holds it. */
  readonly onWait: () => void;
}

/**
 * Runs while no other process (nor another job of this one) runs with the same lock file; waits for its end. The lock of
 * a process that is gone is taken over. @throws hub/busy after hours, cancelled, file/unwritable
 */
export async function withLock<T>(path: string, options: LockOptions, run: () => Promise<T>): Promise<T> {
  const own = `${process.pid} ${os.hostname()} ${randomUUID()}`;
  held.add(own);
  try {
    await take(path, own, options);
  } catch (error) {
    held.delete(own);
    throw error;
  }
  const beat = setInterval(() => {
    const now = new Date();
    void utimes(path, now, now).catch(() => undefined);
  }, TOUCH_MS);
  beat.unref();
  try {
    return await run();
  } finally {
    clearInterval(beat);
    held.delete(own);
    if ((await content(path)) === own) await rm(path, { force: true });
  }
}

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

/** Locks of this process: its number alone does not tell a job that ended from one that runs. */
const held = new Set<string>();

/** Whether a process that lives holds the lock. */
export async function isLocked(path: string): Promise<boolean> {
  const holder = await content(path);
  return holder !== null && !(await isLeft(path, holder));
}

async function take(path: string, own: string, { clock, signal, onWait }: LockOptions): Promise<void> {
  const start = clock.now();
  let told = false;
  while (!(await create(path, own))) {
    const holder = await content(path);
    if (holder !== null && (await isLeft(path, holder))) {
      await removeLeft(path, holder);
      continue;
    }
    if (!told) onWait();
    told = true;
    if (clock.now() - start > PATIENCE_MS) {
      throw new InterpError('hub/busy', 'Another process is adding the same thing, and does not end.', {
        data: { file: path },
      });
    }
    await clock.sleep(LOOK_MS, signal);
  }
}

async function create(path: string, own: string): Promise<boolean> {
  return createNew(path, own).catch((error: unknown) => {
    throw diskError(path, error);
  });
}

/** Moves a left lock away: of several that try, one succeeds, and it looks again at what it has. */
async function removeLeft(path: string, holder: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await content(aside);
  // Somebody was faster, and this is the new holder's: it gets its lock back.
  if (moved !== holder) await rename(aside, path).catch(() => undefined);
  else await rm(aside, { force: true });
}

async function isLeft(path: string, holder: string): Promise<boolean> {
  const [pid, host] = holder.split(' ');
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
  if (touched === null) return false;
  if (Date.now() - touched > ABANDONED_MS) return true;
  // A lock whose writer was ended between making and filling it is empty, and gets old.
  if (host === undefined || host !== os.hostname()) return false;
  if (Number(pid) === process.pid) return !held.has(holder);
  return !isAlive(Number(pid));
}

async function content(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}
