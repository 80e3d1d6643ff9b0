import { bootstrap } from './bootstrap.ts';
import type { SimulationScores } from './explanation.ts';

/** One window's true and simulated activations, on the same scale. */
export interface Simulation {
  readonly truth: ArrayLike<number>;
  readonly simulated: ArrayLike<number>;
  /** Windows of a set are resampled together. */
  readonly set?: 'top' | 'random';
}

/** Sums over a window that all scores are made of. */
const SUM = { count: 0, t: 1, p: 2, tt: 3, pp: 4, tp: 5, difference: 6, size: 7 } as const;
const WIDTH = 8;

/** Variance below this share of the squared size is rounding: the values are constant. */
const CONSTANT = 1e-12;

/**
 * Scores over the concatenation of all windows, never the mean of the windows' own scores.
 * Source: automated-interpretability, `score_from_simulation`: ev_correlation_score (Pearson r, preferred),
 * rsquared_score = 1 - mean((t - p)^2) / mean(t^2) (not centred), absolute_dev_explained_score = 1 - mean|t - p| / mean|t|.
 * Null where a score is not defined: never NaN. A unit that does not vary, a silent one, has no correlation. One that
 * does, beside words that say the same of every token, has 0: they predict nothing. Source of the latter: Transformer
 * Debugger, where automated-interpretability has NaN.
 */
export function scoreSimulations(
  simulations: readonly Simulation[],
  { seed = 0 }: { readonly seed?: number } = {},
): SimulationScores {
  const groups = (['top', 'random'] as const)
    .map((set) => simulations.filter((simulation) => (simulation.set ?? 'top') === set).map(sumsOf))
    .filter((group) => group.length > 0);
  return {
    correlation: bootstrap(groups, correlationOf, { seed }),
    rSquared: bootstrap(groups, rSquaredOf, { seed }),
    absoluteDeviation: bootstrap(groups, absoluteDeviationOf, { seed }),
    sequences: simulations.length,
  };
}

/** Pearson correlation: 0 when only the simulation is constant, null when the truth is or there is nothing. */
export function correlation(truth: ArrayLike<number>, simulated: ArrayLike<number>): number | null {
  return correlationOf(sumsOf({ truth, simulated }));
}

/**
 * A correlation that older records and other tools left undefined beside an r-squared: the unit varies there, and so it
 * was the simulation that did not.
 */
export function orPredictsNothing<T>(correlation: T | null, rSquared: unknown, nothing: T): T | null {
  return correlation === null && rSquared !== null ? nothing : correlation;
}

function sumsOf({ truth, simulated }: Simulation): Float64Array {
  const sums = new Float64Array(WIDTH);
  const add = (index: number, value: number) => {
    sums[index] = (sums[index] ?? 0) + value;
  };
  for (let index = 0; index < truth.length; index++) {
    const t = truth[index] ?? 0;
    const p = simulated[index] ?? 0;
    add(SUM.count, 1);
    add(SUM.t, t);
    add(SUM.p, p);
    add(SUM.tt, t * t);
    add(SUM.pp, p * p);
    add(SUM.tp, t * p);
    add(SUM.difference, Math.abs(t - p));
    add(SUM.size, Math.abs(t));
  }
  return sums;
}

function correlationOf(sums: Float64Array): number | null {
  const [count = 0, t = 0, p = 0, tt = 0, pp = 0, tp = 0] = sums;
  const varianceOfTruth = count * tt - t * t;
  const varianceOfSimulated = count * pp - p * p;
  if (varianceOfTruth <= CONSTANT * count * tt) return null;
  if (varianceOfSimulated <= CONSTANT * count * pp) return 0;
  const r = (count * tp - t * p) / Math.sqrt(varianceOfTruth * varianceOfSimulated);
  return Math.max(-1, Math.min(1, r));
}

function rSquaredOf(sums: Float64Array): number | null {
  const [, , , tt = 0, pp = 0, tp = 0] = sums;
  return tt > 0 ? 1 - (tt - 2 * tp + pp) / tt : null;
}

function absoluteDeviationOf(sums: Float64Array): number | null {
  const size = sums[SUM.size] ?? 0;
  return size > 0 ? 1 - (sums[SUM.difference] ?? 0) / size : null;
}
