import { InterpError, type ErrorCode } from '../../core/errors.ts';
import { retryAfterMs } from '../language/backoff.ts';

/** A try that brought nothing: whether the next one may, and how long the host asks to wait. */
export class HubFailure extends Error {
  readonly error: InterpError;
  readonly isPassing: boolean;
  readonly waitMs: number | null;

  constructor(error: InterpError, options: { readonly isPassing: boolean; readonly waitMs?: number | null }) {
    super(error.message, { cause: error });
    this.error = error;
    this.isPassing = options.isPassing;
    this.waitMs = options.waitMs ?? null;
  }
}

/** Headers by lower-case name. */
export type Headers = Readonly<Record<string, string | undefined>>;

const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Hugging Face's X-Error-Code -> what is wrong. */
const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  GatedRepo: 'hub/gated',
  RepoNotFound: 'hub/not-found',
  RevisionNotFound: 'hub/not-found',
  EntryNotFound: 'hub/not-found',
};
const LONGEST_MESSAGE = 200;

/** A connection that failed, or broke. Never quotes headers. */
export function lostConnection(host: string, cause: unknown): HubFailure {
  const reason = reasonOf(cause);
  const error = new InterpError('hub/unreachable', `The connection to ${host} failed: ${reason}.`, {
    data: { host, reason },
    cause,
  });
  return new HubFailure(error, { isPassing: true });
}

/** A status that is no success. `now` in milliseconds since 1970. */
export function refusedBy(url: URL, status: number, headers: Headers, now: number): HubFailure {
  const code = codeOf(status, headers);
  const said = (headers['x-error-message'] ?? '').slice(0, LONGEST_MESSAGE);
  const what = `${url.host} answered ${status} for ${url.pathname}`;
  const message = `${what}${said === '' ? '.' : `: ${said.replace(/\.?$/, '.')}`}`;
  const stated = headers['x-error-code'] ?? null;
  const error = new InterpError(code, message, {
    data: { host: url.host, path: url.pathname, status, stated },
  });
  const isPassing = PASSING.has(status);
  return new HubFailure(error, {
    isPassing,
    waitMs: isPassing ? retryAfterMs(headers['retry-after'], now) : null,
  });
}

function codeOf(status: number, headers: Headers): ErrorCode {
  const stated = BY_CODE[headers['x-error-code'] ?? ''];
  if (stated !== undefined) return stated;
  if (PASSING.has(status)) return 'hub/unreachable';
  return status === 404 || status === 410 ? 'hub/not-found' : 'hub/refused';
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause instanceof Error && 'code' in cause.cause ? cause.cause : cause;
  return 'code' in inner && typeof inner.code === 'string'
    ? `${inner.code} (${inner.message})`
    : inner.message;
}
