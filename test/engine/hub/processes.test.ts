import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { withTestHubJobs, type TestHubJobs } from '../../support/openTestHubJobs.ts';
import { modelRepository } from '../../support/publishedFiles.ts';

const CHILD = join(import.meta.dirname, '..', '..', 'support', 'hubChild.ts');

let model: Record<string, Buffer>;
let weights: Buffer;
before(async () => {
  model = await modelRepository();
  weights = model['model.safetensors'] ?? Buffer.alloc(0);
});

/** Adds in a process of its own. */
function start({ server, storage, home }: TestHubJobs): ChildProcess & { readonly said: string[] } {
  const child = fork(CHILD, [storage, 'someone/tiny'], {
    execArgv: ['--import=tsx'],
    env: { ...process.env, ...server.environment, HF_HOME: join(home, 'hf'), NO_PROXY: '127.0.0.1' },
    silent: true,
  });
  const said: string[] = [];
  child.on('message', (message) => said.push(String(message)));
  return Object.assign(child, { said });
}

async function assertWhole({ storage }: TestHubJobs): Promise<void> {
  const folder = join(storage, 'models', 'someone--tiny');
  assert.ok((await readFile(join(folder, 'model.safetensors'))).equals(weights));
  assert.deepEqual(await readdir(join(storage, 'models', '.downloads')), []);
}

/** Small files come before the weights. */
function holdWeights({ server }: TestHubJobs, after: number): void {
  // The configuration is read once more, to tell what it is.
  const small = Object.keys(model).length;
  server.next(...Array.from({ length: small }, () => ({ kind: 'ignore-range' }) as const), {
    kind: 'hold',
    after,
  });
}

describe('processes that add', () => {
  it('one ended by kill -9 in mid-download: the next goes on where it was', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      const half = Math.floor(weights.length / 2);
      holdWeights(jobs, half);
      const child = start(jobs);
      const part = join(
        jobs.storage,
        'models',
        '.downloads',
        'model-someone--tiny',
        'model.safetensors.incomplete',
      );
      await eventually(
        () => stat(part),
        ({ size }) => assert.equal(size, half),
      );
      child.kill('SIGKILL');
      await once(child, 'exit');
      assert.equal(existsSync(join(jobs.storage, 'models', 'someone--tiny')), false);
      assert.deepEqual(await jobs.installed(), []);
      await jobs.add('someone/tiny');
      await assertWhole(jobs);
      const ranges = jobs.server.requests
        .filter(({ host }) => host === 'cdn')
        .map(({ headers }) => headers.range);
      assert.deepEqual(ranges, [undefined, `bytes=${half}-`]);
    })).timeout(60_000);

  it('two at once: the second waits, and finds it', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      holdWeights(jobs, 1000);
      const first = start(jobs);
      let second: ReturnType<typeof start> | null = null;
      await new Promise<void>((resolve) => jobs.server.onHold(resolve));
      second = start(jobs);
      const { said } = second;
      await eventually(
        () => said.some((message) => message.includes('waiting')),
        (waits) => assert.ok(waits),
      );
      jobs.server.release();
      await Promise.all([once(first, 'exit'), once(second, 'exit')]);
      assert.equal(first.said.at(-1), 'done someone--tiny');
      assert.equal(second.said.at(-1), 'done someone--tiny');
      await assertWhole(jobs);
      assert.equal(jobs.server.requests.filter(({ host }) => host === 'cdn').length, 1);
    })).timeout(60_000);
});
