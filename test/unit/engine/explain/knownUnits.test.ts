import assert from 'node:assert/strict';
import type { ExplanationRecord, Score, Scores } from '../../../../src/core/explain/explanation.ts';
import { knownUnits } from '../../../../src/engine/explain/knownUnits.ts';
import { bestOf, staleReason } from '../../../../src/engine/explain/storeWords.ts';
import type { OpenModel } from '../../../../src/engine/openModel.ts';
import type { ExplainOptions } from '../../../../src/protocol/explainContract.ts';
import type { ExplanationStore } from '../../../../src/runtime/explanations/store.ts';
import { OFFLINE } from '../../../support/explainBench.ts';
import { someRecord } from '../../../support/someRecord.ts';

const NOW = { model: 'model-print', sae: null, index: 'index-print' };
const SCORE: Score = { value: 0.5, low: 0.4, high: 0.6 };
const BINARY = { accuracy: SCORE, f1: null, auc: SCORE, examples: 4 };
const SIMULATED = { correlation: SCORE, rSquared: null, absoluteDeviation: null, sequences: 4 };
const NONE: Scores = {
  topAndRandom: null,
  randomOnly: null,
  detection: null,
  fuzzing: null,
  ablation: null,
  pairs: null,
};
const SCORED: Scores = { ...NONE, topAndRandom: SIMULATED, detection: BINARY, fuzzing: BINARY };

const MODEL = {
  info: { name: 'tiny' },
  runner: { config: { n_layers: 2, d_mlp: 8, n_heads: 2 } },
  checkpoint: { config: { n_layers: 2, d_mlp: 8, n_heads: 2 } },
  saes: new Map(),
} as unknown as OpenModel;

/** A scored summary of a neuron with something changed. */
function stored(changes: Partial<ExplanationRecord>): ExplanationRecord {
  return someRecord({ from: NOW, simulator: 'words', simulatorKind: 'words', scores: SCORED, ...changes });
}

function check(
  name: string,
  record: Partial<ExplanationRecord>,
  options: Partial<ExplainOptions>,
  known: boolean,
): void {
  it(`${name} is ${known ? '' : 'not '}what a run would make`, async () => {
    const store = { family: () => Promise.resolve({ records: [stored(record)], unread: [] }) };
    const found = await knownUnits(MODEL, ['L1N2'], {
      options: { ...OFFLINE, ...options },
      capabilities: null,
      store: store as unknown as ExplanationStore,
      provenance: () => Promise.resolve(NOW),
    });
    assert.deepEqual([...found], known ? ['L1N2'] : []);
  });
}

describe('what is kept of a unit', () => {
  check('a scored summary', {}, {}, true);
  check('a summary without scores', { scores: null, simulatorKind: null }, {}, false);
  check('a summary without scores, when none are asked for,', { scores: null }, { scorers: [] }, true);
  check('a stale summary', { from: { ...NOW, model: 'other' } }, {}, false);
  check('a pattern', { explainerKind: 'n2g', pattern: '{}', simulatorKind: 'pattern' }, {}, false);
  check(
    'a pattern, when one is asked for,',
    { explainerKind: 'n2g', pattern: '{}', simulatorKind: 'pattern' },
    { explainer: { kind: 'n2g' } },
    true,
  );
  check('a summary that a language model simulated', { simulatorKind: 'json' }, {}, false);
  check('a summary of another unit', { unit: 'L1N3' }, {}, false);
  check(
    'a simulation without questions',
    { scores: { ...SCORED, detection: null, fuzzing: null } },
    {},
    false,
  );
  check('a simulation that failed', { scores: NONE, failures: [{ sequence: 1, reason: 'No.' }] }, {}, true);
  check('a summary without ablation', {}, { scorers: ['ablation'] }, false);
  const words = { kind: 'human', words: ' own words ' } as const;
  check('the same words', { explainerKind: 'human', explanation: 'own words' }, { explainer: words }, true);
  check('other words', { explainerKind: 'human' }, { explainer: words }, false);
});

describe('the explanation that is shown', () => {
  const order = (name: string, records: readonly Partial<ExplanationRecord>[]): void => {
    it(name, () => {
      const all = records.map(stored);
      assert.equal(bestOf(all, NOW)?.id, all[0]?.id);
      assert.equal(bestOf(all.toReversed(), NOW)?.id, all[0]?.id);
    });
  };
  order('is the better one', [{ score: 0.7 }, { score: 0.6, explanation: 'b' }]);
  order('is fresh', [{ score: 0.1 }, { score: 0.9, from: { ...NOW, index: 'old' }, explanation: 'b' }]);
  const trie = { pattern: '{}', explainerKind: 'n2g' } as const;
  order('is of words', [{ score: 0.1 }, { score: 0.9, ...trie, simulatorKind: 'pattern' }]);
  order('is of words, also of those of a trie once they are scored', [
    { score: 0.5, ...trie, simulatorKind: 'words' },
    { score: 0.4 },
    { score: 0.9, ...trie, simulatorKind: 'pattern', explanation: 'b' },
  ]);
  order('is no pattern where there are concept labels', [
    { score: 0.1, explainerKind: 'concepts' },
    { score: 0.9, ...trie, simulatorKind: 'pattern' },
  ]);
  order('is no oracle', [{ score: 0.1 }, { score: 0.9, explainerKind: 'concepts', explanation: 'b' }]);
  order('is scored', [{ score: -0.5 }, { score: null, explanation: 'b' }]);
  order("is a person's own among equals", [
    { score: 0.5, explainerKind: 'human' },
    { score: 0.5, explanation: 'b' },
  ]);

  it('says what it is stale for', () => {
    assert.equal(staleReason(stored({}), NOW), null);
    assert.match(staleReason(stored({ from: { ...NOW, model: 'x' } }), NOW) ?? '', /another model/);
    assert.match(staleReason(stored({ from: { ...NOW, sae: 'x' } }), NOW) ?? '', /another SAE/);
    assert.match(staleReason(stored({ from: { ...NOW, index: 'x' } }), NOW) ?? '', /another index/);
    assert.equal(staleReason(stored({}), { ...NOW, index: null }), null);
  });
});
