import assert from 'node:assert/strict';
import { disagrees } from '../../../../../src/core/analysis/nodes/disagreement.ts';

describe('disagreement of estimate and measurement', () => {
  const check = (estimated: number, measured: number, expected: boolean): void => {
    it(`${estimated} and ${measured}`, () => assert.equal(disagrees(estimated, measured), expected));
  };
  check(0, 0, false);
  check(0.01, -0.04, false);
  check(0, 0.06, true);
  check(1, 1.3, false);
  check(1, 1.4, true);
  check(-1, 1, true);
  check(Number.NaN, 1, true);
  check(1, Number.NaN, true);
});
