import { InterpError } from '../../core/errors.ts';
import type { Clock } from '../language/clock.ts';
import { HubFailure } from './failure.ts';

export interface RetryPolicy {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Tries in a row that bring nothing. */
  readonly tries?: number;
}

const TRIES = 6;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
/** Share of a wait by which it varies to either side, so that many clients do not come back at once. */
const JITTER = 0.3;
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
      const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failed - 1));
      await clock.sleep(Math.max(asked, backoff * (1 - JITTER + 2 * JITTER * random())), signal);
    }
  }
}

function exhausted({ error, waitMs }: HubFailure, failed: number): InterpError {
  const asked = waitMs === null ? '' : ` It asks to wait ${Math.ceil(waitMs / 1000)} s.`;
  const times = failed === 1 ? 'once' : `${failed} times`;
  return new InterpError(error.code, `${error.message} (tried ${times})${asked}`, {
    data: { ...error.data, tries: failed },
    cause: error,
  });
}
