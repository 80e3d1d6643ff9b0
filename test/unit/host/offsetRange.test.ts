import assert from 'node:assert/strict';
import { shiftRange } from '../../../src/host/session/offsetRange.ts';

describe('shiftRange: a traced selection follows edits', () => {
  const check = (
    name: string,
    change: readonly [offset: number, length: number, text: string],
    expected: readonly [number, number],
  ): unknown =>
    it(name, () => {
      const [rangeOffset, rangeLength, text] = change;
      const moved = shiftRange({ start: 10, end: 20 }, [{ rangeOffset, rangeLength, text }]);
      assert.deepEqual(moved, { start: expected[0], end: expected[1] });
    });
  check('an insertion before moves it', [2, 0, 'abc'], [13, 23]);
  check('a deletion before moves it back', [2, 3, ''], [7, 17]);
  check('an insertion at its start stays outside', [10, 0, 'ab'], [12, 22]);
  check('an insertion inside grows it', [15, 0, 'ab'], [10, 22]);
  check('a deletion inside shrinks it', [12, 4, ''], [10, 16]);
  check('a change behind leaves it', [20, 3, 'x'], [10, 20]);
  check('a deletion over its end cuts it', [18, 5, ''], [10, 18]);
  check('a deletion over its start cuts it', [8, 4, ''], [8, 16]);
  check('a deletion of all of it leaves nothing', [5, 20, ''], [5, 5]);
  check('a replacement of all of it covers the new text', [10, 10, 'four'], [10, 14]);
});
