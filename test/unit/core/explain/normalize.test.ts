import assert from 'node:assert/strict';
import { largest, normalizeActivations } from '../../../../src/core/explain/normalize.ts';

describe('B1: activations as whole numbers', () => {
  const check = (activations: readonly number[], expected: readonly number[]): void => {
    it(`[${activations.join(', ')}] -> [${expected.join(', ')}]`, () => {
      assert.deepEqual(normalizeActivations(activations), expected);
    });
  };
  check([-1, 0, 0.5, 2, 4, 3.999, 0.39], [0, 0, 1, 5, 10, 9, 0]);
  check([-1, -0.5, 0], [0, 0, 0]);
  check([], []);

  it('uses the largest of several windows', () => {
    const max = largest([Float32Array.of(-3, 1), Float32Array.of(2, 0)]);
    assert.equal(max, 2);
    assert.deepEqual(normalizeActivations([1, 2, 8], max), [5, 10, 10]);
  });
});
