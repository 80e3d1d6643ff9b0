import type { InterpError } from '../../core/errors.ts';

/** Waits of a client that tries again. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
  /** Share of a wait by which it varies to either side, so that many clients do not come back at once. */
  readonly jitter: number;
}

/** Milliseconds before the next try: twice as long after each that failed. `random` is uniform in [0, 1). */
export function backoffMs(
  failed: number,
  { firstMs, longestMs, jitter }: Backoff,
  random: () => number,
): number {
  const wait = Math.min(longestMs, firstMs * 2 ** (failed - 1));
  return wait * (1 - jitter + 2 * jitter * random());
}

/** Milliseconds of a `retry-after` header, which is in seconds or a date; null without a usable one. `now` since 1970. */
export function retryAfterMs(header: string | null | undefined, now: number): number | null {
  if (header === null || header === undefined || header.trim() === '') return null;
  const seconds = Number(header);
  if (seconds >= 0) return seconds * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** What a failure says when it was the last try. */
export function exhaustedMessage(error: InterpError, tries: number, waitMs: number | null): string {
  const asked = waitMs === null ? '' : ` It asks to wait ${Math.ceil(waitMs / 1000)} s.`;
  const times = tries === 1 ? 'once' : `${tries} times`;
  return `${error.message} (tried ${times})${asked}`;
}
