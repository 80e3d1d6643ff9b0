import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readdir, readFile } from 'node:fs/promises';
import { DEFAULT_SCAN } from '../../src/core/records/records.ts';
import type { EngineExplainEvents, ExplainOptions } from '../../src/protocol/explainContract.ts';
import { expectError } from '../support/expectError.ts';
import { fakeReply } from '../support/fakeLanguageModel.ts';
import { startLanguageServer, type LanguageServer } from '../support/languageServer.ts';
import { TEST_KEY } from '../support/openTestLanguage.ts';
import { openTestJobs, type EngineCall } from '../support/openTestJobs.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const EMBEDDED = join(import.meta.dirname, '..', '..', 'models');
const FAMILIES = ['3-res'];

interface Bench {
  readonly call: EngineCall;
  readonly modelId: string;
  readonly server: LanguageServer;
  readonly options: ExplainOptions;
  /** Latents with many records; the first one fires on the end of a sentence. */
  readonly units: readonly string[];
  /** Everything that the engine said: results, events and progress as text. */
  readonly said: string[];
  readonly folder: string;
}

describe('the engine with a language model', function () {
  this.timeout(120_000);

  it('explains, simulates and scores; goes on from the cache; writes the key nowhere', () =>
    withBench(async (bench) => {
      const { call, modelId, server, options, units, said } = bench;
      const [unit = ''] = units;
      const record = await call('explain/unit', { modelId, unit, options });
      assert.match(record.explanation, /^the words "/);
      assert.deepEqual(
        [record.explainer, record.simulator, record.simulatorKind],
        ['fake-1', 'fake-1', 'json'],
      );
      assert.ok(record.score !== null && record.score > 0.5, `score ${record.score}`);
      assert.ok(record.cost.requests > 10 && record.cost.promptTokens > 1000);
      const detail = await call('explain/detail', { modelId, unit, id: record.id });
      assert.ok(detail.calls.every(({ error, messages }) => error === null && messages.length > 1));

      const sent = server.requests.length;
      const again = await call('explain/unit', { modelId, unit, options });
      assert.equal(server.requests.length, sent, 'the same run sends nothing');
      assert.deepEqual([again.cost.requests, again.score], [0, record.score]);

      said.push(JSON.stringify([record, detail, again]));
      for (const [id, times] of server.answered()) assert.equal(times, 1, id);
      await assertNoKey(bench);
    }));

  it('stops before its budget is exceeded, fails by name, and goes on where it stopped', () =>
    withBench(async (bench) => {
      const { call, modelId, server, options, units, said } = bench;
      const many = { modelId, units: units.slice(0, 3), concurrency: 2, redo: false };
      await call('language/probe', { language: options.language ?? assert.fail() });
      const probed = server.requests.length;
      const capped = await call('explain/many', {
        ...many,
        options: { ...options, budget: { requests: 30, tokens: null } },
      });
      assert.equal(capped.stopped, 'budget');
      assert.ok(server.requests.length - probed <= 30, `${server.requests.length - probed} requests`);
      const whole = await call('explain/many', { ...many, options });
      assert.deepEqual([whole.stopped, whole.done + whole.skipped], [null, 3]);
      for (const [id, times] of server.answered()) assert.equal(times, 1, id);

      server.next({ kind: 'quote-key' });
      const request = { modelId, unit: units[3] ?? '', options };
      const error = await expectError(() => call('explain/unit', request), 'language/refused', '401');
      said.push(JSON.stringify([capped, whole]), error.message, error.stack ?? '', String(error.cause));
      await assertNoKey(bench);
    }));

  it("explains with a model of VS Code's own, asked through the host", () =>
    withBench(async ({ call, modelId, server, options, units, said }) => {
      const language = { kind: 'editor', model: 'copilot' } as const;
      const request = { modelId, unit: units[0] ?? '', options: { ...options, language } };
      const record = await call('explain/unit', request);
      assert.deepEqual([record.explainer, record.simulatorKind], ['copilot', 'json']);
      assert.ok(record.score !== null && record.score > 0.5, `score ${record.score}`);
      const asked = (): number => said.filter((text) => text.includes('language/didAsk')).length;
      const before = asked();
      assert.equal(before, record.cost.requests);
      await call('explain/unit', request);
      assert.equal(asked(), before, 'the same run asks nothing');
      assert.equal(server.requests.length, 0);
    }));
});

/** What the host does with a question: VS Code's model answers as the fake one. */
async function answerAsHost(
  { askId, messages }: EngineExplainEvents['language/didAsk'],
  call: EngineCall,
): Promise<void> {
  await call('language/answer', { askId, text: fakeReply(messages).text, error: null });
}

async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  const server = await startLanguageServer({ key: TEST_KEY });
  try {
    await withTemporaryFolder(async (folder) => {
      const said: string[] = [];
      const { jobs, call: ask } = openTestJobs({
        embeddedFolder: EMBEDDED,
        emit: (name, payload) => {
          said.push(JSON.stringify([name, payload]));
          if (name === 'language/didAsk') {
            void answerAsHost(payload as EngineExplainEvents['language/didAsk'], call);
          }
        },
      });
      const call: EngineCall = async (method, params, options) => {
        const onProgress = (progress: unknown): void => void said.push(JSON.stringify(progress));
        return ask(method, params, { onProgress, ...options });
      };
      await call('folders/set', { storage: join(folder, 'storage'), workspace: join(folder, 'workspace') });
      const { modelId } = await call('model/open', { model: 'underglass-tiny', saes: [] });
      const corpus = { kind: 'world', seed: 5_000_000, documents: 150 } as const;
      await call('index/scan', { modelId, corpus, families: FAMILIES, options: DEFAULT_SCAN });
      // The fake model knows words alone: it can explain marks at the end of a sentence. Then the busiest latents.
      const query = {
        modelId,
        family: '3-res',
        sort: 'density',
        falling: true,
        category: 'all',
        from: 0,
      } as const;
      const marks = await call('unit/list', { ...query, text: 'full stop', count: 1 });
      const busy = await call('unit/list', { ...query, text: '', count: 5 });
      const units = [...new Set([...marks.rows, ...busy.rows].map(({ id }) => id))];
      await use({ call, modelId, server, options: optionsOf(server), units, said, folder });
      await jobs.release();
    });
  } finally {
    await server.close();
  }
}

function optionsOf({ baseUrl }: LanguageServer): ExplainOptions {
  return {
    explainer: { kind: 'language', samples: 1 },
    simulator: 'auto',
    scorers: ['simulation', 'detection'],
    calibration: 'linear',
    language: { kind: 'openai', baseUrl, model: 'fake-1', key: TEST_KEY, concurrency: 4 },
    perSplit: 3,
    seed: 0,
    budget: { requests: null, tokens: null },
  };
}

/** Looks for the key, in any spelling, in all that was said and in every file of storage and workspace. */
async function assertNoKey({ said, folder }: Bench): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  assert.ok(files.some((path) => path.includes('replies')) && files.some((path) => path.endsWith('.jsonl')));
  const texts = await Promise.all(files.map(async (path) => `${path}\n${await readFile(path, 'latin1')}`));
  const spellings = [TEST_KEY, encodeURIComponent(TEST_KEY), JSON.stringify(TEST_KEY).slice(1, -1)];
  spellings.push(Buffer.from(TEST_KEY).toString('base64'));
  for (const text of [...said, ...texts]) {
    for (const spelling of spellings) assert.ok(!text.includes(spelling), text.slice(0, 200));
  }
}
