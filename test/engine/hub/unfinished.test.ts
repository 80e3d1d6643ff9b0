import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectError } from '../../support/expectError.ts';
import { withTestHubJobs, type TestHubJobs } from '../../support/openTestHubJobs.ts';
import { modelRepository } from '../../support/publishedFiles.ts';

let model: Record<string, Buffer>;
before(async () => {
  model = await modelRepository();
});

const sizes = (): number => Object.values(model).reduce((sum, { length }) => sum + length, 0);

/** Pauses when half of the weights are here. */
async function pauseHalfway(jobs: TestHubJobs): Promise<void> {
  const pause = new AbortController();
  const small = Object.keys(model).length - 1;
  const half = Math.floor((model['model.safetensors']?.length ?? 0) / 2);
  // The configuration is read first, to tell what it is.
  const before = Array.from({ length: small + 1 }, () => ({ kind: 'ignore-range' }) as const);
  jobs.server.next(...before, { kind: 'hold', after: half });
  jobs.server.onHold(() => setTimeout(() => pause.abort(), 50));
  await expectError(() => jobs.add('someone/tiny', { signal: pause.signal }), 'cancelled');
}

describe('downloads that are not whole', () => {
  it('are listed with what is here of them, go on by their text, and leave the list', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      assert.deepEqual(await jobs.unfinished(), []);
      await pauseHalfway(jobs);
      const [one, ...others] = await jobs.unfinished();
      assert.deepEqual(others, []);
      assert.equal(one?.id, 'someone--tiny');
      assert.equal(one.kind, 'model');
      assert.equal(one.totalBytes, sizes());
      assert.ok(one.bytes > 0 && one.bytes < one.totalBytes, `${one.bytes}`);
      assert.equal(one.isRunning, false);
      const installed = await jobs.add(one.text ?? '');
      assert.equal(installed.id, one.id);
      assert.deepEqual(await jobs.unfinished(), []);
      assert.equal(existsSync(join(installed.folder, 'adding.json')), false);
    }));

  it('are removed by the id of the list', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      await pauseHalfway(jobs);
      const [one] = await jobs.unfinished();
      await jobs.remove(one?.id ?? '');
      assert.deepEqual(await jobs.unfinished(), []);
    }));

  it('say whether a process works at them', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      jobs.server.next({ kind: 'ignore-range' }, { kind: 'ignore-range' }, { kind: 'hold', after: 5 });
      const held = new Promise<void>((resolve) => jobs.server.onHold(resolve));
      const pause = new AbortController();
      const adding = jobs.add('someone/tiny', { signal: pause.signal });
      await held;
      assert.equal((await jobs.unfinished())[0]?.isRunning, true);
      pause.abort();
      await expectError(() => adding, 'cancelled');
    }));

  it('that left no note can be removed only; an empty folder is none', () =>
    withTestHubJobs(async (jobs) => {
      const downloads = join(jobs.storage, 'models', '.downloads');
      await mkdir(join(downloads, 'model-old'), { recursive: true });
      assert.deepEqual(await jobs.unfinished(), []);
      await writeFile(join(downloads, 'model-old', 'model.safetensors.incomplete'), 'abc');
      const [old] = await jobs.unfinished();
      assert.equal(old?.text, null);
      assert.equal(old.id, 'old');
      await jobs.remove('old');
      assert.deepEqual(await readdir(downloads), []);
    }));

  it('a note that names a file elsewhere is not believed', () =>
    withTestHubJobs(async (jobs) => {
      const staging = join(jobs.storage, 'models', '.downloads', 'model-evil');
      await mkdir(staging, { recursive: true });
      await writeFile(join(jobs.storage, 'secret'), 'abcdef');
      const files = [{ path: '../../../secret', bytes: 6 }];
      const note = { kind: 'model', title: 'x', model: 'evil', sae: null, text: 'evil', files };
      await writeFile(join(staging, 'adding.json'), JSON.stringify(note));
      assert.equal((await jobs.unfinished())[0]?.bytes, 0);
    }));

  it('what a crash left while it removed something is cleaned', () =>
    withTestHubJobs(async (jobs) => {
      const downloads = join(jobs.storage, 'models', '.downloads');
      await mkdir(join(downloads, 'removed-1234', 'saes'), { recursive: true });
      await writeFile(join(downloads, 'removed-1234', 'model.safetensors'), 'abc');
      await jobs.installed();
      assert.deepEqual(await readdir(downloads), []);
    }));
});

describe('removing', () => {
  it('and mending tells whoever has the files open', () => {
    const told: [string, boolean][] = [];
    const onReplace = (folder: string): void => void told.push([folder, existsSync(folder)]);
    return withTestHubJobs(
      async (jobs) => {
        jobs.server.add('someone/tiny', { files: model });
        const { folder } = await jobs.add('someone/tiny');
        await jobs.remove('someone--tiny');
        assert.deepEqual(told, [[folder, true]]);
        await jobs.add('someone/tiny');
        await writeFile(join(folder, 'config.json'), '{}');
        await jobs.add('someone/tiny');
        assert.deepEqual(told, [
          [folder, true],
          [folder, true],
        ]);
      },
      { onReplace },
    );
  });
});
