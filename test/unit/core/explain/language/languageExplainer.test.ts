import assert from 'node:assert/strict';
import { expectError } from '../../../../support/expectError.ts';
import { fakeReply } from '../../../../support/fakeLanguageModel.ts';
import { explainedRecord, scriptedModel } from '../../../../support/scriptedModel.ts';
import { cancelled, InterpError } from '../../../../../src/core/errors.ts';
import { languageExplainer } from '../../../../../src/core/explain/language/languageExplainer.ts';
import type { ExplainInput } from '../../../../../src/core/explain/parts.ts';

function input(changes: Partial<ExplainInput> = {}): ExplainInput {
  return {
    unit: { kind: 'neuron', layer: 1, neuron: 2 },
    train: [
      explainedRecord(['A', ' cat', ' sat', ' here', ' a', ' long', ' time'], [0, 5, 0, 0, 0, 0, 0]),
      explainedRecord(['The', ' cat', ' ran'], [0, 4, -3]),
    ],
    contrast: [],
    activationsOf: async () => assert.fail('a language model needs no run'),
    text: () => '',
    padId: 0,
    bosId: null,
    seed: 0,
    signal: new AbortController().signal,
    onCall: () => {},
    ...changes,
  };
}

describe('explaining with a language model', () => {
  it('asks for samples at temperature 1 and numbers them', async () => {
    const model = scriptedModel((request) => fakeReply(request.messages));
    const explained = await languageExplainer(model, { samples: 3 }).explain(input());
    assert.deepEqual(explained, [{ words: 'the words "cat", "a", "sat"', pattern: null }]);
    assert.deepEqual(
      model.requests.map(({ sample, temperature }) => [sample, temperature]),
      [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
    );
  });

  it('tells distinct sentences, the most frequent first', async () => {
    const said = [' towns.', ' names of towns. And more.', ' Towns', '', ' rivers\n'];
    const model = scriptedModel(({ sample }) => ({ text: said[sample] ?? '' }));
    const explained = await languageExplainer(model, { samples: 5 }).explain(input());
    assert.deepEqual(
      explained.map(({ words }) => words),
      ['towns', 'names of towns', 'rivers'],
    );
  });

  it('keeps what came when some samples fail', async () => {
    const failed = new InterpError('language/bad-reply', 'empty');
    const model = scriptedModel(({ sample }) => (sample === 1 ? { text: 'towns' } : failed));
    assert.equal((await languageExplainer(model, { samples: 3 }).explain(input())).length, 1);
  });

  it('throws when all fail, when the budget is spent, and when it is cancelled', async () => {
    const run = async (script: Parameters<typeof scriptedModel>[0]): Promise<unknown> =>
      languageExplainer(scriptedModel(script), { samples: 2 }).explain(input());
    await expectError(
      () => run(() => new InterpError('language/unreachable', 'gone')),
      'language/unreachable',
    );
    const budget = new InterpError('language/budget', 'spent');
    await expectError(() => run(({ sample }) => (sample === 1 ? budget : { text: 'a' })), 'language/budget');
    await expectError(() => run(({ sample }) => (sample === 1 ? cancelled() : { text: 'a' })), 'cancelled');
    await expectError(() => run(() => ({ text: ' . ' })), 'explain/nothing-found');
  });

  it('shortens a prompt that the context does not hold, and says so', async () => {
    const model = scriptedModel((request) => fakeReply(request.messages));
    await languageExplainer(model, { samples: 1, contextTokens: 500 }).explain(input());
    assert.match(model.requests[0]?.note ?? '', /Left out .* example records/);
  });
});

describe('explaining a head', () => {
  const unit = { kind: 'head', layer: 1, head: 2 } as const;
  const pairs = Float32Array.from([9, 0, 0, 0, 4, 1]);
  const record = explainedRecord(['Ann', ' said', ' she'], [0, 0, 0], { pairs });

  it('shows the strongest pair of each record', async () => {
    const model = scriptedModel((request) => fakeReply(request.messages));
    const explained = await languageExplainer(model, { samples: 1 }).explain(
      input({ unit, train: [record] }),
    );
    assert.deepEqual(explained, [{ words: 'from "Ann" to "Ann"', pattern: null }]);
    const said = model.requests[0]?.messages.at(-1)?.content ?? '';
    assert.ok(said.includes('1. **[[Ann]]** said she'));
  });

  it('shows at most five, strongest first', async () => {
    const train = [1, 6, 3, 2, 5, 4].map((value) =>
      explainedRecord([`k${value}`, ' q'], [0, 0], { pairs: Float32Array.from([0, value, 0]) }),
    );
    const model = scriptedModel((request) => fakeReply(request.messages));
    await languageExplainer(model, { samples: 1 }).explain(input({ unit, train }));
    const said = model.requests[0]?.messages.at(-1)?.content ?? '';
    assert.deepEqual(said.match(/\[\[k\d/g), ['[[k6', '[[k5', '[[k4', '[[k3', '[[k2']);
  });

  it('has nothing to say of a head without a pair', async () => {
    const train = [explainedRecord(['a'], [0], { pairs: Float32Array.from([0]) })];
    const run = async (): Promise<unknown> =>
      languageExplainer(
        scriptedModel(() => ({ text: 'x' })),
        { samples: 1 },
      ).explain(input({ unit, train }));
    await expectError(run, 'explain/nothing-found');
  });
});
