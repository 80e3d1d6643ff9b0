import type { Histogram, Moments } from './statistics.ts';

/** Bins of a histogram; from half of them up to all are in use. A power of two. */
export const HISTOGRAM_BINS = 64;
/** A narrower bin could not be divided by in float32. */
const LEAST_WIDTH = 2 ** -100;

/** Bin of an activation above zero: `id` holds ((id - 1) * width, id * width]. Source: OpenAI's SAE viewer. */
export function binOf(activation: number, width: number): number {
  return Math.ceil(activation / width);
}

/**
 * The smallest power of two with which `max` fits into `bins` bins. Powers of two divide exactly, so that a bin never
 * depends on rounding, and pairs of bins merge exactly when the width doubles.
 */
export function widthFor(max: number, bins: number): number {
  let width = Math.max(LEAST_WIDTH, 2 ** Math.floor(Math.log2(max / bins)));
  while (max > width * bins) width *= 2;
  while (width > LEAST_WIDTH && max <= (width / 2) * bins) width /= 2;
  return width;
}

/** Counts of one unit, `bins` from `start`: bins 1 and 2 become bin 1, and so on. */
export function mergePairs(counts: Uint32Array | Float64Array, start: number, bins: number): void {
  for (let bin = 0; bin < bins / 2; bin++) {
    counts[start + bin] = (counts[start + 2 * bin] ?? 0) + (counts[start + 2 * bin + 1] ?? 0);
  }
  counts.fill(0, start + bins / 2, start + bins);
}

/** Without the empty bins behind the last count. */
export function histogramOf(width: number, counts: ArrayLike<number>): Histogram {
  const all = Array.from(counts);
  const last = all.findLastIndex((count) => count > 0);
  return { width, counts: all.slice(0, last + 1) };
}

/** Sums of the first four powers. */
export type PowerSums = readonly [number, number, number, number];

/** Moments around zero; third and fourth are null where the second is 0. */
export function zeroCentered(count: number, sums: PowerSums): Moments {
  const [mean, square, cube, fourth] = meansOf(count, sums);
  return { mean, variance: square, ...shape(square, cube, fourth) };
}

/** Moments around the mean, from raw sums in float64. */
export function central(count: number, sums: PowerSums): Moments {
  const [mean, square, cube, fourth] = meansOf(count, sums);
  // Rounding may leave a tiny negative number where all values are alike; NaN stays NaN.
  const rest = square - mean ** 2;
  const variance = rest < square * CANCELLED ? 0 : rest;
  const third = cube - 3 * mean * square + 2 * mean ** 3;
  const last = fourth - 4 * mean * cube + 6 * mean ** 2 * square - 3 * mean ** 4;
  return { mean, variance, ...shape(variance, third, last) };
}

/** A variance below this share of the mean square is what float64 leaves of a constant. */
const CANCELLED = 1e-13;

function shape(second: number, third: number, fourth: number): Pick<Moments, 'skewness' | 'kurtosis'> {
  if (second === 0) return { skewness: null, kurtosis: null };
  return { skewness: third / second ** 1.5, kurtosis: fourth / second ** 2 };
}

function meansOf(count: number, sums: PowerSums): PowerSums {
  const n = Math.max(count, 1);
  return [sums[0] / n, sums[1] / n, sums[2] / n, sums[3] / n];
}
