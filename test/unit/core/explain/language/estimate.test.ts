import assert from 'node:assert/strict';
import { explainedRecord, scriptedModel } from '../../../../support/scriptedModel.ts';
import {
  estimateRun,
  estimateTokens,
  estimateUnit,
  type UnitPlan,
} from '../../../../../src/core/explain/language/estimate.ts';
import { jsonSimulator } from '../../../../../src/core/explain/language/jsonSimulator.ts';
import { messageLength } from '../../../../../src/core/explain/language/messages.ts';

const NOTHING: UnitPlan = {
  kind: 'neuron',
  samples: 0,
  trainRecords: 5,
  simulator: null,
  simulated: 20,
  detected: 0,
  fuzzed: 0,
  pairs: 0,
  revised: false,
  windowTokens: 64,
};

describe('estimate of a run', () => {
  const check = (name: string, changes: Partial<UnitPlan>, requests: number): void => {
    it(`${name}: ${requests} requests`, () => {
      const cost = estimateUnit({ ...NOTHING, ...changes });
      assert.equal(cost.requests, requests);
      assert.equal(cost.promptTokens > 0, requests > 0);
    });
  };
  check('nothing is asked', {}, 0);
  check('an offline simulator', { simulator: 'words' }, 0);
  check('five samples', { samples: 5 }, 5);
  check('all tokens at once', { simulator: 'prompt-logprobs' }, 20);
  check('token by token', { simulator: 'output-logprobs' }, 20 * 64);
  check('JSON', { simulator: 'json' }, 20);
  check('detection and fuzzing', { detected: 10, fuzzed: 10 }, 20);
  check('a head', { kind: 'head', samples: 3, pairs: 10 }, 13);
  check('a revision', { revised: true }, 2);

  it('counts the prompt that will be sent, at one token per four characters', async () => {
    const tokens = Array.from({ length: 64 }, () => ' word');
    const model = scriptedModel(() => ({ text: '' }));
    const record = explainedRecord(
      tokens,
      tokens.map(() => 0),
    );
    const words = 'words for storms, rain and other rough weather';
    const asked = { record, text: () => '', signal: new AbortController().signal, onCall: () => {} };
    await jsonSimulator(model).simulate({ ...asked, explained: { words, pattern: null } });
    const sent = estimateTokens(messageLength(model.requests[0]?.messages ?? []));
    assert.equal(estimateUnit({ ...NOTHING, simulator: 'json', simulated: 1 }).promptTokens, sent);
  });

  it('adds up units and says when it is worth asking first', () => {
    const plan: UnitPlan = { ...NOTHING, samples: 1 };
    const one = estimateRun([{ plan, units: 1 }]);
    const many = estimateRun([
      { plan, units: 100 },
      { plan: { ...plan, kind: 'head' }, units: 1 },
    ]);
    assert.deepEqual([one.requests, one.large, many.requests, many.large], [1, false, 101, true]);
    assert.ok(many.promptTokens > 100 * one.promptTokens);
  });

  it('is large by tokens alone too', () => {
    assert.equal(
      estimateRun([{ plan: { ...NOTHING, simulator: 'json', simulated: 90 }, units: 1 }]).large,
      true,
    );
  });
});
