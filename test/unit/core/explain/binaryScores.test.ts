import assert from 'node:assert/strict';
import { accuracy, auc, f1, scoreAnswers, type Answer } from '../../../../src/core/explain/binaryScores.ts';

describe('B9: AUC', () => {
  const check = (positives: number[], negatives: number[], expected: number | null): void => {
    it(`[${positives.join(', ')}] against [${negatives.join(', ')}] is ${expected}`, () => {
      assert.equal(auc(positives, negatives), expected);
    });
  };
  check([0.9, 0.8, 0.7], [0.1, 0.2], 1);
  check([0.1, 0.2], [0.9, 0.8, 0.7], 0);
  check([0.5], [0.5], 0.5);
  check([0.5, 0.9], [0.5, 0.1], 0.875);
  check([1, 0, 1], [1, 0], 0.5 + 1 / 12);
  check([], [0.1], null);
  check([0.1], [], null);
});

const answer = (truth: boolean, probability: number): Answer => ({ truth, probability });

describe('accuracy and F1', () => {
  const check = (answers: Answer[], expected: { accuracy: number | null; f1: number | null }): void => {
    it(answers.map(({ truth, probability }) => `${truth ? 'yes' : 'no'}: ${probability}`).join(', '), () => {
      assert.deepEqual({ accuracy: accuracy(answers), f1: f1(answers) }, expected);
    });
  };
  check([answer(true, 0.9), answer(false, 0.2)], { accuracy: 1, f1: 1 });
  check([answer(true, 0.5), answer(false, 0.5)], { accuracy: 0.5, f1: 2 / 3 });
  check([answer(true, 0.4), answer(false, 0.5)], { accuracy: 0, f1: 0 });
  check([answer(false, 0.1)], { accuracy: 1, f1: null });
  check([], { accuracy: null, f1: null });

  it('come with intervals that keep the number of each kind', () => {
    const scores = scoreAnswers([answer(true, 0.9), answer(true, 0.1), answer(false, 0.2)]);
    assert.equal(scores?.examples, 3);
    assert.deepEqual(scores?.accuracy, { value: 2 / 3, low: 1 / 3, high: 1 });
    assert.deepEqual(scores?.auc, { value: 0.5, low: 0, high: 1 });
    assert.equal(scoreAnswers([]), null);
  });
});
