import assert from 'node:assert/strict';
import { logitErrors } from '../../parity/errors.ts';

describe('errors of logits', () => {
  const of = (own: readonly number[], peer: readonly number[]) =>
    logitErrors(Float32Array.from(own), Float32Array.from(peer), 2);

  it('equal logits have none', () => {
    assert.deepEqual(of([3, -60, 8, 8], [3, -60, 8, 8]), { max: 0, mean: 0, kl: 0 });
  });

  it('largest, mean, and the largest divergence of a row', () => {
    const { max, mean, kl } = of([0, 0, 5, 1], [0, Math.log(3), 5, 1.5]);
    assert.ok(Math.abs(max - Math.log(3)) < 1e-6);
    assert.ok(Math.abs(mean - (Math.log(3) + 0.5) / 4) < 1e-6);
    // p = (1/4, 3/4), q = (1/2, 1/2)
    assert.ok(Math.abs(kl - (0.25 * Math.log(0.5) + 0.75 * Math.log(1.5))) < 1e-6);
  });

  it('a constant added to a row changes no divergence', () => {
    assert.ok(Math.abs(of([1, 2], [101, 102]).kl) < 1e-12);
  });

  it('NaN is never a small error', () => {
    const { max, mean } = of([Number.NaN, 0], [0, 0]);
    assert.ok(Number.isNaN(max) && Number.isNaN(mean));
  });
});
