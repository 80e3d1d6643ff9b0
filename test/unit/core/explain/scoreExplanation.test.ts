import assert from 'node:assert/strict';
import { isInterpError } from '../../../../src/core/errors.ts';
import { chooseBest } from '../../../../src/core/explain/chooseBest.ts';
import { offlineJudge } from '../../../../src/core/explain/offlineJudge.ts';
import type { SimulatorPart } from '../../../../src/core/explain/parts.ts';
import { scoreExplanation, type ScoreInput } from '../../../../src/core/explain/scoreExplanation.ts';
import { wordsSimulator } from '../../../../src/core/explain/words/wordsSimulator.ts';
import { inputOf, recordOf } from './support.ts';

const record = (sequence: number, set: 'top' | 'random', scale = 1) =>
  recordOf(['x', ' the', 'y', ' a'], [0, 2 * scale, 0, scale], { sequence, set });

const splits = {
  train: [record(1, 'top')],
  calibration: [record(2, 'top'), record(3, 'random')],
  test: [record(4, 'top'), record(5, 'random')],
};

function input(words: string, options: Partial<ScoreInput> = {}): ScoreInput {
  return {
    ...inputOf([]),
    explained: { words, pattern: null },
    simulator: wordsSimulator,
    judge: null,
    splits,
    ...options,
  };
}

describe('scoring an explanation', () => {
  it('calibrates on its own windows and scores on others', async () => {
    const seen: number[] = [];
    const spy: SimulatorPart = {
      ...wordsSimulator,
      simulate: (asked) => {
        seen.push(asked.record.sequence);
        assert.ok(!('activations' in asked.record), 'a simulator never sees the activations');
        return wordsSimulator.simulate(asked);
      },
    };
    const scored = await scoreExplanation(input('fires on " the"; less on " a"', { simulator: spy }));
    assert.deepEqual(seen, [2, 3, 4, 5]);
    assert.equal(scored.calibration.kind, 'linear');
    assert.ok((scored.score ?? 0) > 0.99);
    assert.equal(scored.scores.topAndRandom?.sequences, 2);
    assert.equal(scored.scores.randomOnly?.sequences, 1);
    assert.ok((scored.scores.topAndRandom?.rSquared?.value ?? 0) > 0.98);
    // On the scale of the activations: 10 -> about 2.
    assert.ok(Math.abs((scored.sequences[0]?.simulated?.[1] ?? 0) - 2) < 0.1);
    assert.ok(Math.abs(scored.calibrate(10) - 2) < 0.1);
    assert.deepEqual(scored.failures, []);
  });

  it('keeps r when a line falls on the windows of the calibration', async () => {
    const turned = recordOf(['x', ' the', 'y', ' a'], [3, 0, 3, 3], { sequence: 2, set: 'top' });
    const scored = await scoreExplanation(
      input('fires on " the"', { splits: { ...splits, calibration: [turned] } }),
    );
    assert.ok(scored.calibration.kind === 'linear' && scored.calibration.slope < 0);
    assert.ok((scored.score ?? 0) > 0.8 && (scored.sequences[0]?.score ?? 0) > 0.8);
  });

  it('asks only the questions that it is asked', async () => {
    const judge = offlineJudge(wordsSimulator);
    const others = [recordOf(['x', 'y'], [0, 0], { sequence: 9, set: 'random' })];
    const asked = input('fires on " the"', { judge, questions: ['fuzzing'], others });
    const { scores } = await scoreExplanation(asked);
    assert.equal(scores.detection, null);
    assert.ok(scores.fuzzing);
    assert.ok((await scoreExplanation({ ...asked, questions: ['detection'] })).scores.detection);
  });

  const kinds = (calibration: ScoreInput['calibration'], top: number): void => {
    it(`calibration ${calibration} takes 10 to ${top}`, async () => {
      const scored = await scoreExplanation(input('fires on " the"', calibration ? { calibration } : {}));
      assert.equal(scored.calibration.kind, calibration);
      assert.equal(scored.sequences[0]?.simulated?.[1], top);
    });
  };
  kinds('none', 10);
  kinds('percentile', 2);

  it('lists failures and leaves their windows out, never as zeros', async () => {
    const failing: SimulatorPart = {
      ...wordsSimulator,
      simulate: (asked) =>
        asked.record.sequence === 5
          ? Promise.resolve({ values: null, failure: 'the reply was cut off' })
          : wordsSimulator.simulate(asked),
    };
    const scored = await scoreExplanation(input('fires on " the"', { simulator: failing }));
    assert.deepEqual(scored.failures, [{ sequence: 5, reason: 'the reply was cut off' }]);
    assert.equal(scored.scores.topAndRandom?.sequences, 1);
    assert.equal(scored.scores.randomOnly, null);
    assert.deepEqual(
      scored.sequences.map(({ simulated, failure, score }) => [simulated === null, failure, score !== null]),
      [
        [false, null, true],
        [true, 'the reply was cut off', false],
      ],
    );
  });

  const wrong = (values: Float32Array, reason: RegExp): void => {
    it(`a simulation of [${values.join(', ')}] is a failure`, async () => {
      const simulator = { ...wordsSimulator, simulate: () => Promise.resolve({ values, failure: null }) };
      const scored = await scoreExplanation(input('', { simulator }));
      assert.equal(scored.score, null);
      assert.equal(scored.failures.length, 4);
      assert.match(scored.failures[0]?.reason ?? '', reason);
    });
  };
  wrong(Float32Array.of(1, 2), /2 values for 4 tokens/);
  wrong(Float32Array.of(1, 2, 3, Number.NaN), /not a number/);

  it('asks a judge where there is one', async () => {
    const others = [recordOf(['z', 'q'], [0, 0], { sequence: 9, set: 'random' })];
    const judge = offlineJudge(wordsSimulator);
    const { scores } = await scoreExplanation(input('fires on " the"', { judge, others, simulator: null }));
    assert.equal(scores.topAndRandom, null);
    assert.equal(scores.detection?.accuracy.value, 1);
    assert.equal(scores.fuzzing?.examples, 4);
    assert.equal(scores.pairs, null);
  });

  it('can be cancelled', async () => {
    const cancel = new AbortController();
    cancel.abort();
    await assert.rejects(scoreExplanation(input('x', { signal: cancel.signal })), (error) =>
      isInterpError(error, 'cancelled'),
    );
  });
});

describe('choosing the best candidate', () => {
  const of = (words: string) => ({ words, pattern: null });
  const check = (candidates: [string, ...string[]], expected: string): void => {
    it(`${candidates.join(' | ')} -> ${expected}`, async () => {
      const [first, ...rest] = candidates;
      const chosen = await chooseBest([of(first), ...rest.map(of)], input(''));
      assert.equal(chosen.explained.words, expected);
    });
  };
  check(['fires on "x"', 'fires on " the"'], 'fires on " the"');
  check(['fires on " the"', 'fires on " the" and " the"'], 'fires on " the"');
  check(['...', '?'], '...');
  check(['...', 'fires on "x"'], 'fires on "x"');
  // Said of no token that there is: r 0, above words that are wrong.
  check(['fires on "x"', 'fires on "nowhere"'], 'fires on "nowhere"');

  it('asks a judge where nothing is simulated', async () => {
    const silent = recordOf(['z', 'q'], [0, 0], { sequence: 9, set: 'random' });
    const chosen = await chooseBest(
      [of('fires on "z"'), of('fires on " the"')],
      input('', {
        simulator: null,
        judge: offlineJudge(wordsSimulator),
        splits: { ...splits, calibration: [...splits.calibration, silent] },
      }),
    );
    assert.deepEqual([chosen.explained.words, chosen.score], ['fires on " the"', 1]);
  });

  it('never looks at the windows that score', async () => {
    const seen: number[] = [];
    const simulator: SimulatorPart = {
      ...wordsSimulator,
      simulate: (asked) => {
        seen.push(asked.record.sequence);
        return wordsSimulator.simulate(asked);
      },
    };
    await chooseBest([of('fires on "x"'), of('fires on "y"')], input('', { simulator }));
    assert.deepEqual(seen, [2, 3, 2, 3]);
  });
});
