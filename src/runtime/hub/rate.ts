import type { Clock } from '../clock.ts';

/** Milliseconds over which the rate is taken. */
const WINDOW_MS = 5_000;
/** Progress is told at most so often. */
const TELL_MS = 200;
const SAMPLE_MS = 50;

export interface Rate {
  readonly done: number;
  readonly total: number;
  /** Null until it can be told. */
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

/** Tells progress, its rate over the last seconds and the time left. Bytes that were here before do not count. */
export function rateMeter(clock: Clock, total: number, tell: (rate: Rate) => void): (done: number) => void {
  const seen: { readonly at: number; readonly done: number }[] = [];
  let told = -Infinity;
  return (done) => {
    const at = clock.now();
    const last = seen.at(-1);
    // A file that begins anew makes the sum fall.
    if (last && done < last.done) seen.length = 0;
    if (seen.length === 0 || at - (seen.at(-1)?.at ?? at) >= SAMPLE_MS) seen.push({ at, done });
    while (seen.length > 2 && (seen[0]?.at ?? at) < at - WINDOW_MS) seen.shift();
    if (at - told < TELL_MS && done < total) return;
    told = at;
    tell({ done, total, ...speed(seen, total) });
  };
}

function speed(
  seen: readonly { readonly at: number; readonly done: number }[],
  total: number,
): Pick<Rate, 'bytesPerSecond' | 'secondsLeft'> {
  const [first] = seen;
  const last = seen.at(-1);
  const unknown = { bytesPerSecond: null, secondsLeft: null };
  if (!first || !last || last.at - first.at < TELL_MS || last.done <= first.done) return unknown;
  const bytesPerSecond = (1000 * (last.done - first.done)) / (last.at - first.at);
  return { bytesPerSecond, secondsLeft: (total - last.done) / bytesPerSecond };
}
