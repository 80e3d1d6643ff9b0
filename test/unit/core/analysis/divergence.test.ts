import assert from 'node:assert/strict';
import { klDivergence } from '../../../../src/core/analysis/divergence.ts';

describe('KL divergence of logits', () => {
  const check = (title: string, p: readonly number[], q: readonly number[], expected: number): void => {
    it(title, () => {
      const actual = klDivergence(Float32Array.from(p), Float32Array.from(q));
      assert.ok(Math.abs(actual - expected) < 1e-7, `${actual} is not ${expected}`);
    });
  };
  // p = (1/2, 1/2), q = (3/4, 1/4): ln(2/3)/2 + ln(2)/2.
  check('of two coins', [0, 0], [Math.fround(Math.log(3)), 0], 0.5 * Math.log(4 / 3));
  check(
    'is not symmetric',
    [Math.fround(Math.log(3)), 0],
    [0, 0],
    0.75 * Math.log(1.5) + 0.25 * Math.log(0.5),
  );
  check('does not mind a shift', [100, 100], [-3, -3], 0);
  check('does not mind what p holds impossible', [0, -Infinity], [0, 0], Math.log(2));

  it('is exactly 0 between equal rows', () => {
    const row = Float32Array.from([1.5, -2, 0.25, 7]);
    assert.equal(klDivergence(row, row.slice()), 0);
  });

  it('does not hide a NaN', () => {
    assert.ok(Number.isNaN(klDivergence(Float32Array.of(0, Number.NaN), Float32Array.of(0, 0))));
  });
});
