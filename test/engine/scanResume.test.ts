import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { windowsPerBatch } from '../../src/core/records/windows.ts';
import { openFolder, openIndexes } from '../support/openIndexes.ts';
import { seededRandom } from '../support/random.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { scanFile, WORKER_SCAN } from '../support/scanWorker.ts';

const WORKER = join(import.meta.dirname, '..', 'support', 'scanWorker.ts');
const WORDS = ['the', ' the', ' Mary', ' John', ' and', ' to', ' gave', ' ball', '.\n', ' it', ' then'];

describe('a scan that was stopped', function () {
  this.timeout(120_000);
  let folder = '';
  let total = 0;
  let whole: ReadonlyMap<string, Buffer>;
  const place = (storage: string) => ({
    directory: join(folder, 'model'),
    file: join(folder, 'corpus.jsonl'),
    storage: join(folder, storage),
  });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'underglass-resume-'));
    await writeRandomModel(join(folder, 'model'));
    const sae = { architecture: 'topk', hook_name: 'blocks.0.hook_mlp_out', d_in: 32, d_sae: 40 } as const;
    await writeRandomSae(join(folder, 'model', 'saes', sae.hook_name), sae);
    const random = seededRandom(23);
    const rows = Array.from({ length: 400 }, () => {
      const words = Array.from({ length: random.below(120) }, () => WORDS[random.below(WORDS.length)]);
      return JSON.stringify({ text: words.join('') });
    });
    await writeFile(join(folder, 'corpus.jsonl'), rows.join('\n'));
    await scanFile(place('whole'), { checkpointMs: 60_000, onBatch: () => total++ });
    assert.ok(total > 20, `only ${total} batches of ${windowsPerBatch(WORKER_SCAN.context)} windows`);
    whole = await filesOf(place('whole').storage);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('by kill -9, several times: the index is the same to the byte', async () => {
    const { directory, storage, file } = place('killed');
    for (const batches of [1, 4, 2]) {
      const argv = ['--import=tsx', WORKER, directory, storage, file, '0'];
      const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
      let seen = 0;
      child.stdout.on('data', (data: Buffer) => {
        seen += data.toString().split('\n').length - 1;
        if (seen >= batches) child.kill('SIGKILL');
      });
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      assert.equal(signal, 'SIGKILL');
    }
    const partial = await openPartial(storage);
    assert.ok(partial.done > 0 && partial.done < 1, `${partial.done} is done`);
    let batches = 0;
    await scanFile(place('killed'), { checkpointMs: 0, onBatch: () => batches++ });
    assert.ok(batches > 0 && batches <= total - 4, `${batches} of ${total} batches were run again`);
    assert.deepEqual(await filesOf(storage), whole);
  });

  it('by a cancel: pausing and going on changes no byte', async () => {
    const { storage } = place('paused');
    for (const batches of [1, 3]) {
      const cancel = new AbortController();
      let seen = 0;
      const onBatch = (): void => {
        if (++seen === batches) cancel.abort();
      };
      const scan = scanFile(place('paused'), { checkpointMs: 60_000, signal: cancel.signal, onBatch });
      await assert.rejects(scan, { code: 'cancelled' });
    }
    assert.ok((await openPartial(storage)).done > 0);
    await scanFile(place('paused'), { checkpointMs: 60_000 });
    assert.deepEqual(await filesOf(storage), whole);
  });

  it('with a damaged checkpoint starts over', async () => {
    const { storage } = place('damaged');
    const cancel = new AbortController();
    const scan = scanFile(place('damaged'), {
      checkpointMs: 0,
      signal: cancel.signal,
      onBatch: () => cancel.abort(),
    });
    await assert.rejects(scan, { code: 'cancelled' });
    const [name = ''] = await readdir(join(storage, 'indexes'));
    await writeFile(join(storage, 'indexes', name, 'state.safetensors'), 'damaged');
    await scanFile(place('damaged'), { checkpointMs: 60_000 });
    assert.deepEqual(await filesOf(storage), whole);
  });

  it('by another process that still lives is left alone; one that is gone is taken over', async () => {
    const { storage, directory } = place('locked');
    const [name = ''] = await readdir(join(place('whole').storage, 'indexes'));
    const partial = join(storage, 'indexes', `${name}.partial`);
    await mkdir(partial, { recursive: true });
    await writeFile(join(partial, 'lock'), `${process.ppid} somebody`);
    const scan = (): Promise<void> => scanFile(place('locked'), { checkpointMs: 60_000 });
    await assert.rejects(scan(), { code: 'index/busy' });
    assert.equal(await readFile(join(partial, 'lock'), 'utf8'), `${process.ppid} somebody`);
    await writeFile(join(partial, 'lock'), `${await deadProcess()} somebody`);
    await scan();
    assert.deepEqual(await filesOf(storage), whole);
    assert.ok(directory);
  });

  async function openPartial(storage: string): Promise<{ readonly done: number }> {
    const model = await openFolder(join(folder, 'model'));
    const [info] = await openIndexes(storage).list(model);
    await model.release();
    assert.equal(info?.state, 'partial');
    return info;
  }
});

/** Every file of the indexes of a storage, by its path. */
async function filesOf(storage: string): Promise<ReadonlyMap<string, Buffer>> {
  const top = join(storage, 'indexes');
  const files = new Map<string, Buffer>();
  for (const name of (await readdir(top, { recursive: true })).toSorted()) {
    const bytes = await readFile(join(top, name)).catch(() => null);
    if (bytes) files.set(name, bytes);
  }
  assert.ok(files.size > 5);
  return files;
}

/** The number of a process that has ended. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}
