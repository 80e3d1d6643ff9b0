import assert from 'node:assert/strict';
import { expectError } from '../../../support/expectError.ts';
import type { FakeReply } from '../../../support/fakeLanguageModel.ts';
import type { ServerTraits } from '../../../support/languageServer.ts';
import { languageBench, TEST_KEY, type LanguageBench } from '../../../support/openTestLanguage.ts';
import { explainedRecord } from '../../../support/scriptedModel.ts';
import { jsonSimulator } from '../../../../src/core/explain/language/jsonSimulator.ts';
import { promptLogprobsSimulator } from '../../../../src/core/explain/language/promptSimulator.ts';
import { outputLogprobsSimulator } from '../../../../src/core/explain/language/tokenSimulator.ts';
import type { SimulatorPart } from '../../../../src/core/explain/parts.ts';
import {
  knownCapabilities,
  openLanguage,
  probeLanguage,
} from '../../../../src/runtime/language/openLanguage.ts';

describe('opening a language model', () => {
  let bench: LanguageBench | undefined;
  const start = async (traits: ServerTraits = {}): Promise<LanguageBench> =>
    (bench = await languageBench(traits));
  afterEach(async () => bench?.close());

  const checkProbe = (
    name: string,
    traits: ServerTraits,
    expected: { prompt: boolean; output: boolean; json: boolean },
    requests: number,
  ): void => {
    it(`finds out what a server can: ${name}`, async () => {
      const { open, server } = await start(traits);
      const { capabilities } = await open();
      const { promptLogprobs, outputLogprobs, json } = capabilities;
      assert.deepEqual({ prompt: promptLogprobs, output: outputLogprobs, json }, expected);
      assert.equal(server.requests.length, requests);
    });
  };
  checkProbe('all but prompts, as OpenAI', {}, { prompt: false, output: true, json: true }, 5);
  checkProbe('echo', { prompt: 'echo' }, { prompt: true, output: true, json: true }, 3);
  checkProbe("vLLM's own field", { prompt: 'vllm' }, { prompt: true, output: true, json: true }, 5);
  checkProbe(
    'completions that ignore it',
    { prompt: 'ignored' },
    { prompt: false, output: true, json: true },
    5,
  );
  checkProbe('no log-probabilities', { logprobs: 'off' }, { prompt: false, output: false, json: true }, 5);
  checkProbe(
    'refused log-probabilities',
    { logprobs: 'refused' },
    { prompt: false, output: false, json: true },
    7,
  );
  checkProbe('few alternatives', { mostLogprobs: 5 }, { prompt: false, output: true, json: true }, 6);
  checkProbe('no schema', { schema: 'refused' }, { prompt: false, output: true, json: false }, 5);
  checkProbe(
    'a reasoning model',
    { reasoning: true, logprobs: 'refused' },
    { prompt: false, output: false, json: true },
    9,
  );

  it('probes once for a server and model', async () => {
    const { open, server } = await start();
    await open();
    const probed = server.requests.length;
    await open();
    assert.equal(server.requests.length, probed);
    await expectError(() => open({ access: { model: 'other' } }), 'language/refused', '404', 'other');
  });

  it('asks for as many alternatives as the server allows', async () => {
    const { open, server, request } = await start({ mostLogprobs: 5 });
    const reply = await (await open()).ask(request('Reply with the digit 1', { topLogprobs: 15 }));
    assert.equal(reply.outputLogprobs?.[0]?.alternatives[0]?.token, '1');
    assert.equal(server.requests.at(-1)?.body['top_logprobs'], 5);
  });

  it('gives a model that thinks room for that, and asks it for nothing that it refuses', async () => {
    const { open, server, request } = await start({ reasoning: true });
    const model = await open({ budget: { requests: null, tokens: 10_000 } });
    assert.equal(model.capabilities.outputLogprobs, false);
    await model.ask(request('a', { temperature: 1, topLogprobs: 0 }));
    const { body } = server.requests.at(-1) ?? {};
    assert.deepEqual(
      [body?.['max_completion_tokens'], body?.['max_tokens'], body?.['temperature']],
      [20 + 4096, undefined, undefined],
    );
    const small = await open({ budget: { requests: null, tokens: 4000 } });
    await expectError(() => small.ask(request('b')), 'language/budget');
  });

  it('notices a model that thinks aloud', async () => {
    const reply = (): FakeReply => ({
      text: '<think>A digit?</think>1',
      first: { '<think>': 0.9, '1': 0.1 },
    });
    const { open, server, request } = await start({ reply });
    const model = await open();
    assert.equal(model.capabilities.outputLogprobs, false);
    await model.ask(request('a'));
    assert.equal(server.requests.at(-1)?.body['max_tokens'], 20 + 4096);
  });

  const checkSimulator = (
    name: string,
    traits: ServerTraits,
    open: (bench: LanguageBench) => Promise<SimulatorPart>,
  ): void => {
    it(`simulates over HTTP: ${name}`, async () => {
      const bench = await start(traits);
      const simulator = await open(bench);
      const tokens = ['A', ' cat', '\n', '\t', ' sat'];
      const simulated = await simulator.simulate({
        explained: { words: 'the word "cat"', pattern: null },
        record: explainedRecord(tokens, [0, 0, 0, 0, 0]),
        text: () => '',
        signal: new AbortController().signal,
        onCall: (call) => bench.calls.push(call),
      });
      assert.equal(simulated.failure, null);
      assert.deepEqual(
        Array.from(simulated.values ?? [], (value) => value > 5),
        [false, true, false, false, false],
      );
      assert.ok(bench.calls.every(({ cached, promptTokens }) => !cached && promptTokens > 0));
    });
  };
  checkSimulator('JSON', {}, async ({ open }) => jsonSimulator(await open()));
  checkSimulator('output log-probabilities', {}, async ({ open }) => outputLogprobsSimulator(await open()));
  checkSimulator('echo', { prompt: 'echo' }, async ({ open }) => promptLogprobsSimulator(await open()));
  checkSimulator("vLLM's own field", { prompt: 'vllm' }, async ({ open }) =>
    promptLogprobsSimulator(await open()),
  );

  it('warns of nothing when many requests share one signal', async () => {
    const { open } = await start();
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listen);
    try {
      const tokens = Array.from({ length: 40 }, (_, index) => ` t${index}`);
      await outputLogprobsSimulator(await open()).simulate({
        explained: { words: 'cats', pattern: null },
        record: explainedRecord(
          tokens,
          tokens.map(() => 0),
        ),
        text: () => '',
        signal: new AbortController().signal,
        onCall: () => {},
      });
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', listen);
    }
    assert.deepEqual(warnings, []);
  });

  it('knows without asking what was found before', async () => {
    const { open, server, storage } = await start();
    const access = {
      kind: 'openai',
      baseUrl: server.baseUrl,
      model: 'fake-1',
      key: null,
      concurrency: 1,
    } as const;
    assert.equal(await knownCapabilities(access, storage), null);
    await open();
    const sent = server.requests.length;
    assert.equal((await knownCapabilities(access, storage))?.outputLogprobs, true);
    assert.equal(server.requests.length, sent);
  });

  it('probes anew when that is asked for', async () => {
    const { open, server, storage } = await start();
    await open();
    const sent = server.requests.length;
    const access = {
      kind: 'openai',
      baseUrl: server.baseUrl,
      model: 'fake-1',
      key: TEST_KEY,
      concurrency: 1,
    } as const;
    const signal = new AbortController().signal;
    const budget = { requests: null, tokens: null };
    const found = await probeLanguage(access, { storage, signal, budget, askEditor: null });
    assert.ok(found.notes.length > 0);
    assert.equal(server.requests.length, 2 * sent);
  });

  it('refuses what the server cannot before anything is sent', async () => {
    const { open, server, request } = await start({ logprobs: 'off' });
    const model = await open();
    const probed = server.requests.length;
    await expectError(() => model.ask(request('a', { topLogprobs: 5 })), 'language/not-able', 'fake-1');
    await expectError(() => model.ask(request('a', { promptLogprobs: true })), 'language/not-able');
    assert.equal(server.requests.length, probed);
  });

  it('sends the key, the content and nothing of this machine', async () => {
    const { open, server } = await start();
    await open();
    for (const { headers } of server.requests) {
      const { host, connection, 'content-length': length, 'accept-encoding': encoding, ...sent } = headers;
      assert.ok(
        host !== undefined && connection !== undefined && length !== undefined && encoding !== undefined,
      );
      // Three that fetch itself adds, without a version.
      const { 'accept-language': language, 'sec-fetch-mode': mode, 'user-agent': agent, ...ours } = sent;
      assert.deepEqual([language, mode, agent], ['*', 'cors', 'node']);
      assert.deepEqual(ours, {
        accept: 'application/json',
        authorization: `Bearer ${TEST_KEY}`,
        'content-type': 'application/json',
      });
    }
  });

  it('sends no authorization without a key', async () => {
    const { open, server } = await start({ key: null });
    await open({ access: { key: null } });
    assert.ok(server.requests.every(({ headers }) => headers.authorization === undefined));
  });

  it('sends the key as Azure wants it, and the version with every request', async () => {
    const { open, server } = await start();
    await open({ access: { baseUrl: `${server.baseUrl}?api-version=2026-01-01` } });
    for (const { headers, path } of server.requests) {
      assert.equal(headers['api-key'], TEST_KEY);
      assert.equal(headers.authorization, undefined);
      assert.ok(path.endsWith('?api-version=2026-01-01'));
    }
  });

  it('sends nothing when none is configured', async () => {
    const { storage, server } = await start();
    const fetch = (): never => assert.fail('something was sent');
    const options = { storage, budget: { requests: null, tokens: null }, askEditor: null, fetch };
    const signal = new AbortController().signal;
    await expectError(() => openLanguage(null, { ...options, signal }), 'language/not-configured');
    const editor = { kind: 'editor', model: 'copilot' } as const;
    await expectError(() => openLanguage(editor, { ...options, signal }), 'language/not-configured');
    assert.equal(server.requests.length, 0);
  });
});
