import assert from 'node:assert/strict';
import { expectError } from '../../../support/expectError.ts';
import type { Mishap } from '../../../support/languageServer.ts';
import { languageBench, type LanguageBench } from '../../../support/openTestLanguage.ts';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import type { LanguageModel } from '../../../../src/core/explain/parts.ts';

describe('a server that misbehaves', () => {
  let bench: LanguageBench;
  let model: LanguageModel;
  let probed: number;
  beforeEach(async () => {
    bench = await languageBench();
    model = await bench.open({ tries: 3 });
    probed = bench.server.requests.length;
  });
  afterEach(async () => bench.close());

  const times = (count: number, mishap: Mishap): Mishap[] => Array.from({ length: count }, () => mishap);
  const limited = (headers: Readonly<Record<string, string>>): Mishap => ({
    kind: 'status',
    status: 429,
    headers,
  });

  const checkPasses = (name: string, mishaps: readonly Mishap[], slept: readonly number[]): void => {
    it(`is asked again after ${name}`, async () => {
      bench.server.next(...mishaps);
      assert.equal((await model.ask(bench.request('a'))).text, 'I cannot say.');
      assert.equal(bench.server.requests.length, probed + mishaps.length + 1);
      assert.deepEqual(bench.clock.slept, slept);
      assert.deepEqual(
        bench.calls.map(({ error, cached }) => [error, cached]),
        [[null, false]],
      );
    });
  };
  checkPasses('500', [{ kind: 'status', status: 500 }], [1000]);
  checkPasses('two failures, waiting longer', times(2, { kind: 'status', status: 503 }), [1000, 2000]);
  checkPasses('a dropped connection', [{ kind: 'drop' }], [1000]);
  checkPasses('an answer that breaks off', [{ kind: 'drop-half' }], [1000]);
  checkPasses('malformed JSON', [{ kind: 'malformed' }], [1000]);
  checkPasses('429', [limited({})], [1000]);
  checkPasses('429 with retry-after', [limited({ 'retry-after': '7' })], [7000]);
  checkPasses('429 with retry-after-ms', [limited({ 'retry-after-ms': '2500' })], [2500]);
  checkPasses('429 with a retry-after shorter than the backoff', [limited({ 'retry-after': '0' })], [1000]);
  checkPasses('429 with a date', [limited({ 'retry-after': new Date(1_010_000).toUTCString() })], [10_000]);

  const checkEnds = (
    name: string,
    mishaps: readonly Mishap[],
    code: ErrorCode,
    requests: number,
    ...words: string[]
  ): void => {
    it(`ends the request with ${code} after ${name}`, async () => {
      bench.server.next(...mishaps);
      const error = await expectError(() => model.ask(bench.request('a')), code, ...words);
      assert.equal(bench.server.requests.length, probed + requests);
      assert.deepEqual(
        bench.calls.map((call) => [call.error, call.reply, call.cached]),
        [[error.message, null, false]],
      );
      assert.equal((await model.ask(bench.request('a'))).text, 'I cannot say.', 'a failure is not kept');
    });
  };
  const status = (code: number): Mishap => ({ kind: 'status', status: code, message: 'because of this' });
  checkEnds(
    '500 again and again',
    times(3, status(500)),
    'language/unreachable',
    3,
    'tried 3 times',
    'because of this',
  );
  checkEnds(
    '429 again and again',
    times(3, limited({ 'retry-after': '3' })),
    'language/rate-limited',
    3,
    'wait 3 s',
  );
  checkEnds(
    '429 that asks for an hour',
    [limited({ 'retry-after': '3600' })],
    'language/rate-limited',
    1,
    '3600 s',
  );
  checkEnds('dropped connections', times(3, { kind: 'drop' }), 'language/unreachable', 3, '127.0.0.1');
  checkEnds('malformed JSON', times(3, { kind: 'malformed' }), 'language/bad-reply', 3, 'not JSON');
  checkEnds('400', [status(400)], 'language/refused', 1, '400', 'because of this');
  checkEnds('401', [status(401)], 'language/refused', 1, '401');
  checkEnds('403', [status(403)], 'language/refused', 1, '403');
  checkEnds('404', [status(404)], 'language/refused', 1, '404', 'fake-1');
  checkEnds('413', [status(413)], 'language/bad-reply', 1, '413');
  const long = "This model's maximum context length is 4096 tokens. However, you requested 5000.";
  checkEnds(
    '400 of one prompt',
    [{ kind: 'status', status: 400, message: long }],
    'language/bad-reply',
    1,
    '4096',
  );

  it('is waited for when it is slow', async () => {
    bench.server.next({ kind: 'trickle' });
    assert.equal((await model.ask(bench.request('a'))).text, 'I cannot say.');
    assert.equal(bench.server.requests.length, probed + 1);
  });

  it('is given up when half an answer is all that comes', async () => {
    bench.server.next(...times(3, { kind: 'stall' }));
    bench.server.onMishap(() => bench.clock.elapse());
    await expectError(
      () => model.ask(bench.request('a')),
      'language/unreachable',
      'did not answer within 120 s',
    );
    assert.equal(bench.server.requests.length, probed + 3);
  });

  it('holds back other requests while it limits the rate', async () => {
    bench.server.next(limited({ 'retry-after': '9' }));
    await model.ask(bench.request('a'));
    assert.deepEqual(bench.clock.slept, [9000]);
    await model.ask(bench.request('b'));
    assert.deepEqual(bench.clock.slept, [9000]);
  });

  it('may have charged for connections that broke: they count against the budget', async () => {
    const capped = await bench.open({ tries: 2, budget: { requests: 3, tokens: null } });
    bench.server.next({ kind: 'drop' }, { kind: 'drop' }, { kind: 'hold' });
    bench.server.onMishap(({ kind }) => kind === 'hold' && bench.server.release());
    await expectError(() => capped.ask(bench.request('a')), 'language/unreachable');
    await capped.ask(bench.request('b'));
    await expectError(() => capped.ask(bench.request('c')), 'language/budget', '3 requests and');
  });

  it('is not followed elsewhere', async () => {
    const elsewhere = await languageBench({ key: null });
    try {
      bench.server.next(
        ...times(3, { kind: 'redirect', to: `${elsewhere.server.baseUrl}/chat/completions` }),
      );
      await expectError(() => model.ask(bench.request('secret prompt')), 'language/unreachable');
      assert.equal(elsewhere.server.requests.length, 0);
    } finally {
      await elsewhere.close();
    }
  });

  it('that is not there is unreachable', async () => {
    await bench.server.close();
    await expectError(() => model.ask(bench.request('a')), 'language/unreachable', 'could not be reached');
  });

  it('with a wrong key refuses at once, and nothing is kept of the probe', async () => {
    const other = await languageBench({ key: 'another key' });
    try {
      await expectError(() => other.open(), 'language/refused', '401');
      assert.equal(other.server.requests.length, 1);
      assert.equal((await other.files()).size, 0);
    } finally {
      await other.close();
    }
  });
});
