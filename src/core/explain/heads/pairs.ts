import type { ExplainedRecord } from '../parts.ts';

/** A query that looks at a key. */
export interface Pair {
  readonly query: number;
  readonly key: number;
}

/** Place of a pair in a lower triangle that is stored row by row. */
export function pairIndex({ query, key }: Pair): number {
  return (query * (query + 1)) / 2 + key;
}

/** What a record says of a (query, key) pair; 0 where it has no pairs. */
export function pairValue({ pairs }: Pick<ExplainedRecord, 'pairs'>, pair: Pair): number {
  return pairs?.[pairIndex(pair)] ?? 0;
}

/** Every pair of a window of so many tokens, row by row. */
export function allPairs(tokens: number): Pair[] {
  return Array.from({ length: tokens }, (_, query) =>
    Array.from({ length: query + 1 }, (__, key): Pair => ({ query, key })),
  ).flat();
}
