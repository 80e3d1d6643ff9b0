import { bug } from '../errors.ts';

/**
 * What a head does with tokens that repeat, told by its pattern alone. Means of pattern weights, 0 to 1. Source:
 * TransformerLens `head_detector`, ARENA 1.2 "detecting attention heads" (mean of a diagonal of the pattern); `nearby`
 * is ours.
 */
export interface HeadScores {
  /** To the token before: offset 1. */
  readonly previousToken: number;
  /** To the four tokens before together: offsets 1 to 4. */
  readonly nearby: number;
  /** To the same token in the first copy: offset n. */
  readonly duplicateToken: number;
  /** To the token after that one: offset n - 1. */
  readonly induction: number;
  /** Of the pattern's rows, in nats, row 0 left out: how widely the head looks. */
  readonly entropy: number;
}

const NEARBY = [1, 2, 3, 4] as const;

/** BOS, n tokens, and the same n again: 2n + 1 tokens. */
export function repeatedTokens(bos: number, tokens: readonly number[]): number[] {
  return [bos, ...tokens, ...tokens];
}

/**
 * Scores of every head of a layer on `repeatedTokens` of n random tokens, whose first copy nothing foretells.
 * `pattern` [head, 2n + 1, 2n + 1], rows of queries. n of 4 and more.
 */
export function headScores(pattern: Float32Array, n: number): HeadScores[] {
  const size = 2 * n + 1;
  const heads = pattern.length / size ** 2;
  if (n < NEARBY.length || !Number.isInteger(heads))
    throw bug(`a pattern of ${pattern.length} is not of ${size} tokens`);
  return Array.from({ length: heads }, (_, head) => {
    const own = pattern.subarray(head * size ** 2, (head + 1) * size ** 2);
    return {
      previousToken: diagonalMean(own, size, 1),
      nearby: NEARBY.reduce((sum, offset) => sum + diagonalMean(own, size, offset), 0),
      duplicateToken: diagonalMean(own, size, n),
      induction: diagonalMean(own, size, n - 1),
      entropy: meanEntropy(own, size),
    };
  });
}

/** Mean weight that each head's later tokens give to the first one. `pattern` [head, size, size]. */
export function firstTokenScores(pattern: Float32Array, size: number): number[] {
  return Array.from({ length: pattern.length / size ** 2 }, (_, head) => {
    let sum = 0;
    for (let query = 1; query < size; query++) sum += pattern[(head * size + query) * size] ?? Number.NaN;
    return sum / (size - 1);
  });
}

/** Mean of the pairs whose key stands `offset` before the query. */
function diagonalMean(pattern: Float32Array, size: number, offset: number): number {
  let sum = 0;
  for (let query = offset; query < size; query++) sum += pattern[query * size + query - offset] ?? Number.NaN;
  return sum / (size - offset);
}

/** Row 0 has one key, so its entropy says nothing. */
function meanEntropy(pattern: Float32Array, size: number): number {
  const rows = pattern.subarray(size);
  return rows.reduce((sum, p) => (p === 0 ? sum : sum - p * Math.log(p)), 0) / (size - 1);
}
