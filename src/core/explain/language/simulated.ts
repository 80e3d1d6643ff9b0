import type { Simulated } from '../parts.ts';
import { lineToken } from './tokenText.ts';

/** Tokens that a reason names; the others are counted. */
const NAMED = 3;

export function failed(failure: string): Simulated {
  return { values: null, failure };
}

/** The values of a window, or a failure that names the tokens without one: a missing value is never a zero. */
export function simulatedFrom(tokens: readonly string[], values: readonly (number | null)[]): Simulated {
  const missing = tokens.flatMap((token, at) => ((values[at] ?? null) === null ? [{ token, at }] : []));
  if (missing.length === 0)
    return { values: Float32Array.from(values, (value) => value ?? 0), failure: null };
  const named = missing.slice(0, NAMED).map(({ token, at }) => `"${lineToken(token)}" at ${at}`);
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
  return failed(`No level from 0 to 10 for ${named.join(', ')}${more}.`);
}
