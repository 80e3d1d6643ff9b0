import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { expectError } from '../../../support/expectError.ts';
import { languageBench, type LanguageBench } from '../../../support/openTestLanguage.ts';
import type { LanguageModel, LanguageReply } from '../../../../src/core/explain/parts.ts';

const TEXTS = ['one', 'two', 'three', 'four', 'five', 'six'];

describe('a run over a language model', () => {
  let bench: LanguageBench;
  beforeEach(async () => {
    bench = await languageBench();
  });
  afterEach(async () => bench.close());

  /** Asks all texts at once; an error does not end the others. */
  const askAll = async (
    model: LanguageModel,
    signal?: AbortSignal,
  ): Promise<PromiseSettledResult<LanguageReply>[]> =>
    Promise.allSettled(TEXTS.map(async (text) => model.ask(bench.request(text, signal ? { signal } : {}))));
  const count = (results: readonly PromiseSettledResult<unknown>[]): number =>
    results.filter(({ status }) => status === 'fulfilled').length;
  const neverTwice = (): void => {
    for (const [id, times] of bench.server.answered())
      assert.equal(times, 1, `answered ${times} times: ${id}`);
  };

  it('answers from the cache what was answered before, at no cost', async () => {
    assert.equal(count(await askAll(await bench.open())), TEXTS.length);
    const sent = bench.server.requests.length;
    bench.calls.length = 0;
    assert.equal(count(await askAll(await bench.open())), TEXTS.length);
    assert.equal(bench.server.requests.length, sent);
    assert.ok(
      bench.calls.every((call) => call.cached && call.promptTokens === 0 && call.completionTokens === 0),
    );
    neverTwice();
  });

  it('needs no server at all for what was answered before', async () => {
    await askAll(await bench.open());
    await bench.server.close();
    assert.equal(count(await askAll(await bench.open())), TEXTS.length);
  });

  it('sends two equal requests at once as one, and one of them pays', async () => {
    const model = await bench.open();
    const before = bench.server.requests.length;
    const replies = await Promise.all([model.ask(bench.request('same')), model.ask(bench.request('same'))]);
    assert.deepEqual(replies[0], replies[1]);
    assert.equal(bench.server.requests.length, before + 1);
    assert.deepEqual(bench.calls.map(({ cached }) => cached).sort(), [false, true]);
  });

  it('counts samples of one request as different ones', async () => {
    const model = await bench.open();
    const before = bench.server.requests.length;
    for (const sample of [0, 1, 0]) await model.ask(bench.request('same', { sample }));
    assert.equal(bench.server.requests.length, before + 2);
  });

  it('asks another model, server or parameter anew', async () => {
    const model = await bench.open();
    await model.ask(bench.request('a'));
    const before = bench.server.requests.length;
    await model.ask(bench.request('a', { maxTokens: 21 }));
    await model.ask(bench.request('a', { temperature: 0.5 }));
    await model.ask(bench.request('a', { messages: [{ role: 'system', content: 'a' }] }));
    assert.equal(bench.server.requests.length, before + 3);
    const other = await bench.open({ access: { baseUrl: `${bench.server.baseUrl}/other` } });
    const probed = bench.server.requests.length;
    await other.ask(bench.request('a'));
    assert.equal(bench.server.requests.length, probed + 1);
  });

  it('keeps what came before it failed, and goes on from there', async () => {
    const model = await bench.open({ tries: 1, access: { concurrency: 1 } });
    bench.server.next(
      { kind: 'hold' },
      { kind: 'drop' },
      { kind: 'status', status: 500 },
      { kind: 'malformed' },
    );
    bench.server.onMishap(({ kind }) => kind === 'hold' && bench.server.release());
    assert.equal(count(await askAll(model)), 3);
    assert.equal(count(await askAll(await bench.open())), TEXTS.length);
    neverTwice();
  });

  it('ends at once when it is cancelled, and goes on later', async () => {
    const stop = new AbortController();
    const model = await bench.open({ access: { concurrency: 1 } });
    bench.server.next({ kind: 'trickle' }, { kind: 'stall' });
    bench.server.onMishap(({ kind }) => kind === 'stall' && stop.abort());
    const results = await askAll(model, stop.signal);
    const errors = results.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    assert.ok(errors.length >= TEXTS.length - 1);
    for (const error of errors) await expectError(() => Promise.reject(error), 'cancelled');
    const sent = bench.server.requests.length;
    assert.equal(count(await askAll(model)), TEXTS.length);
    assert.equal(bench.server.requests.length, sent + TEXTS.length - 1, 'what had come is not asked again');
    neverTwice();
  });

  it('a cancelled caller does not end an equal request of another', async () => {
    const model = await bench.open();
    const stop = new AbortController();
    bench.server.next({ kind: 'hold' });
    const gone = model.ask(bench.request('same', { signal: stop.signal }));
    const stays = model.ask(bench.request('same'));
    await new Promise<void>((resolve) => bench.server.onMishap(() => resolve()));
    stop.abort();
    await expectError(() => gone, 'cancelled');
    bench.server.release();
    assert.equal((await stays).text, 'I cannot say.');
    assert.deepEqual(
      bench.calls.map(({ cached, promptTokens }) => [cached, promptTokens > 0]),
      [[false, true]],
    );
  });

  it('stops before it would exceed its requests, and goes on with a new budget', async () => {
    await bench.open();
    const probed = bench.server.requests.length;
    const model = await bench.open({ budget: { requests: 4, tokens: null } });
    const results = await askAll(model);
    assert.equal(count(results), 4);
    assert.equal(bench.server.requests.length, probed + 4);
    const [error] = results.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    await expectError(() => Promise.reject(error), 'language/budget', '4 requests');
    assert.equal(
      count(await askAll(await bench.open({ budget: { requests: 2, tokens: null } }))),
      TEXTS.length,
    );
    neverTwice();
  });

  it('stops before it would exceed its tokens', async () => {
    await bench.open();
    bench.calls.length = 0;
    const results = await askAll(await bench.open({ budget: { requests: null, tokens: 45 } }));
    const spent = bench.calls.reduce((sum, call) => sum + call.promptTokens + call.completionTokens, 0);
    assert.ok(count(results) > 0 && count(results) < TEXTS.length);
    assert.ok(spent > 0 && spent <= 45, `${spent} tokens`);
  });

  it('never sends with a budget of nothing, the probe included', async () => {
    await expectError(() => bench.open({ budget: { requests: 0, tokens: null } }), 'language/budget');
    await expectError(() => bench.open({ budget: { requests: null, tokens: 5 } }), 'language/budget');
    assert.equal(bench.server.requests.length, 0);
  });

  it('asks again for a reply whose file is damaged', async () => {
    await (await bench.open()).ask(bench.request('a'));
    const before = bench.server.requests.length;
    for (const path of (await bench.files()).keys()) {
      if (path.includes('replies')) await writeFile(path, '{"version": 1, "text": "half');
    }
    assert.equal((await (await bench.open()).ask(bench.request('a'))).text, 'I cannot say.');
    assert.equal(bench.server.requests.length, before + 1);
  });

  it('never runs more requests at once than it may', async () => {
    const model = await bench.open({ access: { concurrency: 2 } });
    const before = bench.server.requests.length;
    bench.server.next({ kind: 'hold' }, { kind: 'hold' });
    const both = new Promise<void>((resolve) => {
      let held = 0;
      bench.server.onMishap(({ kind }) => kind === 'hold' && ++held === 2 && resolve());
    });
    const all = askAll(model);
    await both;
    assert.equal(bench.server.requests.length, before + 2);
    bench.server.release();
    assert.equal(count(await all), TEXTS.length);
  });
});
