import assert from 'node:assert/strict';
import type { CounterExample } from '../../../../src/core/explain/explanation.ts';
import type { ExplainedRecord } from '../../../../src/core/explain/parts.ts';
import type { Simulation } from '../../../../src/core/explain/scores.ts';
import { heldOutScore, type HeldOut } from '../../../../src/engine/explain/heldOutScore.ts';
import { OFFLINE } from '../../../support/explainBench.ts';
import { recordOf, textOf } from '../../core/explain/support.ts';

const TOKENS = ['x', ' the', 'y', ' a'];

/** The unit fires on " the" and, less, on " a". */
const ACTIVATIONS = [0, 8, 0, 4];

function sentence(activations: readonly number[] = ACTIVATIONS): CounterExample {
  return { text: TOKENS.join(''), tokens: TOKENS, activations, asExplained: true, use: 'score' };
}

function windowsOf(set: 'top' | 'random'): ExplainedRecord {
  return recordOf(TOKENS, ACTIVATIONS, { set, sequence: set === 'top' ? 1 : 2 });
}

function held(words: string, change: Partial<HeldOut> = {}): HeldOut {
  return {
    unit: { kind: 'neuron', layer: 0, neuron: 0 },
    options: OFFLINE,
    language: null,
    words,
    examples: [sentence()],
    windows: { records: [windowsOf('top'), windowsOf('random')] },
    signal: new AbortController().signal,
    text: textOf,
    onCall: () => assert.fail('nothing is asked offline'),
    ...change,
  };
}

describe('scores of words on what neither explanation has seen', () => {
  const check = (words: string, expected: number): void => {
    it(`${words}: ${expected}`, async () => {
      const score = await heldOutScore(held(words));
      assert.ok(Math.abs((score?.value ?? Number.NaN) - expected) < 1e-6, String(score?.value));
    });
  };
  // Pearson r of the values beside 0 8 0 4.
  check('fires on " the"; less on " a"', 0.994937);
  check('fires on " the"', 0.870388);
  check('fires on "x" and "y"', -0.904534);
  check('fires on "nowhere"', 0);

  it('words that say the opposite stay below 0 in windows and in sentences alone', async () => {
    const wrong = 'fires on "x" and "y"';
    const windows = await heldOutScore(held(wrong, { examples: [] }));
    const sentences = await heldOutScore(held(wrong, { windows: { records: [] } }));
    assert.ok((windows?.high ?? 1) < 0 && (sentences?.value ?? 1) < 0);
  });

  it('a half that is wrong is not mended by a scale of its own', async () => {
    const right = { truth: ACTIVATIONS, simulated: [0, 10, 0, 5], set: 'top' } as const;
    const turned: Simulation = { truth: ACTIVATIONS, simulated: [10, 0, 10, 0], set: 'random' };
    const score = await heldOutScore(held('', { windows: { simulated: [right, turned] }, examples: [] }));
    assert.ok(Math.abs((score?.value ?? 1) - -0.040656) < 1e-6, String(score?.value));
  });

  it('takes windows that were simulated already as they are, beside the sentences', async () => {
    const words = 'fires on " the"';
    const simulated = (['top', 'random'] as const).map((set) => ({
      truth: ACTIVATIONS,
      simulated: [0, 10, 0, 0],
      set,
    }));
    const again = await heldOutScore(held(words, { windows: { simulated } }));
    assert.deepEqual(again, await heldOutScore(held(words)));
  });

  it('is not defined where the unit is silent', async () => {
    const silent = { examples: [sentence([0, 0, 0, 0])], windows: { records: [] } };
    assert.equal(await heldOutScore(held('fires on " the"', silent)), null);
  });

  it('leaves out what cannot be simulated, never as zeros', async () => {
    assert.equal(await heldOutScore(held('...')), null);
  });
});
