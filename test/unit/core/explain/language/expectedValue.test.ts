import assert from 'node:assert/strict';
import { expectedLevel } from '../../../../../src/core/explain/language/expectedValue.ts';

describe('B3: expected level of alternatives', () => {
  const check = (probabilities: Readonly<Record<string, number>>, expected: number | null): void => {
    it(JSON.stringify(probabilities), () => {
      const alternatives = Object.entries(probabilities).map(([token, p]) => ({
        token,
        logprob: Math.log(p),
      }));
      const level = expectedLevel(alternatives);
      if (expected === null || level === null) assert.equal(level, expected);
      else assert.ok(Math.abs(level - expected) < 1e-9, `${level} is not ${expected}`);
    });
  };
  check({ '0': 0.6, '3': 0.2, '10': 0.1, ' 7': 0.05 }, 1.6 / 0.9);
  check({ '10': 0.2 }, 10);
  check({ '11': 0.9, '-1': 0.05, '5': 0.01 }, 5);
  check({ '00': 0.5, '1.0': 0.3, '+2': 0.1, '１': 0.1 }, null);
  check({ unknown: 0.9, ' 7': 0.05 }, null);
  check({}, null);

  it('has no level when all levels are impossible, and passes over a missing logprob', () => {
    assert.equal(expectedLevel([{ token: '3', logprob: Number.NEGATIVE_INFINITY }]), null);
    assert.equal(
      expectedLevel([
        { token: '3', logprob: Number.NaN },
        { token: '4', logprob: -1 },
      ]),
      4,
    );
  });
});
