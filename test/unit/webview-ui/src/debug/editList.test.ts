import assert from 'node:assert/strict';
import {
  added,
  changed,
  moved,
  removed,
  toggled,
  undone,
} from '../../../../../webview-ui/src/debug/editList.ts';

const EDITS = ['L1H0@last zero', 'off L2N3@* mean'];

function check(actual: readonly string[], expected: readonly string[]): void {
  assert.deepEqual(actual, expected);
}

describe('the list of edits', () => {
  it('is added to, toggled, moved and taken from', () => {
    check(added(EDITS, 'E@2 zero'), [...EDITS, 'E@2 zero']);
    check(added(EDITS, 'L2N3@* mean'), ['L1H0@last zero', 'L2N3@* mean']);
    check(toggled(EDITS, 0), ['off L1H0@last zero', 'off L2N3@* mean']);
    check(toggled(EDITS, 1), ['L1H0@last zero', 'L2N3@* mean']);
    check(moved(EDITS, 0, 1), ['off L2N3@* mean', 'L1H0@last zero']);
    check(moved(EDITS, 0, -1), EDITS);
    check(removed(EDITS, 0), ['off L2N3@* mean']);
  });

  it('is taken back change by change, and a change of nothing is none', () => {
    const first = { edits: EDITS, past: [] };
    const second = changed(first, removed(EDITS, 0));
    assert.equal(changed(second, [...second.edits]), second);
    const third = changed(second, []);
    check(undone(third).edits, ['off L2N3@* mean']);
    check(undone(undone(third)).edits, EDITS);
    check(undone(first).edits, EDITS);
  });
});
