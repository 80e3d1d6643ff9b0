import { throwIfCancelled } from '../../src/core/errors.ts';
import type { Clock } from '../../src/runtime/clock.ts';

/** Time that passes only where the code under test sleeps. */
export interface TestClock extends Clock {
  /** Milliseconds of every sleep. */
  readonly slept: readonly number[];
  /** Ends the time of everything that waits for `after`. */
  elapse(): void;
}

export function testClock(start = 1_000_000): TestClock {
  const slept: number[] = [];
  const timers = new Set<() => void>();
  let now = start;
  return {
    slept,
    now: () => now,
    sleep: async (milliseconds, signal) => {
      throwIfCancelled(signal);
      slept.push(milliseconds);
      now += milliseconds;
      await Promise.resolve();
      throwIfCancelled(signal);
    },
    after: (_, run) => {
      timers.add(run);
      return () => timers.delete(run);
    },
    elapse: () => {
      for (const run of [...timers]) run();
    },
  };
}
