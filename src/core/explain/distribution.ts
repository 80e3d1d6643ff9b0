import type { Score } from './explanation.ts';
import type { Distribution, ScoreDistribution } from './report.ts';

/** Bins of 0.1 from -1 to 1. */
const BINS = 20;

/** Figures of scores between -1 and 1: the last bin holds its upper end too. */
export function distributionOf(scores: readonly number[]): Distribution {
  const sorted = scores.toSorted((a, b) => a - b);
  const counts = Array.from({ length: BINS }, () => 0);
  for (const score of scores) {
    const bin = Math.max(0, Math.min(BINS - 1, Math.floor(((score + 1) / 2) * BINS)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share));
  return {
    count: scores.length,
    median: middle ?? null,
    quartiles: low === undefined || high === undefined || low === null || high === null ? null : [low, high],
    mean: scores.length > 0 ? scores.reduce((sum, score) => sum + score, 0) / scores.length : null,
    counts,
  };
}

/**
 * Of the scores of units; null = a unit that was silent, and has none.
 * @param chance what words are worth that say the same everywhere
 */
export function scoreDistribution(scores: readonly (Score | null)[], chance = 0): ScoreDistribution {
  const defined = scores.flatMap((score) => score ?? []);
  // In no resample either did anything that varies meet the truth: not a score that is 0 by accident.
  const atChance = ({ low, high }: Score): boolean => low === chance && high === chance;
  return {
    ...distributionOf(defined.map(({ value }) => value)),
    silent: scores.length - defined.length,
    saysNothing: defined.filter(atChance).length,
  };
}

/** Units of a family that have no score, or only that of chance, in words: `silent in the windows: 3, …`; null = none. */
export function apartText({ silent, saysNothing }: ScoreDistribution): string | null {
  const parts = [
    ...(silent > 0 ? [`silent in the windows: ${silent}`] : []),
    ...(saysNothing > 0 ? [`words say nothing: ${saysNothing}`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : null;
}

/** Middle of the values, the mean of the two middle ones for an even number; null without any. */
export function median(values: readonly number[]): number | null {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

/** Linear between neighbours. */
function quantile(sorted: readonly number[], share: number): number | null {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  return low === undefined || high === undefined ? null : low + (high - low) * (at - Math.floor(at));
}
