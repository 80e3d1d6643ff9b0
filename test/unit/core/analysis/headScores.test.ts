import assert from 'node:assert/strict';
import {
  firstTokenScores,
  headScores,
  repeatedTokens,
  type HeadScores,
} from '../../../../src/core/analysis/headScores.ts';
import { expectError } from '../../../support/expectError.ts';

const N = 6;
const SIZE = 2 * N + 1;

/** Pattern of one head that gives each query its weights. [query, key]. */
function patternOf(
  weights: (query: number) => readonly (readonly [key: number, weight: number])[],
): number[] {
  const pattern = Array.from({ length: SIZE ** 2 }, () => 0);
  for (let query = 0; query < SIZE; query++) {
    for (const [key, weight] of weights(query)) {
      pattern[query * SIZE + key] = weight;
    }
  }
  return pattern;
}

/** Queries that have no such token look at themselves. */
const looksBack = (offset: number): number[] =>
  patternOf((query) => [[query < offset ? query : query - offset, 1]]);

/** Within float32's rounding of a weight; what is not named is 0. */
function check(pattern: readonly number[], expected: Partial<HeadScores>): void {
  const [found] = headScores(Float32Array.from(pattern), N);
  const wanted = { previousToken: 0, nearby: 0, duplicateToken: 0, induction: 0, entropy: 0, ...expected };
  for (const name of ['previousToken', 'nearby', 'duplicateToken', 'induction', 'entropy'] as const) {
    const value = found?.[name] ?? Number.NaN;
    assert.ok(Math.abs(value - wanted[name]) < 1e-6, `${name}: ${value}, expected ${wanted[name]}`);
  }
}

describe('head scores', () => {
  it('repeats the tokens after BOS', () => {
    assert.deepEqual(repeatedTokens(9, [3, 1, 2]), [9, 3, 1, 2, 3, 1, 2]);
  });

  it('a head that looks one back is a previous-token head', () =>
    check(looksBack(1), { previousToken: 1, nearby: 1 }));

  it('a head that looks a few tokens back is near, and no previous-token head', () => {
    check(looksBack(2), { nearby: 1 });
    check(looksBack(4), { nearby: 1 });
  });

  it('a head that looks at the first copy of the token is a duplicate-token head', () =>
    check(looksBack(N), { duplicateToken: 1 }));

  it('a head that looks behind the first copy is an induction head', () =>
    check(looksBack(N - 1), { induction: 1 }));

  it('a head that looks at itself, or always at BOS, is none of them', () => {
    check(looksBack(0), {});
    // BOS is on each diagonal once: one before token 1, n before token n, n - 1 before token n - 1.
    check(
      patternOf(() => [[0, 1]]),
      {
        previousToken: 1 / (SIZE - 1),
        nearby: [1, 2, 3, 4].reduce((sum, offset) => sum + 1 / (SIZE - offset), 0),
        duplicateToken: 1 / (SIZE - N),
        induction: 1 / (SIZE - N + 1),
      },
    );
  });

  it('shares go to the scores as they are, and their entropy is told', () => {
    const pattern = patternOf((query) =>
      query < N
        ? [[query, 1]]
        : [
            [query - 1, 0.75],
            [query - N, 0.25],
          ],
    );
    const late = SIZE - N;
    check(pattern, {
      previousToken: (0.75 * late) / (SIZE - 1),
      nearby: (0.75 * late) / (SIZE - 1),
      duplicateToken: 0.25,
      entropy: (late / (SIZE - 1)) * -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)),
    });
  });

  it('an even pattern has the entropy of the number of keys', () => {
    const even = patternOf((query) =>
      Array.from({ length: query + 1 }, (_, key) => [key, 1 / (query + 1)] as const),
    );
    const rows = Array.from({ length: SIZE - 1 }, (_, index) => index + 2);
    const meanFrom = (least: number): number => {
      const keys = Array.from({ length: SIZE - least }, (_, index) => index + least + 1);
      return keys.reduce((sum, count) => sum + 1 / count, 0) / keys.length;
    };
    check(even, {
      previousToken: meanFrom(1),
      nearby: [1, 2, 3, 4].reduce((sum, offset) => sum + meanFrom(offset), 0),
      duplicateToken: meanFrom(N),
      induction: meanFrom(N - 1),
      entropy: rows.reduce((sum, count) => sum + Math.log(count), 0) / rows.length,
    });
  });

  it('gives every head its own scores', () => {
    const scores = headScores(Float32Array.from([...looksBack(1), ...looksBack(N - 1)]), N);
    assert.deepEqual(
      scores.map(({ previousToken, induction }) => [previousToken, induction]),
      [
        [1, 0],
        [0, 1],
      ],
    );
  });

  it('the first token gets what the later ones give it', () => {
    const half = patternOf((query) => [
      [0, query === 0 ? 1 : 0.25],
      [query, query === 0 ? 1 : 0.75],
    ]);
    assert.deepEqual(firstTokenScores(Float32Array.from([...half, ...looksBack(1)]), SIZE), [
      0.25,
      1 / (SIZE - 1),
    ]);
  });

  it('refuses a pattern of another size', () =>
    expectError(() => headScores(new Float32Array(SIZE ** 2 + 1), N), 'internal/bug', `${SIZE} tokens`));
});
