import assert from 'node:assert/strict';
import { scoreDetection, scoreFuzzing, type BinaryInput } from '../../../../src/core/explain/binary.ts';
import { offlineJudge } from '../../../../src/core/explain/offlineJudge.ts';
import type { JudgePart } from '../../../../src/core/explain/parts.ts';
import { wordsSimulator } from '../../../../src/core/explain/words/wordsSimulator.ts';
import { inputOf, recordOf } from './support.ts';

const active = recordOf(['a', ' the', 'b', ' the'], [0, 9, 0.5, 8], { sequence: 1 });
const half = recordOf([' the', 'x', 'y'], [4, 2, 0], { sequence: 2 });
const between = recordOf(['x', ' the', 'y'], [0, 2, 0], { sequence: 3 });
const silent = recordOf(['x', 'y', 'z'], [0.9, 0, 0], { sequence: 4 });
const train = recordOf([' the'], [10], { sequence: 5 });

function input(words: string, judge: JudgePart, others = [silent]): BinaryInput {
  return {
    ...inputOf([]),
    explained: { words, pattern: null },
    judge,
    splits: { train: [train], calibration: [], test: [active, half, between] },
    others,
  };
}

/** Writes down what it is asked. */
function listener(asked: string[]): JudgePart {
  const reply = Promise.resolve({ probability: 1 });
  return {
    name: 'listener',
    detect: ({ record }) => {
      asked.push(String(record.sequence));
      return reply;
    },
    fuzz: ({ record, marked }) => {
      asked.push(`${record.sequence}: ${marked.map((each) => (each ? '*' : '.')).join('')}`);
      return reply;
    },
    pair: () => reply,
  };
}

describe('detection', () => {
  it('asks of active and silent windows, as many of each, and of none between', async () => {
    const asked: string[] = [];
    const other = { ...silent, sequence: 6 };
    const { scores } = await scoreDetection(input('', listener(asked), [silent, other]));
    assert.deepEqual(asked.sort(), ['1', '2', '4', '6']);
    assert.equal(scores?.examples, 4);
    assert.equal(scores?.accuracy.value, 0.5);
  });

  const check = (words: string, accuracy: number, auc: number): void => {
    it(`"${words}" is right in ${accuracy} with AUC ${auc}`, async () => {
      const { scores, failures } = await scoreDetection(input(words, offlineJudge(wordsSimulator)));
      assert.deepEqual([scores?.accuracy.value, scores?.auc?.value, failures.length], [accuracy, auc, 0]);
    });
  };
  check('fires on " the"', 1, 1);
  check('fires on "z"', 0, 0);
  check('any token', 0.5, 0.5);

  it('is not defined without windows of both kinds', async () => {
    const { scores } = await scoreDetection(input('any token', offlineJudge(wordsSimulator), []));
    assert.equal(scores, null);
  });

  it('lists what could not be judged and does not count it', async () => {
    const { scores, failures } = await scoreDetection(input('', offlineJudge(wordsSimulator)));
    assert.equal(scores, null);
    assert.equal(failures.length, 2);
    assert.ok(failures.every(({ sequence, reason }) => sequence !== null && reason !== ''));
  });
});

describe('fuzzing', () => {
  it('marks the active tokens, then as many silent ones', async () => {
    const asked: string[] = [];
    await scoreFuzzing(input('', listener(asked)));
    // Of the second window one token is between active and silent: it is never marked.
    assert.deepEqual(asked, ['1: .*.*', '1: *.*.', '2: *..', '2: ..*']);
  });

  const check = (words: string, accuracy: number): void => {
    it(`"${words}" is right in ${accuracy}`, async () => {
      const { scores } = await scoreFuzzing(input(words, offlineJudge(wordsSimulator)));
      assert.equal(scores?.accuracy.value, accuracy);
      assert.equal(scores?.examples, 4);
    });
  };
  check('fires on " the"', 1);
  check('weakly on " the"', 1);
  check('fires on "y" and "a"', 0);
});
