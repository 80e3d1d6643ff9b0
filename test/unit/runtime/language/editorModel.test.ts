import assert from 'node:assert/strict';
import { expectError } from '../../../support/expectError.ts';
import { languageBench, type LanguageBench } from '../../../support/openTestLanguage.ts';
import type { LanguageModel } from '../../../../src/core/explain/parts.ts';
import type { AskEditor } from '../../../../src/runtime/language/editorModel.ts';
import { openLanguage, probeLanguage } from '../../../../src/runtime/language/openLanguage.ts';

describe("a model of VS Code's own", () => {
  let bench: LanguageBench;
  beforeEach(async () => {
    bench = await languageBench();
  });
  afterEach(async () => bench.close());
  const open = async (askEditor: AskEditor): Promise<LanguageModel> => {
    const { storage } = bench;
    const signal = new AbortController().signal;
    const budget = { requests: 2, tokens: null };
    return openLanguage({ kind: 'editor', model: 'copilot' }, { storage, signal, budget, askEditor });
  };

  it('is asked through the host, cached and within the budget', async () => {
    const asked: unknown[] = [];
    const model = await open(async (ask) => {
      asked.push(ask);
      return 'names';
    });
    assert.deepEqual(model.capabilities, { promptLogprobs: false, outputLogprobs: false, json: false });
    assert.equal((await model.ask(bench.request('aaaa'))).text, 'names');
    await model.ask(bench.request('aaaa'));
    assert.deepEqual(asked, [{ model: 'copilot', messages: [{ role: 'user', content: 'aaaa' }] }]);
    assert.deepEqual(
      bench.calls.map(({ cached, promptTokens, completionTokens }) => [
        cached,
        promptTokens,
        completionTokens,
      ]),
      [
        [false, 1, 2],
        [true, 0, 0],
      ],
    );
    await model.ask(bench.request('b'));
    await expectError(() => model.ask(bench.request('c')), 'language/budget');
    assert.equal(bench.server.requests.length, 0);
  });

  it('is refused what it cannot', async () => {
    const model = await open(async () => assert.fail('asked'));
    await expectError(() => model.ask(bench.request('a', { topLogprobs: 1 })), 'language/not-able');
  });

  it('fails on an empty reply', async () => {
    const model = await open(async () => ' ');
    await expectError(() => model.ask(bench.request('a')), 'language/bad-reply', 'empty');
  });

  it('needs no probe', async () => {
    const signal = new AbortController().signal;
    const options = { storage: bench.storage, signal, budget: { requests: 0, tokens: 0 }, askEditor: null };
    const found = await probeLanguage({ kind: 'editor', model: 'copilot' }, options);
    assert.equal(found.outputLogprobs, false);
  });
});
