import assert from 'node:assert/strict';
import { lstat, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/runtime/files/openCheckpoint.ts';
import { expectError } from '../../support/expectError.ts';
import { writeHubCache } from '../../support/hubCacheFolder.ts';
import { sha256 } from '../../support/hubServer.ts';
import { withTestHubJobs, type TestHubJobs } from '../../support/openTestHubJobs.ts';
import { modelRepository, saeRepository } from '../../support/publishedFiles.ts';

const COMMIT = 'a'.repeat(40);

let model: Record<string, Buffer>;
before(async () => {
  model = await modelRepository();
});

function cacheOf({ home }: TestHubJobs): string {
  return join(home, '.cache', 'huggingface', 'hub');
}

describe("Hugging Face's cache", () => {
  it('is used in place, without asking any host', () =>
    withTestHubJobs(async (jobs) => {
      await writeHubCache(cacheOf(jobs), 'someone/tiny', { commit: COMMIT, files: model, ref: 'main' });
      const { found } = await jobs.find('someone/tiny');
      assert.equal(found?.downloadBytes, 0);
      assert.ok(found.files.every(({ state }) => state === 'cached'));
      const installed = await jobs.add('someone/tiny');
      assert.deepEqual(jobs.server.requests, []);
      assert.equal(installed.revision, COMMIT);
      assert.equal(installed.bytes, 0);
      const weights = join(installed.folder, 'model.safetensors');
      assert.ok((await lstat(weights)).isSymbolicLink());
      assert.ok((await realpath(weights)).startsWith(await realpath(cacheOf(jobs))));
      await openCheckpoint(installed.folder);
      const card = installed.files.find(({ path }) => path === 'model.safetensors');
      assert.equal(card?.checked, 'sha256');
      assert.equal(card.linked, await realpath(weights));
    }));

  it('is looked into under the names of the days without owners, and where the environment says', () =>
    withTestHubJobs(async (jobs) => {
      jobs.environment = { HF_HUB_CACHE: join(jobs.home, 'elsewhere') };
      await writeHubCache(join(jobs.home, 'elsewhere'), 'gpt2-medium', {
        commit: COMMIT,
        files: model,
        ref: 'main',
      });
      const installed = await jobs.add('gpt2-medium@main');
      assert.deepEqual([installed.id, installed.revision], ['gpt2-medium', COMMIT]);
      assert.deepEqual(jobs.server.requests, []);
    }));

  it('that holds copies, as on Windows, is used too', () =>
    withTestHubJobs(async (jobs) => {
      await writeHubCache(cacheOf(jobs), 'someone/tiny', {
        commit: COMMIT,
        files: model,
        ref: 'main',
        copies: true,
      });
      const installed = await jobs.add('someone/tiny');
      assert.ok(installed.files.every(({ checked }) => checked === 'length'));
    }));

  it('that has a part spares that part', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      const weights = { 'model.safetensors': model['model.safetensors'] ?? Buffer.alloc(0) };
      // Of another commit: what counts is the content.
      await writeHubCache(cacheOf(jobs), 'someone/tiny', { commit: COMMIT, files: weights, ref: 'main' });
      const installed = await jobs.add('someone/tiny');
      assert.equal(installed.revision, jobs.server.commitOf('someone/tiny'));
      assert.equal(jobs.server.requests.filter(({ host }) => host === 'cdn').length, 0);
      assert.deepEqual(
        installed.files.filter(({ linked }) => linked !== null).map(({ path }) => path),
        ['model.safetensors'],
      );
    }));

  it('whose content is damaged is told, and nothing is installed', () =>
    withTestHubJobs(async (jobs) => {
      await writeHubCache(cacheOf(jobs), 'someone/tiny', { commit: COMMIT, files: model, ref: 'main' });
      const weights = model['model.safetensors'] ?? Buffer.alloc(0);
      const blob = join(cacheOf(jobs), 'models--someone--tiny', 'blobs', sha256(weights));
      const damaged = Buffer.from(weights);
      damaged[9000] = (damaged[9000] ?? 0) ^ 1;
      await writeFile(blob, damaged);
      await expectError(() => jobs.add('someone/tiny'), 'hub/checksum', 'damaged', blob);
      assert.deepEqual(await jobs.installed(), []);
    }));

  it('that was emptied later is told by the list of what is installed', () =>
    withTestHubJobs(async (jobs) => {
      await writeHubCache(cacheOf(jobs), 'someone/tiny', { commit: COMMIT, files: model, ref: 'main' });
      await jobs.add('someone/tiny');
      await rm(cacheOf(jobs), { recursive: true });
      const [installed] = await jobs.installed();
      assert.match(installed?.problem ?? '', /is gone there/);
      jobs.server.add('someone/tiny', { files: model });
      assert.equal((await jobs.add('someone/tiny')).problem, null);
    }));

  it('of a known model is not taken when it holds other content than was published', () =>
    withTestHubJobs(async (jobs) => {
      await writeHubCache(cacheOf(jobs), 'openai-community/gpt2', {
        commit: COMMIT,
        files: model,
        ref: 'main',
      });
      jobs.environment = { HF_HUB_OFFLINE: '1' };
      await expectError(() => jobs.add('gpt2'), 'hub/offline', 'not whole');
    }));
});

describe('without the internet', () => {
  it('HF_HUB_OFFLINE: what is cached is installed, the rest is refused', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      jobs.environment = { HF_HUB_OFFLINE: '1' };
      await expectError(() => jobs.find('someone/tiny'), 'hub/offline', 'someone/tiny');
      await expectError(() => jobs.add('openai-v1-mlp-post-act/0'), 'hub/offline');
      await writeHubCache(cacheOf(jobs), 'someone/tiny', { commit: COMMIT, files: model, ref: 'main' });
      assert.equal((await jobs.add('someone/tiny')).id, 'someone--tiny');
      assert.deepEqual(jobs.server.requests, []);
    }));

  it('no network: what is cached is installed, the rest is a clear error', () =>
    withTestHubJobs(async (jobs) => {
      jobs.environment = { HF_ENDPOINT: 'http://127.0.0.1:9' };
      await expectError(() => jobs.add('someone/tiny'), 'hub/unreachable', 'ECONNREFUSED');
      const options = { architecture: 'standard', hook_name: 'blocks.6.hook_resid_pre', d_in: 32 } as const;
      const sae = await saeRepository('blocks.6.hook_resid_pre', options);
      const repository = 'jbloom/GPT2-Small-SAEs-Reformatted';
      await writeHubCache(cacheOf(jobs), repository, { commit: COMMIT, files: sae, ref: 'main' });
      const installed = await jobs.add('gpt2-small/6-res-jb');
      const stored = await readFile(join(installed.folder, 'sae_weights.safetensors'));
      assert.ok(stored.equals(sae['blocks.6.hook_resid_pre/sae_weights.safetensors'] ?? Buffer.alloc(0)));
    }));

  it('what was added before is found, with no host asked', () =>
    withTestHubJobs(async (jobs) => {
      const options = { architecture: 'standard', hook_name: 'blocks.6.hook_resid_pre', d_in: 32 } as const;
      const sae = await saeRepository('blocks.6.hook_resid_pre', options);
      jobs.server.add('jbloom/GPT2-Small-SAEs-Reformatted', { files: sae });
      jobs.server.add('openai-community/gpt2', { files: model });
      await jobs.add('gpt2-small/6-res-jb');
      await jobs.add('gpt2@main');
      jobs.environment = { HF_HUB_OFFLINE: '1' };
      const { found } = await jobs.find('https://www.neuronpedia.org/gpt2-small/6-res-jb/650');
      assert.deepEqual([found?.isInstalled, found?.unit, found?.downloadBytes], [true, '6-res-jb/650', 0]);
      assert.equal((await jobs.find('gpt2')).found?.isInstalled, true);
      assert.equal((await jobs.add('gpt2')).id, 'gpt2-small');
    }));
});
