import type OpenAI from 'openai';
import { cancelled, throwIfCancelled } from '../../core/errors.ts';
import { NO_MORE } from '../../core/explain/language/askAll.ts';
import type { LanguageAccess } from '../../core/explain/language/access.ts';
import type { Clock } from '../clock.ts';
import type { BaseUrl } from './baseUrl.ts';
import { readFailure, type ExchangeFailure } from './failures.ts';
import { redactor } from './redact.ts';
import type { WireRequest } from './wire.ts';

export type OpenAiAccess = Extract<LanguageAccess, { kind: 'openai' }>;
export type Fetch = typeof fetch;

export interface ExchangeOptions {
  readonly clock: Clock;
  /** Longest wait for a whole answer. */
  readonly timeoutMs: number;
  readonly fetch: Fetch;
}

/** One request and its answer, as it came; never tried again here. */
export interface Exchange {
  /** @throws ExchangeError, cancelled */
  send(request: WireRequest, signal: AbortSignal): Promise<unknown>;
}

/** A failed exchange on its way to whoever may try again. */
export class ExchangeError extends Error {
  readonly failure: ExchangeFailure;

  constructor(failure: ExchangeFailure) {
    super(failure.error.message);
    this.failure = failure;
  }
}

/** All that a server gets to know besides the body; the package would also tell system, runtime and versions. */
const SENT_HEADERS: ReadonlySet<string> = new Set(['authorization', 'api-key', 'content-type', 'accept']);
/** The package's own limit must not be the one that ends a request. */
const NO_TIMEOUT = 2 ** 31 - 1;

/** Speaks to one server with the `openai` package, which is loaded when something is first sent. */
export function openExchange(
  access: OpenAiAccess,
  base: BaseUrl,
  { clock, timeoutMs, fetch }: ExchangeOptions,
): Exchange {
  let opened: Promise<OpenAI> | undefined;
  const place = { host: base.host, model: access.model, redact: redactor(access.key), timeoutMs };
  const send = async (request: WireRequest, signal: AbortSignal): Promise<unknown> => {
    throwIfCancelled(signal);
    const late = new AbortController();
    const gone = new AbortController();
    const leave = (): void => {
      if (signal.reason !== NO_MORE) gone.abort();
    };
    signal.addEventListener('abort', leave, { once: true });
    const stopTimer = clock.after(timeoutMs, () => late.abort());
    try {
      opened ??= openClient(access, base, fetch);
      const client = await opened;
      const options = { body: request.body, signal: AbortSignal.any([gone.signal, late.signal]) };
      return await client.post<unknown>(request.path, options);
    } catch (error) {
      if (gone.signal.aborted) throw cancelled();
      const timedOut = late.signal.aborted;
      throw new ExchangeError(readFailure(error, { ...place, timedOut, now: clock.now() }));
    } finally {
      stopTimer();
      signal.removeEventListener('abort', leave);
    }
  };
  return { send };
}

/** Every option and header that the package would otherwise read from the environment is given. */
async function openClient({ key }: OpenAiAccess, base: BaseUrl, fetch: Fetch): Promise<OpenAI> {
  const { OpenAI } = await import('openai');
  const bearer = key === null || base.isAzure ? null : `Bearer ${key}`;
  return new OpenAI({
    baseURL: base.url,
    defaultQuery: { ...base.query },
    // The package wants some key; what is sent is the header.
    apiKey: key ?? 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    defaultHeaders: { Authorization: bearer, 'api-key': base.isAzure ? key : null },
    maxRetries: 0,
    timeout: NO_TIMEOUT,
    logLevel: 'off',
    fetch: guarded(fetch),
  });
}

/** Sends known headers alone, and follows no redirect: prompts and key go to the configured server or nowhere. */
function guarded(fetch: Fetch): Fetch {
  return async (url, init) => {
    const headers = new Headers(init?.headers);
    for (const name of [...headers.keys()]) if (!SENT_HEADERS.has(name)) headers.delete(name);
    return fetch(url, { ...init, headers, redirect: 'error' });
  };
}
