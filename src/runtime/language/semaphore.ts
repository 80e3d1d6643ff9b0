import { cancelled, throwIfCancelled } from '../../core/errors.ts';

/** Lets a limited number of jobs run at once, first come, first served. */
export interface Semaphore {
  /** @throws cancelled while waiting, and whatever the job throws */
  run<T>(signal: AbortSignal, job: () => Promise<T>): Promise<T>;
}

export function createSemaphore(limit: number): Semaphore {
  let free = Math.max(1, Math.floor(limit));
  const waiting: (() => void)[] = [];

  const acquire = async (signal: AbortSignal): Promise<void> => {
    throwIfCancelled(signal);
    if (free > 0) {
      free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(go), 1);
        reject(cancelled(signal.reason));
      };
      waiting.push(go);
      signal.addEventListener('abort', leave, { once: true });
    });
  };
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return {
    run: async (signal, job) => {
      await acquire(signal);
      try {
        return await job();
      } finally {
        release();
      }
    },
  };
}
