import assert from 'node:assert/strict';
import { drawnRows, MAX_ROWS } from '../../../../../webview-ui/src/unit/tallRows.ts';

describe('rows of different heights', () => {
  const none = new Map<number, number>();

  it('draws what is around the view', () => {
    assert.deepEqual(drawnRows({ count: 100, heights: none, guess: 100, top: 0, height: 200 }), {
      first: 0,
      end: 5,
      before: 0,
      after: 9500,
    });
    assert.deepEqual(drawnRows({ count: 100, heights: none, guess: 100, top: 5000, height: 200 }), {
      first: 47,
      end: 55,
      before: 4700,
      after: 4500,
    });
  });

  it('the room is the same wherever the view is', () => {
    const heights = new Map(Array.from({ length: 30 }, (_, i) => [i, 40 + i * 7] as const));
    const room = (top: number): number => {
      const { first, end, before, after } = drawnRows({ count: 60, heights, guess: 90, top, height: 300 });
      let drawn = 0;
      for (let i = first; i < end; i++) drawn += heights.get(i) ?? 90;
      return before + drawn + after;
    };
    assert.equal(new Set([0, 500, 2500, 1e9].map(room)).size, 1);
  });

  it('never draws more than its most', () => {
    const { first, end } = drawnRows({ count: 1000, heights: none, guess: 1, top: 0, height: 5000 });
    assert.equal(end - first, MAX_ROWS);
  });
});
