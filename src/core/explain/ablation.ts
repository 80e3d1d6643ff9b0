import { bootstrap } from './bootstrap.ts';
import type { Score } from './explanation.ts';

/**
 * Jensen-Shannon divergence of two distributions, nats: 0 for equal ones, ln 2 for disjoint ones. In float64.
 */
export function jensenShannon(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < p.length; index++) {
    const a = p[index] ?? 0;
    const b = q[index] ?? 0;
    const middle = (a + b) / 2;
    // 0 ln 0 = 0
    if (a > 0) sum += (a / 2) * Math.log(a / middle);
    if (b > 0) sum += (b / 2) * Math.log(b / middle);
  }
  return Math.max(0, sum);
}

/** What three runs of one window predicted after each token. */
export interface AblatedWindow {
  readonly set: 'top' | 'random';
  /** JSD(simulated run, real run) of each token's prediction, nats. */
  readonly simulated: ArrayLike<number>;
  /** JSD(mean-ablated run, real run), nats. */
  readonly mean: ArrayLike<number>;
}

/**
 * How much of the unit's work the simulated activation does in its place:
 * 1 - E[JSD(simulated, real)] / E[JSD(mean-ablated, real)], the expectation over all tokens of all windows.
 * Null where mean-ablation changes nothing. Source: Bills et al. 2023, "ablation scoring".
 */
export function ablationScore(
  windows: readonly AblatedWindow[],
  { seed = 0 }: { readonly seed?: number } = {},
): { readonly topAndRandom: Score | null; readonly randomOnly: Score | null } {
  const of = (set: 'top' | 'random') => windows.filter((window) => window.set === set).map(sumsOf);
  const random = of('random');
  return {
    topAndRandom: bootstrap(
      [of('top'), random].filter((group) => group.length > 0),
      kept,
      { seed },
    ),
    randomOnly: bootstrap(random.length > 0 ? [random] : [], kept, { seed }),
  };
}

// Both expectations are over the same tokens, so that their ratio is that of the sums.
function sumsOf({ simulated, mean }: AblatedWindow): Float64Array {
  return Float64Array.of(sum(simulated), sum(mean));
}

function kept([simulated = 0, mean = 0]: Float64Array): number | null {
  return mean > 0 ? 1 - simulated / mean : null;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index] ?? 0;
  return total;
}
