import assert from 'node:assert/strict';
import { peakOf } from '../../../../../src/core/records/units/examples.ts';
import { histogram } from '../../../../../src/core/records/units/unitLogits.ts';

describe('examples of a unit', () => {
  it('peak at the first of the largest activations, heads with its key', () => {
    const check = (
      activations: readonly number[],
      pairs: readonly number[] | null,
      expected: { readonly position: number; readonly key: number | null },
    ): void => {
      const record = {
        activations: Float32Array.from(activations),
        pairs: pairs && Float32Array.from(pairs),
      };
      assert.deepEqual(peakOf(record), expected);
    };
    check([0, 2, 1], null, { position: 1, key: null });
    check([-3, -1, -1], null, { position: 1, key: null });
    check([0, 0], null, { position: 0, key: null });
    check([1, 4, 2], [1, 4, 3, 2, 1, 2], { position: 1, key: 0 });
    check([0, 0, 5], [0, 0, 0, 1, 5, 2], { position: 2, key: 1 });
  });
});

describe('the histogram over the vocabulary', () => {
  it('has every value in one bin, the largest in the last', () => {
    const { min, width, counts } = histogram(Float32Array.of(-1, 0, 0, 4));
    assert.deepEqual([min, width, counts.length], [-1, 0.1, 50]);
    assert.deepEqual(
      counts.flatMap((count, bin) => (count > 0 ? [[bin, count]] : [])),
      [
        [0, 1],
        [10, 2],
        [49, 1],
      ],
    );
  });

  it('of equal values is one full bin', () => {
    assert.equal(histogram(new Float32Array(7)).counts[0], 7);
  });
});
