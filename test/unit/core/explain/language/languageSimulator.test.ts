import assert from 'node:assert/strict';
import { expectError } from '../../../../support/expectError.ts';
import { scriptedModel } from '../../../../support/scriptedModel.ts';
import type { LanguageCall } from '../../../../../src/core/explain/explanation.ts';
import { callCost } from '../../../../../src/core/explain/language/callCost.ts';
import { languageSimulator } from '../../../../../src/core/explain/language/languageSimulator.ts';

describe('simulator of a language model', () => {
  const able = scriptedModel(() => ({}));
  const unable = scriptedModel(() => ({}), { promptLogprobs: false, outputLogprobs: false, json: false });

  it('is what was chosen, with the name of the model', () => {
    for (const kind of ['prompt-logprobs', 'output-logprobs', 'json'] as const) {
      const simulator = languageSimulator(able, kind);
      assert.deepEqual([simulator.kind, simulator.name], [kind, 'scripted']);
    }
  });

  it('is all at once by itself where that is possible, else JSON', () => {
    assert.equal(languageSimulator(able, 'auto').kind, 'prompt-logprobs');
    assert.equal(languageSimulator(unable, 'auto').kind, 'json');
  });

  it('is refused where the server cannot', async () => {
    await expectError(() => languageSimulator(unable, 'prompt-logprobs'), 'language/not-able', 'prompt');
    await expectError(() => languageSimulator(unable, 'output-logprobs'), 'language/not-able', 'reply');
  });
});

describe('cost of calls', () => {
  it('counts what was not answered from the cache', () => {
    const call = (cached: boolean, tokens: number): LanguageCall => ({
      purpose: 'simulate',
      messages: [],
      reply: '',
      cached,
      promptTokens: tokens,
      completionTokens: 1,
      error: null,
    });
    assert.deepEqual(callCost([call(false, 5), call(true, 7), call(false, 3)]), {
      requests: 2,
      promptTokens: 8,
      completionTokens: 2,
    });
    assert.deepEqual(callCost([]), { requests: 0, promptTokens: 0, completionTokens: 0 });
  });
});
