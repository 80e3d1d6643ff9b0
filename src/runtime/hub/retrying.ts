import { InterpError } from '../../core/errors.ts';
import type { Clock } from '../clock.ts';
import { backoffMs, exhaustedMessage, type Backoff } from '../language/backoff.ts';
import { HubFailure } from './failure.ts';

export interface RetryPolicy {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Tries in a row that bring nothing. */
  readonly tries?: number;
}

const TRIES = 6;
const BACKOFF: Backoff = { firstMs: 500, longestMs: 20_000, jitter: 0.3 };
/** A host that asks for more is not waited for. */
const LONGEST_RETRY_AFTER_MS = 300_000;

/**
 * Tries until there is a result or it is clear that there will be none.
 * @param run is told how to say that it got ahead: the count of tries then starts again
 * @throws the last failure's error, cancelled
 */
export async function retrying<T>(
  policy: RetryPolicy,
  signal: AbortSignal,
  run: (gotAhead: () => void) => Promise<T>,
): Promise<T> {
  const { clock, random, tries = TRIES } = policy;
  let failed = 0;
  for (;;) {
    try {
      return await run(() => (failed = 0));
    } catch (failure) {
      if (!(failure instanceof HubFailure)) throw failure;
      failed++;
      const asked = failure.waitMs ?? 0;
      if (!failure.isPassing) throw failure.error;
      if (failed >= tries || asked > LONGEST_RETRY_AFTER_MS) throw exhausted(failure, failed);
      await clock.sleep(Math.max(asked, backoffMs(failed, BACKOFF, random)), signal);
    }
  }
}

function exhausted({ error, waitMs }: HubFailure, failed: number): InterpError {
  return new InterpError(error.code, exhaustedMessage(error, failed, waitMs), {
    data: { ...error.data, tries: failed },
    cause: error,
  });
}
