import assert from 'node:assert/strict';
import {
  candidateOf,
  logSumExp,
  rankOf,
  topCandidates,
  topIndices,
} from '../../../../src/core/analysis/candidates.ts';

const LOGITS = Float32Array.of(1, 3, 2, 3, -Infinity);
const text = (id: number): string => `t${id}`;

describe('candidates', () => {
  it('sorts by value, ties by index', () => {
    assert.deepEqual(topIndices(LOGITS, 3), [1, 3, 2]);
    assert.deepEqual(topIndices(LOGITS, 99), [1, 3, 2, 0, 4]);
    assert.deepEqual(topIndices(LOGITS, 0), []);
    assert.deepEqual(topIndices(new Float32Array(), 3), []);
  });

  it('agrees with a full sort on many numbers', () => {
    const values = Float32Array.from({ length: 500 }, (_, index) => Math.sin(index * 12.9898) * 43.7);
    const sorted = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
    assert.deepEqual(topIndices(values, 20), sorted.slice(0, 20));
  });

  it('ties share the better rank', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((index) => rankOf(LOGITS, index)),
      [4, 1, 3, 1, 5],
    );
  });

  it('probabilities are the softmax, and large logits do not overflow', () => {
    const large = LOGITS.map((logit) => logit + 1000);
    const total = topCandidates(large, 5, text).reduce((sum, { probability }) => sum + probability, 0);
    assert.ok(Math.abs(total - 1) < 1e-12);
    assert.ok(Math.abs(logSumExp(Float32Array.of(0, 0)) - Math.log(2)) < 1e-15);
    const [first] = topCandidates(LOGITS, 1, text);
    const own = candidateOf(LOGITS, 1, text);
    assert.deepEqual(first, own);
    const expected = Math.exp(3) / (Math.exp(1) + 2 * Math.exp(3) + Math.exp(2));
    assert.ok(Math.abs(own.probability - expected) < 1e-12);
  });
});
