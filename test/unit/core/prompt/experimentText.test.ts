import assert from 'node:assert/strict';
import { writtenExperiment } from '../../../../src/core/prompt/experimentText.ts';
import { parsePrompt } from '../../../../src/core/prompt/parsePrompt.ts';

describe('written experiment', () => {
  it('of a prompt without front matter', () => {
    assert.deepEqual(writtenExperiment(parsePrompt('When')), {
      targets: [],
      distractors: [],
      scalar: 'logit_diff',
      position: '@last',
      edits: [],
      corrupted: null,
      reference: null,
      seed: 0,
    });
  });

  it('of every key', () => {
    const keys = [
      'target: " Mary"',
      'distractor: [" John", " Ann"]',
      'scalar: log_prob',
      `position: '@" John"#2'`,
      'ablate: [L3H1@last zero, off L2N5@* mean]',
      'corrupted: other.prompt',
      'reference: The text itself.',
      'seed: 7',
    ];
    assert.deepEqual(writtenExperiment(parsePrompt(`---\n${keys.join('\n')}\n---\nWhen`)), {
      targets: [' Mary'],
      distractors: [' John', ' Ann'],
      scalar: 'log_prob',
      position: '@" John"#2',
      edits: ['L3H1@last zero', 'off L2N5@* mean'],
      corrupted: 'other.prompt',
      reference: 'The text itself.',
      seed: 7,
    });
  });
});
