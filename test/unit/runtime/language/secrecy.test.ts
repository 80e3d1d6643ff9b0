import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { Mishap } from '../../../support/languageServer.ts';
import { languageBench, TEST_KEY, type LanguageBench } from '../../../support/openTestLanguage.ts';
import { isInterpError } from '../../../../src/core/errors.ts';
import { toWireError } from '../../../../src/protocol/wireError.ts';

/** Every way in which the key could be written. */
const SPELLINGS = [
  TEST_KEY,
  encodeURIComponent(TEST_KEY),
  JSON.stringify(TEST_KEY).slice(1, -1),
  Buffer.from(TEST_KEY).toString('base64'),
];

function assertNoKey(text: string, where: string): void {
  for (const spelling of SPELLINGS) assert.ok(!text.includes(spelling), `the key stands in ${where}`);
}

describe('the key', () => {
  let bench: LanguageBench;
  beforeEach(async () => {
    bench = await languageBench();
  });
  afterEach(async () => bench.close());

  it('arrives at the server, so that looking for it elsewhere means something', async () => {
    await bench.open();
    assert.ok(bench.server.requests.every(({ headers }) => headers.authorization === `Bearer ${TEST_KEY}`));
  });

  it('is in no file and no call of a run, though the server says it', async () => {
    const model = await bench.open();
    bench.server.next({ kind: 'say-key' });
    const reply = await model.ask(bench.request('a'));
    assert.equal(reply.text, 'I cannot say. [key]');
    await model.ask(bench.request('b'));
    const files = await bench.files();
    assert.equal(files.size, 3, 'a probe and two replies');
    for (const [path, text] of files) assertNoKey(path + text, path);
    assertNoKey(JSON.stringify(bench.calls), 'calls');
  });

  const mishaps: readonly Mishap[] = [
    { kind: 'quote-key' },
    { kind: 'status', status: 400, message: `Header "Authorization: Bearer ${TEST_KEY}" is wrong` },
    { kind: 'status', status: 500, message: `echo ${encodeURIComponent(TEST_KEY)}` },
    { kind: 'status', status: 429, message: TEST_KEY },
    { kind: 'drop' },
    { kind: 'drop-half' },
    { kind: 'malformed' },
    { kind: 'redirect', to: `http://127.0.0.1:9/?key=${encodeURIComponent(TEST_KEY)}` },
  ];
  for (const mishap of mishaps) {
    const name = mishap.kind === 'status' ? `${mishap.kind} ${mishap.status}` : mishap.kind;
    it(`is in no error, call or file after ${name}`, async () => {
      const model = await bench.open({ tries: 1 });
      bench.server.next(mishap);
      const error = await model.ask(bench.request('a')).then(
        () => assert.fail('it went well'),
        (reason: unknown) => reason,
      );
      assert.ok(isInterpError(error));
      assertNoKey(inspect(error, { depth: 10, showHidden: true }), 'the error');
      assertNoKey(error.stack ?? '', 'the stack');
      assertNoKey(JSON.stringify(toWireError(error)), 'the error on the wire');
      assertNoKey(JSON.stringify(bench.calls), 'calls');
      for (const [path, text] of await bench.files()) assertNoKey(path + text, path);
    });
  }

  it('is in nothing that is printed, whatever the environment asks for', async () => {
    const printed: string[] = [];
    const names = ['log', 'debug', 'info', 'warn', 'error'] as const;
    const real = Object.fromEntries(names.map((name) => [name, console[name]]));
    const log = process.env['OPENAI_LOG'];
    process.env['OPENAI_LOG'] = 'debug';
    for (const name of names)
      console[name] = (...said: unknown[]) => printed.push(inspect(said, { depth: 10 }));
    try {
      const model = await bench.open({ tries: 1 });
      bench.server.next({ kind: 'quote-key' });
      await assert.rejects(model.ask(bench.request('a')));
      await model.ask(bench.request('b'));
    } finally {
      Object.assign(console, real);
      if (log === undefined) delete process.env['OPENAI_LOG'];
      else process.env['OPENAI_LOG'] = log;
    }
    assert.deepEqual(printed, []);
  });

  it('and other credentials of the environment are not sent', async () => {
    const names = [
      'OPENAI_API_KEY',
      'OPENAI_ADMIN_KEY',
      'OPENAI_ORG_ID',
      'OPENAI_PROJECT_ID',
      'OPENAI_CUSTOM_HEADERS',
    ];
    const before = new Map(names.map((name) => [name, process.env[name]]));
    for (const name of names) process.env[name] = 'Authorization: from-the-environment';
    try {
      await bench.open();
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    assert.ok(bench.server.requests.length > 0);
    assert.ok(!JSON.stringify(bench.server.requests).includes('from-the-environment'));
  });
});
