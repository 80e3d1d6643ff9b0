import { InterpError, type ErrorCode } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { retryAfterMs } from './backoff.ts';
import type { Redact } from './redact.ts';

/** What became of one exchange that brought no answer. */
export interface ExchangeFailure {
  readonly error: InterpError;
  /** Worth another try. */
  readonly isPassing: boolean;
  /** How long the server asked to wait, in milliseconds. */
  readonly waitMs: number | null;
  /** The server may have done the work, and charge for it. */
  readonly maybeCharged: boolean;
  readonly status: number | null;
}

export interface FailurePlace {
  readonly host: string;
  readonly model: string;
  readonly timedOut: boolean;
  readonly timeoutMs: number;
  readonly now: number;
  readonly redact: Redact;
}

const MAX_REASON = 300;
const PASSING: ReadonlySet<number> = new Set([408, 409, 425, 429]);
/** OpenAI, Azure and llama.cpp name it; vLLM and others say it in words. */
const OF_PROMPT: ReadonlySet<unknown> = new Set([
  'content_filter',
  'context_length_exceeded',
  'exceed_context_size_error',
]);
const TOO_LONG = /(?:maximum|available) context/i;
/** A 429 that waiting does not mend. */
const NO_QUOTA: ReadonlySet<unknown> = new Set(['insufficient_quota', 'billing_hard_limit_reached']);

/** Reads what the `openai` package threw. Everything that is told on is redacted, and no header is kept. */
export function readFailure(error: unknown, place: FailurePlace): ExchangeFailure {
  if (place.timedOut) {
    const seconds = Math.round(place.timeoutMs / 1000);
    return lost(place, `${place.host} did not answer within ${seconds} s.`);
  }
  if (isStatusError(error)) return fromStatus(error, place);
  if (error instanceof SyntaxError) {
    const reason = `${place.host} answered something that is not JSON.`;
    return { ...lost(place, reason), error: errorOf('language/bad-reply', reason, place) };
  }
  return lost(place, `${place.host} could not be reached: ${trimmed(place.redact(causeText(error)))}.`);
}

/** The package's error for an answer that is no success, by its shape: the package may not be loaded yet. */
interface StatusError extends Error {
  readonly status: number;
  readonly headers?: Headers;
  /** The `error` of the body, or all of it. */
  readonly error?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
}

function isStatusError(error: unknown): error is StatusError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

function lost(place: FailurePlace, reason: string): ExchangeFailure {
  const error = errorOf('language/unreachable', reason, place);
  return { error, isPassing: true, waitMs: null, maybeCharged: true, status: null };
}

function fromStatus(error: StatusError, place: FailurePlace): ExchangeFailure {
  const { status } = error;
  const reason = trimmed(place.redact(serverReason(error)));
  const said = `${place.host} answered ${status} for the model "${place.model}": ${reason}`;
  const isPassing = status >= 500 || (PASSING.has(status) && !hasNoQuota(error));
  return {
    error: errorOf(
      isOfPrompt(error, reason) ? 'language/bad-reply' : codeOf(status, isPassing),
      said,
      place,
      status,
    ),
    isPassing,
    waitMs: retryAfter(error.headers, place.now),
    maybeCharged: false,
    status,
  };
}

function codeOf(status: number, isPassing: boolean): ErrorCode {
  if (!isPassing) return 'language/refused';
  return status === 429 ? 'language/rate-limited' : 'language/unreachable';
}

/** Only this one prompt is refused: Azure's filter stopped it, or it is too long. Others may pass. */
function isOfPrompt({ status, code, type }: StatusError, reason: string): boolean {
  if (status === 413) return true;
  return status === 400 && (OF_PROMPT.has(code) || OF_PROMPT.has(type) || TOO_LONG.test(reason));
}

function hasNoQuota({ code, type }: StatusError): boolean {
  return NO_QUOTA.has(code) || NO_QUOTA.has(type);
}

/** What the server itself says; many put it into `error.message`, some into `message` or `detail`. */
function serverReason(error: StatusError): string {
  const body = error.error;
  const fields = isJsonObject(body) ? [body['message'], body['detail'], body['error']] : [body];
  const said = fields.find((field) => typeof field === 'string' && field !== '');
  return typeof said === 'string' ? said : 'no reason given';
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date. */
export function retryAfter(headers: Headers | undefined, now: number): number | null {
  const milliseconds = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds;
  return retryAfterMs(headers?.get('retry-after'), now);
}

/** The innermost cause: the package says "Connection error.", and fetch says "fetch failed". */
function causeText(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return messageOf(inner);
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\.$/, '');
}

function trimmed(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)} …` : line;
}

/** No cause: what the package throws carries headers and URLs. */
function errorOf(
  code: ErrorCode,
  message: string,
  { host, model }: FailurePlace,
  status?: number,
): InterpError {
  return new InterpError(code, message, {
    data: { host, model, ...(status === undefined ? {} : { status }) },
  });
}
