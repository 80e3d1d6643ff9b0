import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openCassette } from '../../../support/cassette.ts';
import { expectError } from '../../../support/expectError.ts';
import { explainedRecord } from '../../../support/scriptedModel.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';
import { testClock } from '../../../support/testClock.ts';
import type { LanguageCall } from '../../../../src/core/explain/explanation.ts';
import { jsonSimulator } from '../../../../src/core/explain/language/jsonSimulator.ts';
import { languageExplainer } from '../../../../src/core/explain/language/languageExplainer.ts';
import { languageJudge } from '../../../../src/core/explain/language/languageJudge.ts';
import { promptLogprobsSimulator } from '../../../../src/core/explain/language/promptSimulator.ts';
import { outputLogprobsSimulator } from '../../../../src/core/explain/language/tokenSimulator.ts';
import type {
  ExplainInput,
  LanguageModel,
  Simulated,
  SimulateInput,
} from '../../../../src/core/explain/parts.ts';
import { openLanguage } from '../../../../src/runtime/language/openLanguage.ts';

const KEY = 'cassette-key';
const TOKENS = ['The', ' cat', '\n'];
const calls: LanguageCall[] = [];
const COMMON = {
  text: () => '',
  signal: new AbortController().signal,
  onCall: (call: LanguageCall) => calls.push(call),
};
const SUBJECT: SimulateInput = {
  ...COMMON,
  explained: { words: 'names of pets', pattern: null },
  record: explainedRecord(TOKENS, [0, 0, 0]),
};
const INPUT: ExplainInput = {
  ...COMMON,
  unit: { kind: 'neuron', layer: 0, neuron: 0 },
  train: [explainedRecord(TOKENS, [0, 3, 0])],
  contrast: [],
  activationsOf: async () => [],
  padId: 0,
  bosId: null,
  seed: 0,
};

/** Opens a model against a server on tape; all that is on it must be asked for. */
async function replay(
  name: string,
  server: { readonly baseUrl: string; readonly model: string },
  use: (model: LanguageModel, clock: ReturnType<typeof testClock>) => Promise<void>,
): Promise<void> {
  calls.length = 0;
  await withTemporaryFolder(async (storage) => {
    const cassette = openCassette(name);
    const clock = testClock();
    const access = { kind: 'openai', key: KEY, concurrency: 1, ...server } as const;
    const budget = { requests: null, tokens: null };
    const model = await openLanguage(access, {
      storage,
      clock,
      budget,
      random: () => 0.5,
      askEditor: null,
      signal: COMMON.signal,
      fetch: cassette.fetch,
    });
    await use(model, clock);
    cassette.finish();
  });
}

function values({ values, failure }: Simulated): number[] {
  assert.equal(failure, null);
  return Array.from(values ?? [], (value) => Math.round(value * 100) / 100);
}

describe('servers on tape', () => {
  it('OpenAI: explains through a rate limit and judges by log-probabilities', async () => {
    await replay(
      'openai',
      { baseUrl: 'https://api.openai.com/v1', model: 'gpt-4o-mini' },
      async (model, clock) => {
        assert.deepEqual(
          [model.capabilities.promptLogprobs, model.capabilities.outputLogprobs, model.capabilities.json],
          [false, true, true],
        );
        const explained = await languageExplainer(model, { samples: 2 }).explain(INPUT);
        assert.deepEqual(explained, [{ words: 'names of pets, especially cats', pattern: null }]);
        assert.deepEqual(clock.slept, [20_000]);
        const judged = await languageJudge(model).detect(SUBJECT);
        assert.ok('probability' in judged);
        assert.equal(Math.round(judged.probability * 1000), Math.round((0.66 / 0.97) * 1000));
        assert.deepEqual(
          // Two samples asked at once are told in either order.
          calls
            .map(({ purpose, promptTokens, completionTokens }) =>
              [purpose, promptTokens, completionTokens].join(' '),
            )
            .toSorted(),
          ['detect 170 1', 'explain 612 15', 'explain 612 8'],
        );
      },
    );
  });

  it('OpenAI, reasoning: asked without what it refuses; a reply that ran out is charged and told', async () => {
    await replay(
      'openai-reasoning',
      { baseUrl: 'https://api.openai.com/v1', model: 'o4-mini' },
      async (model) => {
        assert.equal(model.capabilities.outputLogprobs, false);
        const explained = await languageExplainer(model, { samples: 2 }).explain(INPUT);
        assert.deepEqual(explained, [{ words: 'names of pets', pattern: null }]);
        assert.deepEqual(
          calls.map(({ error, completionTokens }) => [error, completionTokens]),
          [
            ['The reply reached its length before it began.', 100],
            [null, 90],
          ],
        );
      },
    );
  });

  it('Ollama: simulates as JSON, strictly', async () => {
    await replay('ollama', { baseUrl: 'http://127.0.0.1:11434/v1', model: 'llama3.2:3b' }, async (model) => {
      const { promptLogprobs, outputLogprobs, json } = model.capabilities;
      assert.deepEqual([promptLogprobs, outputLogprobs, json], [false, false, true]);
      assert.deepEqual(values(await jsonSimulator(model).simulate(SUBJECT)), [0, 9, 0]);
      const other = { ...SUBJECT, explained: { words: 'cats', pattern: null } };
      const { failure } = await jsonSimulator(model).simulate(other);
      assert.equal(failure, 'The reply changed token 1: " cat" became "cat".');
    });
  });

  it('llama.cpp: simulates token by token', async () => {
    await replay('llama-cpp', { baseUrl: 'http://127.0.0.1:8080/v1', model: 'qwen2.5-3b' }, async (model) => {
      assert.equal(model.capabilities.promptLogprobs, false);
      const simulated = values(await outputLogprobsSimulator(model).simulate(SUBJECT));
      assert.deepEqual(simulated, [0.11, 8.45, 0]);
    });
  });

  it('vLLM: simulates all tokens at once', async () => {
    await replay('vllm', { baseUrl: 'http://127.0.0.1:8000/v1', model: 'local' }, async (model) => {
      assert.equal(model.capabilities.promptLogprobs, true);
      const simulator = promptLogprobsSimulator(model, { contextTokens: 420 });
      assert.deepEqual(values(await simulator.simulate(SUBJECT)), [0.21, 9.33, 0]);
      assert.equal(calls.length, 1);
    });
  });

  it('Azure: what its filter stops fails alone', async () => {
    const baseUrl = 'https://me.openai.azure.com/openai/deployments/d?api-version=2026-01-01';
    await replay('azure-filter', { baseUrl, model: 'gpt-4o' }, async (model) => {
      const first = await jsonSimulator(model).simulate(SUBJECT);
      assert.match(first.failure ?? '', /content management policy/);
      const second = await jsonSimulator(model).simulate({
        ...SUBJECT,
        explained: { words: 'b', pattern: null },
      });
      assert.equal(second.failure, "The reply was stopped by the server's filter.");
      await expectError(
        () => languageExplainer(model, { samples: 0 }).explain(INPUT),
        'explain/nothing-found',
      );
    });
  });
});

describe('cassettes', () => {
  const folder = fileURLToPath(new URL('../../../golden/cassettes/', import.meta.url));
  for (const name of readdirSync(folder)) {
    it(`${name} holds no key and no header of a request`, () => {
      const text = readFileSync(folder + name, 'utf8');
      assert.ok(!/authorization|api-key|bearer|cassette-key|\bsk-/i.test(text));
    });
  }
});
