import assert from 'node:assert/strict';
import { percent } from '../../../src/core/percent.ts';

describe('percentages', () => {
  const check = (probability: number | null, column: string, text: string): void => {
    it(`${probability} is ${column} in a column and ${text} in a sentence`, () => {
      assert.equal(percent(probability, 'column'), column);
      assert.equal(percent(probability, 'text'), text);
    });
  };
  check(0, '0.0 %', '0.0 %');
  check(1e-30, '<0.1 %', '<0.1 %');
  check(0.00099, '<0.1 %', '<0.1 %');
  check(0.001, '0.1 %', '0.1 %');
  check(0.0312, '3.1 %', '3.1 %');
  check(0.0994, '9.9 %', '9.9 %');
  check(0.0996, '10.0 %', '10 %');
  check(0.714, '71.4 %', '71 %');
  check(0.9899, '99.0 %', '99 %');
  check(0.993, '99.3 %', '99.3 %');
  check(0.9994, '99.9 %', '99.9 %');
  check(0.9995, '>99.9 %', '>99.9 %');
  check(Math.fround(1 - 2 ** -24), '>99.9 %', '>99.9 %');
  check(1, '100.0 %', '100 %');
  check(null, '–', '–');
  check(Number.NaN, '–', '–');
});
