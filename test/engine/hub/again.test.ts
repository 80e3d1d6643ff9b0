import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/runtime/files/openCheckpoint.ts';
import { openSaes } from '../../../src/runtime/files/openSaes.ts';
import { expectError } from '../../support/expectError.ts';
import { withTestHubJobs, type TestHubJobs } from '../../support/openTestHubJobs.ts';
import { modelRepository, saeRepository } from '../../support/publishedFiles.ts';

const RES_JB = 'jbloom/GPT2-Small-SAEs-Reformatted';
const SAE = {
  architecture: 'standard',
  hook_name: 'blocks.6.hook_resid_pre',
  d_in: 32,
  form: 'flat',
} as const;

/** Names of the files whose contents were fetched from a repository since so many requests. */
function fetchedSince({ server }: TestHubJobs, before: number): string[] {
  return server.requests
    .slice(before)
    .flatMap(({ path }) => (path.includes('/resolve/') ? [path.replace(/.*\//u, '')] : []));
}

describe('adding again what was damaged', () => {
  it('fetches the missing file alone, at the commit that it came from', () =>
    withTestHubJobs(async (jobs) => {
      const files = await modelRepository();
      jobs.server.add('someone/tiny', { licence: 'mit', files });
      const added = await jobs.add('someone/tiny');
      assert.equal(added.text, `someone/tiny@${added.revision}`);
      await rm(join(added.folder, 'merges.txt'));
      const { found } = await jobs.find(added.text);
      const missing = files['merges.txt']?.length;
      assert.deepEqual([found?.isInstalled, found?.downloadBytes], [false, missing]);
      assert.deepEqual(
        found?.files.map(({ path, state }) => `${path} ${state}`).toSorted(),
        Object.keys(files)
          .map((path) => `${path} ${path === 'merges.txt' ? 'absent' : 'fetched'}`)
          .toSorted(),
      );
      const before = jobs.server.requests.length;
      const again = await jobs.add(added.text);
      // The configuration is read to tell what it is.
      assert.deepEqual([...new Set(fetchedSince(jobs, before))].toSorted(), ['config.json', 'merges.txt']);
      assert.deepEqual([again.problem, again.folder, again.files], [null, added.folder, added.files]);
      await openCheckpoint(again.folder);
    }));

  it('of a SAE of a release too; content that was changed is found by its digest and dropped', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add(RES_JB, { files: await saeRepository('blocks.6.hook_resid_pre', SAE) });
      const added = await jobs.add('gpt2-small/6-res-jb');
      assert.equal(added.text, `gpt2-small-res-jb/blocks.6.hook_resid_pre@${added.revision}`);
      const weights = join(added.folder, 'sae_weights.safetensors');
      const bytes = await readFile(weights);
      await writeFile(
        weights,
        bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
      );
      assert.equal((await jobs.installed())[0]?.problem, null, 'its size is what it was');
      const checked = await jobs.recheck(added.id);
      assert.equal(checked.problem, 'sae_weights.safetensors is missing.');
      const before = jobs.server.requests.length;
      const again = await jobs.add(checked.text);
      assert.deepEqual(
        fetchedSince(jobs, before).filter((name) => name !== 'cfg.json'),
        ['sae_weights.safetensors'],
      );
      assert.deepEqual([again.id, again.problem, again.files], [added.id, null, added.files]);
      assert.equal((await openSaes([again.folder]))[0]?.id, '6-res-jb');
    }));

  it('takes nothing of what is there that is not what it should be', () =>
    withTestHubJobs(async (jobs) => {
      const files = await modelRepository();
      jobs.server.add('someone/tiny', { files });
      const added = await jobs.add('someone/tiny');
      await rm(join(added.folder, 'merges.txt'));
      const weights = join(added.folder, 'model.safetensors');
      await writeFile(weights, (await readFile(weights)).fill(0));
      await jobs.add(added.text);
      assert.deepEqual(await readFile(weights), files['model.safetensors']);
      const config = join(added.folder, 'config.json');
      await writeFile(config, (await readFile(config)).fill(32));
      assert.match((await jobs.recheck(added.id)).problem ?? '', /^config\.json has 0 bytes/u);
      await jobs.add(added.text);
      assert.deepEqual(await readFile(config), files['config.json']);
    }));

  it('leaves alone what is as it was, and knows only what was added', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: await modelRepository() });
      const added = await jobs.add('someone/tiny');
      assert.deepEqual(await jobs.recheck(added.id), added);
      await expectError(() => jobs.recheck('someone/else'), 'hub/not-installed');
    }));
});
