import { cancelled, InterpError, throwIfCancelled } from '../../core/errors.ts';
import type { LanguageBudget } from '../../core/explain/language/access.ts';

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Room kept for one request; exactly one of its methods is called, once. */
export interface Reservation {
  /** Answered: what it cost. */
  settle(usage: Usage): void;
  /** Never answered; `requests` that may have been charged all the same. */
  release(requests?: number): void;
}

export interface Budget {
  /**
   * Keeps room for one request before it is sent. Waits while requests under way may still give room back.
   * @throws language/budget when the request could exceed the cap, cancelled
   */
  reserve(largest: Usage, signal: AbortSignal): Promise<Reservation>;
}

/** Counts what a run spends and stops it before a cap is exceeded. */
export function createBudget(caps: LanguageBudget): Budget {
  let requests = 0;
  let tokens = 0;
  let pending = 0;
  let waiting: (() => void)[] = [];

  const exceeds = (largest: number): boolean =>
    (caps.requests !== null && requests + 1 > caps.requests) ||
    (caps.tokens !== null && tokens + largest > caps.tokens);
  const giveBack = (spent: { readonly requests: number; readonly tokens: number }, largest: number): void => {
    pending--;
    requests += spent.requests - 1;
    tokens += spent.tokens - largest;
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  return {
    reserve: async (usage, signal) => {
      const largest = total(usage);
      throwIfCancelled(signal);
      while (exceeds(largest)) {
        if (pending === 0) throw spent(caps, { requests, tokens });
        await changed(signal, (wake) => waiting.push(wake));
      }
      requests++;
      tokens += largest;
      pending++;
      return {
        settle: (actual) => giveBack({ requests: 1, tokens: total(actual) }, largest),
        release: (charged = 0) => giveBack({ requests: charged, tokens: 0 }, largest),
      };
    },
  };
}

async function changed(signal: AbortSignal, listen: (wake: () => void) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => reject(cancelled(signal.reason));
    signal.addEventListener('abort', stop, { once: true });
    listen(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}

function total({ promptTokens, completionTokens }: Usage): number {
  return promptTokens + completionTokens;
}

function spent(
  caps: LanguageBudget,
  used: { readonly requests: number; readonly tokens: number },
): InterpError {
  const cap = [
    ...(caps.requests === null ? [] : [`${caps.requests} requests`]),
    ...(caps.tokens === null ? [] : [`${caps.tokens} tokens`]),
  ].join(' and ');
  return new InterpError(
    'language/budget',
    `The next request could exceed the budget of ${cap}: ${used.requests} requests and ${used.tokens} tokens are spent.`,
    { data: { requests: used.requests, tokens: used.tokens } },
  );
}
