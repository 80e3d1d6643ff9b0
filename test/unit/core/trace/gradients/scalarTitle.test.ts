import assert from 'node:assert/strict';
import type { LogitScalar, Scalar } from '../../../../../src/core/trace/gradients/scalar.ts';
import { scalarTitle, scalarUnit } from '../../../../../src/core/trace/gradients/scalarTitle.ts';

const words = ['', ' Mary', ' John', '\n'];
const base: LogitScalar = {
  kind: 'logits',
  reading: 'logit_diff',
  targets: [1],
  distractors: [2],
  position: 14,
};
const pair = { layer: 9, head: 8, position: 12, source: 4 };

describe('titles of scalars', () => {
  const check = (scalar: Scalar, title: string, unit: string): void => {
    it(title, () => {
      assert.equal(
        scalarTitle(scalar, (id) => words[id] ?? ''),
        title,
      );
      assert.equal(scalarUnit(scalar), unit);
    });
  };
  check(base, 'logit " Mary" - logit " John" at 14', 'logits');
  check({ ...base, distractors: [] }, 'logit " Mary" at 14', 'logits');
  check({ ...base, reading: 'logit', targets: [1, 3] }, 'mean logit " Mary", "\\n" at 14', 'logits');
  check({ ...base, reading: 'log_prob' }, 'log-probability of " Mary" at 14', 'nats');
  check({ kind: 'score', ...pair, through: 'q' }, 'score of L9H8, 12 -> 4, through the query', 'activation');
  check({ kind: 'neuron', layer: 5, neuron: 7, position: 3 }, 'pre-activation of L5N7 at 3', 'activation');
  check(
    { kind: 'value', ...pair, downstream: base },
    'what L9H8, 12 -> 4 writes through the value, towards logit " Mary" - logit " John" at 14',
    'logits',
  );
});
