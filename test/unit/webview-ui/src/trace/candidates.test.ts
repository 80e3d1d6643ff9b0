import assert from 'node:assert/strict';
import { candidateRows } from '../../../../../webview-ui/src/trace/candidatesPane.ts';
import { mostSurprising } from '../../../../../webview-ui/src/trace/headline.ts';
import { candidates, VIEWS } from '../../../../webview/support/fixtures.ts';

const view = VIEWS.ioi;

describe('candidateRows', () => {
  it('marks targets and distractors', () => {
    const rows = candidateRows(candidates(5), view, 14);
    assert.deepEqual(rows[0]?.tags, ['target']);
    assert.deepEqual(rows[1]?.tags, ['distractor']);
    assert.deepEqual(rows[2]?.tags, []);
  });

  it('lists the first eight, then those that are marked, however far down', () => {
    const shifted = candidates(12, 2);
    const rows = candidateRows(shifted, view, 14);
    assert.deepEqual(
      rows.map(({ candidate }) => candidate.rank),
      [1, 2, 3, 4, 5, 6, 7, 8, 11, 12],
    );
    assert.deepEqual(
      rows.slice(8).map(({ tags }) => tags),
      [['target'], ['distractor']],
    );
  });

  it('marks the token that follows in the text', () => {
    const rows = candidateRows(candidates(12), { ...view, targets: [], distractors: [] }, 6);
    const marked = rows.filter(({ tags }) => tags.includes('follows'));
    assert.deepEqual(
      marked.map(({ candidate }) => candidate.text),
      [' the'],
    );
  });
});

describe('mostSurprising', () => {
  it('finds the largest loss, and nothing where no token has one', () => {
    assert.equal(mostSurprising(view.summary), 1);
    assert.equal(mostSurprising(VIEWS.one.summary), null);
  });

  it('does not take a loss of zero for a missing one', () => {
    const [first, second] = view.summary.tokens;
    assert.ok(first && second);
    assert.equal(mostSurprising({ ...view.summary, tokens: [first, { ...second, loss: 0 }] }), 1);
  });
});
