import { cancelled } from '../../core/errors.ts';
import type { Progress } from '../../protocol/engineContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';

/** Jobs of which at most one runs under a name; who asks meanwhile shares it. */
export interface SharedJobs<T> {
  /** The job is cancelled when nobody waits for it any more; who cancelled hears of it when the job stands or is done. */
  run(name: string, job: JobContext, start: (shared: JobContext) => Promise<T>): Promise<T>;
}

interface Running<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  readonly listeners: Set<(progress: Progress) => void>;
}

export function createSharedJobs<T>(): SharedJobs<T> {
  const running = new Map<string, Running<T>>();

  const begin = (name: string, start: (shared: JobContext) => Promise<T>): Running<T> => {
    const controller = new AbortController();
    const listeners = new Set<(progress: Progress) => void>();
    const progress = (report: Progress): void => {
      for (const listener of listeners) listener(report);
    };
    const result = start({ signal: controller.signal, progress }).finally(() => running.delete(name));
    const made = { result, controller, listeners };
    running.set(name, made);
    return made;
  };

  return {
    run: async (name, job, start) => {
      let shared = running.get(name);
      // One that is being cancelled is waited for: it still writes what it has.
      while (shared?.controller.signal.aborted === true) {
        await shared.result.catch(() => undefined);
        shared = running.get(name);
      }
      const { result, controller, listeners } = shared ?? begin(name, start);
      const listener = (progress: Progress): void => job.progress(progress);
      listeners.add(listener);
      const leave = (): void => {
        listeners.delete(listener);
        if (listeners.size === 0) controller.abort(job.signal.reason);
      };
      if (job.signal.aborted) leave();
      job.signal.addEventListener('abort', leave, { once: true });
      try {
        const done = await result;
        if (job.signal.aborted) throw cancelled(job.signal.reason);
        return done;
      } finally {
        job.signal.removeEventListener('abort', leave);
        listeners.delete(listener);
      }
    },
  };
}
