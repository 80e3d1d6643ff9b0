import assert from 'node:assert/strict';
import { TopHeap } from '../../../../../src/core/analysis/nodes/topHeap.ts';
import { seededRandom } from '../../../../support/random.ts';

function kept(k: number, values: readonly number[]): number[] {
  const heap = new TopHeap(k);
  values.forEach((value, id) => heap.push(value, id));
  return heap.best();
}

describe('the k largest of a stream', () => {
  const cases: readonly (readonly [k: number, values: readonly number[], expected: readonly number[]])[] = [
    [2, [1, 3, 2], [1, 2]],
    [5, [1, 3, 2], [1, 2, 0]],
    [0, [1, 2], []],
    [2, [], []],
    [2, [5, 5, 5, 5], [0, 1]],
    [3, [-1, 0, Number.NaN, 2], [3]],
    [1, [Infinity, 1, Infinity], [0]],
  ];
  for (const [k, values, expected] of cases) {
    it(`${k} of [${values.join(', ')}]`, () => assert.deepEqual(kept(k, values), expected));
  }

  it('agrees with a full sort, also where numbers repeat', () => {
    const random = seededRandom(4);
    const values = Array.from({ length: 3000 }, () => random.below(200) - 50);
    const sorted = values
      .map((value, id) => ({ value, id }))
      .filter(({ value }) => value > 0)
      .toSorted((a, b) => b.value - a.value || a.id - b.id)
      .map(({ id }) => id);
    for (const k of [1, 7, 64, 1000]) assert.deepEqual(kept(k, values), sorted.slice(0, k), `k = ${k}`);
  });
});
