import assert from 'node:assert/strict';
import { applyEdits } from '../../../../src/core/prompt/setFrontMatter.ts';
import {
  setFrontMatterKeys,
  type FrontMatterChanges,
} from '../../../../src/core/prompt/setFrontMatterKeys.ts';

describe('several keys of the front matter as one edit', () => {
  const check = (title: string, text: string, changes: FrontMatterChanges, expected: string): void => {
    it(title, () => {
      const edit = setFrontMatterKeys(text, changes);
      assert.equal(edit === null ? text : applyEdits(text, [edit]), expected);
    });
  };
  check(
    'puts a front matter on top',
    'When',
    [
      ['target', [' Mary']],
      ['ablate', ['L3H1@last zero']],
    ],
    '---\ntarget: [" Mary"]\nablate: [L3H1@last zero]\n---\nWhen',
  );
  check(
    'changes, adds and takes away, and keeps comments',
    '---\n# Who?\ntarget: " Mary" # she\nseed: 3\n---\nWhen',
    [
      ['target', ' Ann'],
      ['seed', null],
      ['distractor', ' John'],
    ],
    '---\n# Who?\ntarget: " Ann" # she\ndistractor: " John"\n---\nWhen',
  );

  check(
    'takes the front matter away with its last keys, and makes another for a new one',
    '---\nseed: 3\nbos: true\n---\nWhen',
    [
      ['seed', null],
      ['bos', null],
    ],
    'When',
  );
  check(
    'changes the only key',
    '---\nseed: 3\n---\nWhen',
    [
      ['seed', null],
      ['bos', true],
    ],
    '---\nbos: true\n---\nWhen',
  );

  it('is nothing when nothing changes', () => {
    assert.equal(setFrontMatterKeys('---\nseed: 3\n---\nA', [['seed', 3]]), null);
    assert.equal(setFrontMatterKeys('A', []), null);
  });

  it('touches nothing before and behind what changes', () => {
    const text = '---\ntarget: " Mary"\nseed: 3\n---\nWhen';
    const edit = setFrontMatterKeys(text, [['seed', 4]]);
    assert.deepEqual(edit, { start: 26, end: 27, newText: '4' });
  });
});
