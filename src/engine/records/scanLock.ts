import { readFile, rm, stat, utimes } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { InterpError } from '../../core/errors.ts';
import { writeError } from '../../runtime/files/fileError.ts';
import { createNew, isAlive } from '../../runtime/files/lockFile.ts';

/** A lock of a living process that was not touched for so long was left behind, its number given to another. */
const ABANDONED_MS = 10 * 60_000;
/** Two processes may both take a dead one's lock at the same moment: the second look tells who has it. */
const SECOND_LOOK_MS = 30;

export interface ScanLock {
  /** Says that the scan lives. */
  touch(): Promise<void>;
  release(): Promise<void>;
}

/** Holds a scan's folder for this process. The lock of a process that is gone is taken over. @throws index/busy */
export async function lockScan(path: string): Promise<ScanLock> {
  const own = `${process.pid} ${randomUUID()}`;
  const taken = (await create(path, own)) || ((await isFree(path)) && (await takeOver(path, own)));
  if (!taken) throw busy(path);
  return {
    touch: async () => {
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
    },
    release: async () => {
      if ((await readFile(path, 'utf8').catch(() => '')) === own) await rm(path, { force: true });
    },
  };
}

async function create(path: string, own: string): Promise<boolean> {
  return createNew(path, own).catch((error: unknown) => {
    throw writeError(path, error);
  });
}

async function takeOver(path: string, own: string): Promise<boolean> {
  await rm(path, { force: true });
  if (!(await create(path, own))) return false;
  await wait(SECOND_LOOK_MS);
  return (await readFile(path, 'utf8').catch(() => '')) === own;
}

async function isFree(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return true;
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  const holder = Number(text.split(' ')[0]);
  // Within one process nobody scans one folder twice: a lock of this number is of an earlier process.
  if (holder === process.pid) return true;
  return !isAlive(holder) || Date.now() - touched > ABANDONED_MS;
}

function busy(path: string): InterpError {
  return new InterpError('index/busy', 'Another process is scanning the same corpus for the same model.', {
    data: { file: path },
  });
}
