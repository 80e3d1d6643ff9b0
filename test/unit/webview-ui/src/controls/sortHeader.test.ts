import assert from 'node:assert/strict';
import { orderAfter, rankOf, type SortOrder } from '../../../../../webview-ui/src/controls/sortHeader.ts';

describe('the order after a press on a header', () => {
  const check = (before: SortOrder | null, numeric: boolean, expected: SortOrder): void => {
    it(`${before}, ${numeric ? 'a number' : 'a text'}: ${expected}`, () =>
      assert.equal(orderAfter(before, { numeric }), expected));
  };
  check(null, true, 'magnitude');
  check('magnitude', true, 'descending');
  check('descending', true, 'ascending');
  check('ascending', true, 'magnitude');
  check(null, false, 'ascending');
  check('ascending', false, 'descending');
  check('descending', false, 'ascending');
});

describe('the rank of a number', () => {
  const check = (order: SortOrder, expected: readonly (number | null)[]): void => {
    it(order, () => {
      const values = [1, null, -3, 2, NaN];
      const sorted = values.toSorted((a, b) => rankOf(b, order) - rankOf(a, order)).slice(0, 3);
      assert.deepEqual(sorted, expected);
    });
  };
  check('magnitude', [-3, 2, 1]);
  check('descending', [2, 1, -3]);
  check('ascending', [-3, 1, 2]);
});
