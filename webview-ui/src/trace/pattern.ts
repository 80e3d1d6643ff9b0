import type { ColorDomain, PatternReading } from '../../../src/core/trace/readings.ts';

/** Weights are probabilities: the scale is the whole of 0..1 for every head, so that heads can be compared. */
export const PATTERN_DOMAIN: ColorDomain = {
  min: 0,
  max: 1,
  midpoint: 0,
  excluded: [],
  excludedReason: null,
};

/** Weight of a query for a key; null above the diagonal, which the mask forbids. */
export function patternWeight(reading: PatternReading, query: number, key: number): number | null {
  return key > query ? null : (reading.pattern[query * reading.size + key] ?? null);
}

/** The key that a query attends to most; the first of equals. */
export function strongestKey(reading: PatternReading, query: number): number {
  let best = 0;
  for (let key = 1; key <= query; key++) {
    if ((patternWeight(reading, query, key) ?? 0) > (patternWeight(reading, query, best) ?? 0)) best = key;
  }
  return best;
}
