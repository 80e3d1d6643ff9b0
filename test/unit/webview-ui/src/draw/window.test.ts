import assert from 'node:assert/strict';
import { MAX_DRAWN, rowAfterKey, rowWindow, scrollToRow } from '../../../../../webview-ui/src/draw/window.ts';

describe('the window of a long table', () => {
  it('draws the rows in view and some around them, never more than the most', () => {
    const check = (scrollTop: number, height: number, expected: readonly number[]): void => {
      const { first, end, seenFirst, seenEnd } = rowWindow({
        count: 50_000,
        rowHeight: 24,
        scrollTop,
        height,
      });
      assert.deepEqual([first, end, seenFirst, seenEnd], expected);
    };
    check(0, 480, [0, 30, 0, 20]);
    check(24_000, 480, [990, 1030, 1000, 1020]);
    check(50_000 * 24 - 480, 480, [49_970, 50_000, 49_980, 50_000]);
    check(0, 100_000, [0, MAX_DRAWN, 0, 4167]);
  });

  it('of nothing is empty', () => {
    const { first, end } = rowWindow({ count: 0, rowHeight: 24, scrollTop: 900, height: 480 });
    assert.deepEqual([first, end], [0, 0]);
  });

  it('scrolls no further than a row needs', () => {
    assert.deepEqual(
      [scrollToRow(3, 24, 0, 240), scrollToRow(10, 24, 0, 240), scrollToRow(1, 24, 100, 240)],
      [0, 24, 24],
    );
  });

  it('is walked by keys within its ends', () => {
    const check = (key: string, row: number): number | null => rowAfterKey(key, row, 100, 10);
    assert.deepEqual(
      [
        check('ArrowDown', 99),
        check('ArrowUp', 5),
        check('PageDown', 5),
        check('PageUp', 5),
        check('End', 0),
        check('a', 3),
      ],
      [99, 4, 15, 0, 99, null],
    );
    assert.equal(rowAfterKey('ArrowDown', 0, 0, 10), null);
  });
});
