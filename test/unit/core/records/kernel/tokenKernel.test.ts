import assert from 'node:assert/strict';
import { TokenKernel } from '../../../../../src/core/records/kernel/tokenKernel.ts';
import { seededRandom } from '../../../../support/random.ts';

/** Keeps the largest of each row, of equal ones the first. */
function naive(values: readonly number[], units: number, kept: number): number[] {
  return values.map((value, at) => {
    const row = values.slice(at - (at % units), at - (at % units) + units);
    const before = row.filter((other, index) => other > value || (other === value && index < at % units));
    return before.length < kept ? value : 0;
  });
}

function check(values: readonly number[], units: number, kept: number): void {
  const rows = values.length / units;
  const kernel = new TokenKernel({ units, context: rows, windows: 1, families: 1 });
  kernel.values.set(values);
  kernel.keepLargest(rows, kept);
  const found = [...kernel.values.subarray(0, values.length)];
  assert.deepEqual(found, naive(values, units, kept), `${kept} of ${units}`);
}

describe('a kernel keeps the largest of each row', () => {
  const random = seededRandom(4);
  const row = (units: number, make: () => number): number[] => Array.from({ length: units }, make);
  const relu = (): number => Math.fround(Math.max(0, random.next() * 3 - 1));

  it('whatever the number of units and of those that stay', () => {
    for (const units of [4, 32, 36, 64, 200, 2048])
      for (const kept of [1, 2, 3, 31, 32, 33, 48, 63, 64, 100, 500])
        check([...row(units, relu), ...row(units, relu)], units, kept);
  });

  it('where many are equal, few are above zero, or none is', () => {
    for (const kept of [1, 5, 32, 40]) {
      check(
        row(96, () => random.below(4)),
        96,
        kept,
      );
      check(
        row(96, () => (random.below(10) === 0 ? 1 : 0)),
        96,
        kept,
      );
      check(
        row(96, () => 0),
        96,
        kept,
      );
      check(
        row(96, () => (random.below(3) === 0 ? Infinity : relu())),
        96,
        kept,
      );
      check(
        row(96, () => Math.fround(relu() * 1e-42)),
        96,
        kept,
      );
    }
  });

  it('and never hides NaN', () => {
    const values = row(64, relu);
    values[9] = Number.NaN;
    const kernel = new TokenKernel({ units: 64, context: 1, windows: 1, families: 1 });
    kernel.values.set(values);
    kernel.keepLargest(1, 3);
    assert.ok(Number.isNaN(kernel.values[9]));
    assert.ok(kernel.values.filter((value) => value > 0).length >= 2);
  });
});
