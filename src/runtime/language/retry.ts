import { InterpError } from '../../core/errors.ts';
import type { Clock } from '../clock.ts';
import { backoffMs, exhaustedMessage, type Backoff } from './backoff.ts';
import { ExchangeError, type Exchange } from './exchange.ts';
import type { ExchangeFailure } from './failures.ts';
import type { WireRequest } from './wire.ts';

export interface RetryOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1): spreads the waits of many requests. */
  readonly random: () => number;
  /** Tries in all. */
  readonly tries: number;
}

export interface Sender {
  /**
   * Sends until there is an answer, or it is clear that there will be none. `onLost` is told of every try that the
   * server may charge for although it brought nothing.
   * @throws language/*, cancelled
   */
  send(request: WireRequest, signal: AbortSignal, options?: SendOptions): Promise<unknown>;
}

export interface SendOptions {
  readonly onLost?: () => void;
  /** Failures of the server (5xx) are final: a probe asks for what a server may not have. */
  readonly serverErrorsAreFinal?: boolean;
}

export const DEFAULT_TRIES = 6;
const BACKOFF: Backoff = { firstMs: 1000, longestMs: 30_000, jitter: 0.2 };
/** A server that asks for more is not waited for. */
const LONGEST_RETRY_AFTER_MS = 120_000;

/** Tries again what may pass: rate limits, failures of the server, lost connections. A rate limit holds all requests back. */
export function retrying(exchange: Exchange, { clock, random, tries }: RetryOptions): Sender {
  let quietUntil = 0;

  const waitFor = (failure: ExchangeFailure, tried: number): number =>
    Math.max(failure.waitMs ?? 0, backoffMs(tried, BACKOFF, random));
  const pause = async (signal: AbortSignal): Promise<void> => {
    const wait = quietUntil - clock.now();
    if (wait > 0) await clock.sleep(wait, signal);
  };
  return {
    send: async (request, signal, { onLost, serverErrorsAreFinal = false } = {}) => {
      for (let tried = 1; ; tried++) {
        await pause(signal);
        try {
          return await exchange.send(request, signal);
        } catch (error) {
          if (!(error instanceof ExchangeError)) throw error;
          const { failure } = error;
          if (failure.maybeCharged) onLost?.();
          const isFinal = !failure.isPassing || (serverErrorsAreFinal && (failure.status ?? 0) >= 500);
          if (isFinal) throw failure.error;
          const tooLong = (failure.waitMs ?? 0) > LONGEST_RETRY_AFTER_MS;
          if (tried >= tries || tooLong) throw exhausted(failure, tried);
          const wait = waitFor(failure, tried);
          if (failure.status === 429) quietUntil = Math.max(quietUntil, clock.now() + wait);
          else await clock.sleep(wait, signal);
        }
      }
    },
  };
}

function exhausted({ error, waitMs }: ExchangeFailure, tried: number): InterpError {
  return new InterpError(error.code, exhaustedMessage(error, tried, waitMs), {
    data: { ...error.data, tries: tried },
  });
}
