import assert from 'node:assert/strict';
import { ablationScore, jensenShannon } from '../../../../src/core/explain/ablation.ts';

describe('Jensen-Shannon divergence', () => {
  const check = (p: number[], q: number[], expected: number): void => {
    it(`of [${p.join(', ')}] and [${q.join(', ')}] is ${expected}`, () => {
      assert.ok(Math.abs(jensenShannon(p, q) - expected) < 1e-12, String(jensenShannon(p, q)));
      assert.equal(jensenShannon(p, q), jensenShannon(q, p));
    });
  };
  check([0.5, 0.5], [0.5, 0.5], 0);
  check([1, 0], [0, 1], Math.LN2);
  check([1, 0], [0.5, 0.5], 0.5 * Math.log(4 / 3) + 0.25 * Math.log(2 / 3) + 0.25 * Math.LN2);
});

describe('ablation score', () => {
  it('is one minus the ratio of mean divergences, over tokens of all windows', () => {
    const score = ablationScore([
      { set: 'top', simulated: [0.1, 0.1], mean: [0.5, 0.5] },
      { set: 'random', simulated: [0, 0.1], mean: [0, 0.2] },
    ]);
    assert.ok(Math.abs((score.topAndRandom?.value ?? 0) - (1 - 0.3 / 1.2)) < 1e-12);
    assert.ok(Math.abs((score.randomOnly?.value ?? 0) - 0.5) < 1e-12);
  });

  it('is not defined where mean-ablation changes nothing', () => {
    const score = ablationScore([{ set: 'random', simulated: [0.1], mean: [0] }]);
    assert.deepEqual(score, { topAndRandom: null, randomOnly: null });
  });

  it('falls below zero for a simulation worse than the mean', () => {
    const score = ablationScore([{ set: 'top', simulated: [0.4], mean: [0.2] }]);
    assert.equal(score.topAndRandom?.value, -1);
    assert.equal(score.randomOnly, null);
  });
});
