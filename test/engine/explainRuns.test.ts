import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExplainOptions } from '../../src/protocol/explainContract.ts';
import { eventually } from '../support/eventually.ts';
import { expectError } from '../support/expectError.ts';
import { busyUnits, OFFLINE, openExplainBench, type ExplainBench } from '../support/explainBench.ts';
import { startLanguageServer, type LanguageServer } from '../support/languageServer.ts';
import { TEST_KEY } from '../support/openTestLanguage.ts';

const WORKER = join(import.meta.dirname, '..', 'support', 'explainWorker.ts');
/** More than are written together, twice. */
const UNITS = 150;

describe('a run over many units', function () {
  this.timeout(180_000);
  let folder = '';
  let bench: ExplainBench;
  let server: LanguageServer;
  let units: readonly string[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'underglass-runs-'));
    bench = await openExplainBench(folder, ['2-res']);
    units = await busyUnits(bench, '2-res', UNITS);
    server = await startLanguageServer({ key: TEST_KEY });
  });
  after(async () => {
    await server.close();
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  });
  const into = async (workspace: string): Promise<void> => {
    await bench.call('folders/set', { storage: join(folder, 'storage'), workspace: join(folder, workspace) });
  };
  const stored = async (workspace: string): Promise<string> => {
    const file = join(folder, workspace, 'explanations', 'underglass-tiny', '2-res.jsonl');
    return readFile(file, 'utf8').catch(() => '');
  };
  const asked = (changes: Partial<ExplainOptions> = {}) => ({
    modelId: bench.modelId,
    units,
    options: { ...OFFLINE, ...changes },
    concurrency: 1,
    redo: false,
  });

  it('that is killed loses nothing that was written, and goes on to the same file', async () => {
    await into('whole');
    const whole = await bench.call('explain/many', asked());
    assert.equal(whole.done + whole.failed.length, UNITS);
    const child = spawn(process.execPath, ['--import=tsx', WORKER, folder, ...units], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let seen = 0;
    child.stdout.on('data', (data: Buffer) => {
      seen = Number(data.toString().trim().split('\n').at(-1));
      if (seen > UNITS / 2) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.equal(signal, 'SIGKILL');
    const partial = (await stored('workspace')).split('\n').filter((line) => line !== '');
    assert.ok(partial.length > 0 && partial.length < whole.done, `${partial.length} were written`);
    const all = (await stored('whole')).split('\n');
    for (const line of partial) assert.ok(all.includes(line), 'whole lines only');
    await into('workspace');
    const rest = await bench.call('explain/many', asked());
    assert.deepEqual([rest.skipped, rest.done], [partial.length, whole.done - partial.length]);
    assert.equal(await stored('workspace'), await stored('whole'));
  });

  it('that is cancelled keeps what was done', async () => {
    await into('cancelled');
    const stop = new AbortController();
    const onProgress = ({ done }: { readonly done: number }): void => {
      if (done >= 5) stop.abort();
    };
    const run = bench.call('explain/many', asked(), { signal: stop.signal, onProgress });
    await expectError(() => run, 'cancelled');
    await eventually(
      () => stored('cancelled'),
      (text) => assert.ok(text.split('\n').length > 5),
    );
    const { skipped } = await bench.call('explain/many', { ...asked(), units: units.slice(0, 4) });
    assert.ok(skipped >= 1, `${skipped} are known`);
  });

  it('that a server refuses in the middle keeps what was done, and pays for nothing twice', async () => {
    await into('refused');
    const language = {
      kind: 'openai',
      baseUrl: server.baseUrl,
      model: 'fake-1',
      key: TEST_KEY,
      concurrency: 2,
    } as const;
    const explainer = { kind: 'language', samples: 1 } as const;
    const options = { language, explainer, scorers: ['simulation'] as const };
    const request = { ...asked(options), units: units.slice(0, 8), concurrency: 2 };
    let isRefusing = false;
    const onProgress = ({ done }: { readonly done: number }): void => {
      // What is told may leave out numbers.
      if (done < 2 || isRefusing) return;
      isRefusing = true;
      server.next({ kind: 'quote-key' });
    };
    await expectError(() => bench.call('explain/many', request, { onProgress }), 'language/refused');
    const kept = (await stored('refused')).split('\n').length - 1;
    assert.ok(kept >= 2 && kept < 8, `${kept} are kept`);
    const sent = server.requests.length;
    const rest = await bench.call('explain/many', request);
    assert.deepEqual([rest.skipped, rest.done, rest.stopped], [kept, 8 - kept, null]);
    assert.equal(rest.cost.requests, server.requests.length - sent, 'the run says what it spent');
    for (const [body, times] of server.answered()) assert.equal(times, 1, body);
  });

  it('keeps the prompts and the cost of a revision', async () => {
    await into('revised');
    const unit = units[0] ?? '';
    const { modelId } = bench;
    const language = {
      kind: 'openai',
      baseUrl: server.baseUrl,
      model: 'fake-1',
      key: TEST_KEY,
      concurrency: 2,
    } as const;
    const options: ExplainOptions = { ...OFFLINE, language, scorers: ['simulation'] };
    const typed = { ...options, explainer: { kind: 'human', words: 'the word "zebra"' } } as const;
    const before = await bench.call('explain/unit', { modelId, unit, options: typed });
    const sent = server.requests.length;
    const revision = await bench.call('explain/revise', { modelId, unit, id: before.id, options });
    const kept = revision[revision.kept];
    const detail = await bench.call('explain/detail', { modelId, unit, id: kept.id });
    const purposes = new Set(detail.calls.map(({ purpose }) => purpose));
    for (const purpose of ['counter-examples', 'revise', 'simulate'] as const)
      assert.ok(purposes.has(purpose), purpose);
    const spent = kept.cost.requests - (revision.kept === 'before' ? before.cost.requests : 0);
    assert.equal(spent, server.requests.length - sent);
  });
});
