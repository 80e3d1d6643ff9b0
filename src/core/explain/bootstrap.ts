import { seededRandom } from '../random.ts';
import type { Score } from './explanation.ts';

/** Enough for two stable digits of a 95 % interval, and milliseconds. */
export const RESAMPLES = 1000;

const TAIL = 0.025;

/**
 * A figure of groups of samples with its 95 % interval: each group is drawn from with replacement, keeping its size
 * (top and random windows stay as many as they were). Samples are vectors of sums that add up.
 * Resamples without a figure (a constant, say) are left out; an interval always holds the value itself.
 * Null when the figure of all samples is not defined.
 */
export function bootstrap(
  groups: readonly (readonly Float64Array[])[],
  figure: (sums: Float64Array) => number | null,
  { seed = 0, resamples = RESAMPLES }: { readonly seed?: number; readonly resamples?: number } = {},
): Score | null {
  const width = groups.flat()[0]?.length ?? 0;
  const sums = new Float64Array(width);
  for (const sample of groups.flat()) add(sums, sample);
  const value = defined(figure(sums));
  if (value === null) return null;
  const random = seededRandom(seed);
  const values: number[] = [];
  for (let draw = 0; draw < resamples; draw++) {
    sums.fill(0);
    for (const group of groups) {
      for (let index = 0; index < group.length; index++) {
        add(sums, group[Math.floor(random() * group.length)]);
      }
    }
    const drawn = defined(figure(sums));
    if (drawn !== null) values.push(drawn);
  }
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? value;
  return { value, low: Math.min(value, at(TAIL)), high: Math.max(value, at(1 - TAIL)) };
}

function add(sums: Float64Array, sample: Float64Array | undefined): void {
  if (!sample) return;
  for (let index = 0; index < sums.length; index++) sums[index] = (sums[index] ?? 0) + (sample[index] ?? 0);
}

function defined(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : value;
}
