import assert from 'node:assert/strict';
import {
  columnFormat,
  formatCount,
  formatExact,
  formatNumber,
  formatPercent,
  formatPercentShort,
  withUnit,
  type NumberOptions,
} from '../../../../../webview-ui/src/draw/format.ts';

const SPACE = '\u00a0';

describe('formatNumber', () => {
  const check = (value: number | null, expected: string, options: NumberOptions = {}): void => {
    it(`${value} is ${expected} with ${JSON.stringify(options)}`, () => {
      assert.equal(formatNumber(value, options), expected);
    });
  };
  check(7.123, '7.12');
  check(7.123, '7.1', { digits: 2 });
  check(0, '0');
  check(-0.5, '-0.500');
  check(0.5, '+0.500', { signed: true });
  check(-0.5, '-0.500', { signed: true });
  check(0, '0', { signed: true });
  check(1234.5, '1235');
  check(0.000012, '1.20e-5');
  check(12345678, '1.23e+7');
  check(null, '–');
  check(NaN, 'NaN');
  check(Infinity, 'Infinity');
});

describe('columnFormat', () => {
  const check = (
    values: readonly (number | null)[],
    expected: readonly string[],
    options: NumberOptions = {},
  ): void => {
    it(`writes ${JSON.stringify(values)} as ${expected.join(' | ')}`, () => {
      const format = columnFormat(values, options);
      assert.deepEqual(values.map(format), expected);
    });
  };
  check([11.42, 9.2, -0.001], ['11.42', '9.20', '-0.00']);
  check([300.26, 2], ['300.3', '2.0']);
  check([0.5, 0.25], ['0.500', '0.250']);
  check([3.2, -0.16], ['+3.20', '-0.16'], { signed: true });
  check([1, 293, null], ['1', '293', '–']);
  check([], []);
  check([2.5, NaN], ['2.50', 'NaN']);
  check([2.5], ['2.50000'], { moreDecimals: 3 });
});

describe('probabilities', () => {
  const check = (probability: number | null, column: string, text: string): void => {
    it(`${probability} is ${column} in a column and ${text} in a sentence`, () => {
      assert.equal(formatPercent(probability), column);
      if (probability !== null) assert.equal(formatPercentShort(probability), text);
    });
  };
  check(0.71, `71.0${SPACE}%`, `71${SPACE}%`);
  check(0.9996, `>99.9${SPACE}%`, `>99.9${SPACE}%`);
  check(0.0312, `3.1${SPACE}%`, `3.1${SPACE}%`);
  check(0.00001, `<0.1${SPACE}%`, `<0.1${SPACE}%`);
  check(0, `0.0${SPACE}%`, `0.0${SPACE}%`);
  check(1, `100.0${SPACE}%`, `100${SPACE}%`);
  check(null, '–', '–');
});

describe('units and counts', () => {
  it('joins a unit without a line break, and leaves out none', () => {
    assert.equal(withUnit('7.1', 'nats'), `7.1${SPACE}nats`);
    assert.equal(withUnit('7.1', ''), '7.1');
    assert.equal(withUnit('–', 'nats'), '–');
  });

  it('counts one and many', () => {
    assert.equal(formatCount(1, 'token'), '1 token');
    assert.equal(formatCount(15, 'token'), '15 tokens');
  });

  it('writes a 32-bit float without its tail', () => {
    assert.equal(formatExact(Math.fround(0.1)), '0.1');
    assert.equal(formatExact(null), '–');
    assert.equal(formatExact(-Infinity), '-Infinity');
  });
});
