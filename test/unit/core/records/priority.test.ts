import assert from 'node:assert/strict';
import { RandomWindows, windowPriority } from '../../../../src/core/records/priority.ts';

describe('random windows', () => {
  const all = Array.from({ length: 500 }, (_, sequence) => sequence);

  it('are those of lowest priority number, whatever the order they come in', () => {
    const expected = all.toSorted((a, b) => windowPriority(3, a) - windowPriority(3, b)).slice(0, 7);
    assert.deepEqual(new RandomWindows(7, 3, all).sequences(), expected);
    assert.deepEqual(new RandomWindows(7, 3, all.toReversed()).sequences(), expected);
  });

  it('are all there are when they are few, and none when none is asked for', () => {
    assert.deepEqual(new RandomWindows(7, 3, [1, 2]).sequences().toSorted(), [1, 2]);
    assert.deepEqual(new RandomWindows(0, 3, all).sequences(), []);
  });

  it('depend on the seed', () => {
    assert.notDeepEqual(new RandomWindows(7, 1, all).sequences(), new RandomWindows(7, 2, all).sequences());
  });

  it('no two windows share a priority number', () => {
    const many = Array.from({ length: 20_000 }, (_, sequence) => windowPriority(9, sequence));
    assert.equal(new Set(many).size, many.length);
  });
});
