import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/runtime/files/openCheckpoint.ts';
import { openSaes } from '../../../src/runtime/files/openSaes.ts';
import { listModels } from '../../../src/runtime/files/listModels.ts';
import { withTemporaryFolder } from '../../support/temporaryFolder.ts';
import { expectError } from '../../support/expectError.ts';
import { withTestHubJobs, type TestHubJobs } from '../../support/openTestHubJobs.ts';
import { modelRepository, saeRepository } from '../../support/publishedFiles.ts';
import { sha256 } from '../../support/hubServer.ts';
import { writeTorchFile } from '../../support/writeTorchFile.ts';
import { writeRandomSae } from '../../support/randomSae.ts';
import { writeRandomModel } from '../../support/randomModel.ts';

const RES_JB = 'jbloom/GPT2-Small-SAEs-Reformatted';

let model: Record<string, Buffer>;
let sae: Record<string, Buffer>;
before(async () => {
  model = await modelRepository();
  sae = await saeRepository('blocks.6.hook_resid_pre', {
    architecture: 'standard',
    hook_name: 'blocks.6.hook_resid_pre',
    d_in: 32,
    form: 'flat',
  });
});

const weightsOf = (files: Record<string, Buffer>): Buffer => files['model.safetensors'] ?? Buffer.alloc(0);

const tensor = (...dims: number[]): { dims: number[]; data: Float32Array } => ({
  dims,
  data: new Float32Array(dims.reduce((size, dim) => size * dim, 1)).fill(0.5),
});

/** A `.pt` file of Kissane et al. with its configuration: 4 inputs, 6 latents. */
function tinyHookZ(name: string): Record<string, Buffer | string> {
  const weights = { W_enc: tensor(4, 6), b_enc: tensor(6), W_dec: tensor(6, 4), b_dec: tensor(4) };
  const config = JSON.stringify({ act_name: 'blocks.0.attn.hook_z', act_size: 4, dict_size: 6 });
  return { [`${name}.pt`]: Buffer.from(writeTorchFile(weights)), [`${name}_cfg.json`]: config };
}

/** A `.pt` file of OpenAI's TopK form: 4 inputs, 6 latents. */
function tinyTorchSae(): Uint8Array {
  return writeTorchFile({
    pre_bias: tensor(4),
    'encoder.weight': tensor(6, 4),
    latent_bias: tensor(6),
    'decoder.weight': tensor(4, 6),
    activation: 'TopK',
    activation_state_dict: { k: 2, postact_fn: 'ReLU' },
  });
}

async function json(...path: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(...path), 'utf8')) as Record<string, unknown>;
}

/** Paths of requests that carried files' contents. */
function fetched({ server }: TestHubJobs): string[] {
  return server
    .contents()
    .flatMap(({ host, path }) => (host === 'hub' && path.startsWith('/api/') ? [] : [path]));
}

describe('adding a model', () => {
  it('shows size, licence and place first, and downloads nothing for it but its configuration', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', {
        licence: 'mit',
        files: { ...model, 'README.md': 'hello', 'pytorch_model.bin': 'x' },
      });
      const { found } = await jobs.find('someone/tiny');
      assert.equal(found?.licence, 'mit');
      assert.equal(found.kind, 'model');
      assert.equal(found.revision, jobs.server.commitOf('someone/tiny'));
      assert.equal(
        found.bytes,
        Object.values(model).reduce((sum, { length }) => sum + length, 0),
      );
      assert.equal(found.downloadBytes, found.bytes);
      assert.equal(found.folder, join(jobs.storage, 'models', 'someone--tiny'));
      assert.ok((found.freeBytes ?? 0) > 0);
      assert.equal(found.isInstalled, false);
      assert.deepEqual(
        fetched(jobs).map((path) => path.replace(/.*\//, '')),
        ['config.json'],
      );
      assert.equal(existsSync(jobs.storage), false);
    }));

  it('installs it whole, verified, with a card, so that it opens', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { licence: 'mit', files: { ...model, 'README.md': 'hello' } });
      const installed = await jobs.add('someone/tiny');
      assert.equal(installed.id, 'someone--tiny');
      assert.deepEqual(
        installed.files.map(({ path, checked }) => `${path} ${checked}`).toSorted(),
        Object.keys(model)
          .map((path) => `${path} ${path.endsWith('.safetensors') ? 'sha256' : 'git'}`)
          .toSorted(),
      );
      const card = await json(installed.folder, 'card.json');
      assert.equal(card['source'], `${jobs.server.endpoint}/someone/tiny`);
      assert.equal(card['revision'], jobs.server.commitOf('someone/tiny'));
      assert.equal(card['licence'], 'mit');
      const weights = installed.files.find(({ path }) => path === 'model.safetensors');
      assert.equal(weights?.sha256, sha256(weightsOf(model)));
      const { checkpoint } = await openCheckpoint(installed.folder);
      assert.equal(checkpoint.config.d_model, 32);
      const [listed] = await listModels([join(jobs.storage, 'models')]);
      assert.deepEqual([listed?.name, listed?.problem], ['someone--tiny', null]);
      assert.deepEqual(await readdir(join(jobs.storage, 'models', '.downloads')), []);
      assert.equal((await jobs.find('someone/tiny')).found?.isInstalled, true);
      const last = jobs.progress.at(-1);
      assert.equal(last?.done, last?.total);
    }));

  it('is done once: the second time nothing is fetched', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      await jobs.add('someone/tiny');
      const before_ = fetched(jobs).length;
      await jobs.add('someone/tiny');
      // The configuration is read to tell what it is.
      assert.equal(fetched(jobs).length, before_ + 1);
    }));

  it('two at once fetch once', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      const [a, b] = await Promise.all([jobs.add('someone/tiny'), jobs.add('someone/tiny')]);
      assert.deepEqual(a, b);
      const weights = jobs.server.contents().filter(({ host }) => host === 'cdn');
      assert.equal(weights.length, 1);
      assert.ok(jobs.progress.some(({ message }) => message.includes('waiting')));
    }));

  it('a pause keeps what is here; find tells of it; adding goes on', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      const pause = new AbortController();
      const half = Math.floor(weightsOf(model).length / 2);
      // Small files come first, each with one answer.
      const small = Object.keys(model).length - 1;
      jobs.server.next(...Array.from({ length: small + 1 }, () => ({ kind: 'ignore-range' }) as const), {
        kind: 'hold',
        after: half,
      });
      jobs.server.onHold(() => setTimeout(() => pause.abort(), 50));
      await expectError(() => jobs.add('someone/tiny', { signal: pause.signal }), 'cancelled');
      assert.deepEqual(await jobs.installed(), []);
      const { found } = await jobs.find('someone/tiny');
      assert.equal(found?.files.at(-1)?.state, 'partial');
      assert.ok((found?.downloadBytes ?? 0) < weightsOf(model).length);
      await jobs.add('someone/tiny');
      const ranges = jobs.server.requests
        .filter(({ host }) => host === 'cdn')
        .map(({ headers }) => headers.range);
      assert.equal(ranges.length, 2);
      assert.match(ranges[1] ?? '', /^bytes=\d+-$/);
      const done = await readFile(join(jobs.storage, 'models', 'someone--tiny', 'model.safetensors'));
      assert.ok(done.equals(weightsOf(model)));
    }));

  it('what was begun can be removed, but not while it is added', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/tiny', { files: model });
      const pause = new AbortController();
      // The configuration is read first, to tell what it is; then it is the first of the files.
      jobs.server.next({ kind: 'ignore-range' }, { kind: 'ignore-range' }, { kind: 'hold', after: 5 });
      const held = new Promise<void>((resolve) => jobs.server.onHold(resolve));
      const adding = jobs.add('someone/tiny', { signal: pause.signal });
      await held;
      await expectError(() => jobs.remove('someone--tiny'), 'hub/busy');
      pause.abort();
      await expectError(() => adding, 'cancelled');
      assert.notDeepEqual(await readdir(join(jobs.storage, 'models', '.downloads')), []);
      assert.deepEqual(await jobs.remove('someone--tiny'), { bytes: 0 });
      assert.deepEqual(await readdir(join(jobs.storage, 'models', '.downloads')), []);
    }));

  it('another architecture is refused before its weights are fetched', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/bert', { files: { ...model, 'config.json': '{"model_type":"bert"}' } });
      await expectError(() => jobs.add('someone/bert'), 'model/unsupported', 'bert');
      assert.equal(jobs.server.requests.filter(({ host }) => host === 'cdn').length, 0);
    }));

  it('a name is not taken by what came from elsewhere', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('a--b/c', { files: model });
      jobs.server.add('a/b--c', { files: model });
      assert.equal((await jobs.add('a--b/c')).id, 'a--b--c');
      assert.equal((await jobs.add('a/b--c')).id, 'a--b--c_2');
    }));

  it('a known name whose content is not the published one is refused, and taken when its revision is named', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('distilbert/distilgpt2', { files: model });
      await expectError(() => jobs.add('distilgpt2'), 'hub/no-commit', '"distilgpt2@main" takes what it has');
      jobs.server.add('openai-community/gpt2-medium', { files: model });
      await expectError(() => jobs.add('gpt2-medium'), 'hub/changed', '1519984962');
      assert.deepEqual(await jobs.installed(), []);
      const installed = await jobs.add('gpt2-medium@main');
      assert.equal(installed.id, 'gpt2-medium');
      assert.equal(installed.licence, 'MIT');
    }));

  it('a full disk is told before anything is written', () =>
    withTestHubJobs(
      async (jobs) => {
        jobs.server.add('someone/tiny', { files: model });
        await expectError(() => jobs.add('someone/tiny'), 'hub/disk-full', 'needed', 'free');
        assert.equal(jobs.server.requests.filter(({ host }) => host === 'cdn').length, 0);
      },
      { freeBytes: () => Promise.resolve(67_000_000) },
    ));

  it('a renamed repository is found under its old name', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('new/tiny', { files: model });
      jobs.server.rename('old/tiny', 'new/tiny');
      assert.equal((await jobs.add('old/tiny')).id, 'new--tiny');
    }));

  it('a folder of this machine is used where it lies', () =>
    withTestHubJobs(async (jobs) => {
      const folder = join(jobs.home, 'mine');
      await writeRandomModel(folder);
      await writeFile(join(folder, 'card.json'), '{"name":"mine","bos":false}');
      const { found } = await jobs.find(folder);
      assert.equal(found?.downloadBytes, 0);
      const installed = await jobs.add(folder);
      assert.equal(installed.bytes, 0);
      assert.equal((await json(installed.folder, 'card.json'))['bos'], false);
      await openCheckpoint(installed.folder);
      await jobs.remove('mine');
      assert.ok(existsSync(join(folder, 'model.safetensors')));
      assert.deepEqual(await jobs.installed(), []);
      assert.deepEqual(jobs.server.requests, []);
    }));
});

describe('adding SAEs', () => {
  it('by Neuronpedia id: in the place of its model, with what its release asks for', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add(RES_JB, { files: sae });
      const { found } = await jobs.find('gpt2-small/6-res-jb/650');
      assert.equal(found?.unit, '6-res-jb/650');
      assert.equal(found.licence, null);
      assert.deepEqual(found.notes, ['Its model gpt2-small is not installed yet.']);
      const installed = await jobs.add('gpt2-small/6-res-jb/650');
      assert.equal(installed.id, 'gpt2-small/6-res-jb');
      assert.equal(installed.folder, join(jobs.storage, 'models', 'gpt2-small', 'saes', '6-res-jb'));
      assert.deepEqual((await readdir(installed.folder)).toSorted(), [
        'card.json',
        'cfg.json',
        'sae_weights.safetensors',
      ]);
      const [opened] = await openSaes([installed.folder]);
      assert.deepEqual([opened?.id, opened?.config.center_input], ['6-res-jb', true]);
      assert.deepEqual(await listModels([join(jobs.storage, 'models')]), []);
    }));

  it('a model may come after its SAE, and goes with it', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add(RES_JB, { files: sae });
      jobs.server.add('openai-community/gpt2', { files: model });
      await jobs.add('gpt2-small/6-res-jb');
      await jobs.add('gpt2@main');
      assert.deepEqual(
        (await jobs.installed()).map(({ id }) => id),
        ['gpt2-small', 'gpt2-small/6-res-jb'],
      );
      const [listed] = await listModels([join(jobs.storage, 'models')]);
      assert.deepEqual([listed?.name, listed?.saes, listed?.problem], ['gpt2-small', 1, null]);
      const { bytes } = await jobs.remove('gpt2');
      assert.ok(bytes > weightsOf(model).length);
      assert.deepEqual(await jobs.installed(), []);
      await expectError(() => jobs.remove('gpt2'), 'hub/not-installed');
    }));

  it('names that Windows forbids are changed', () =>
    withTestHubJobs(async (jobs) => {
      const path = 'sae_group_gpt2_blocks.0.hook_mlp_out_24576:v1';
      const options = {
        architecture: 'standard',
        hook_name: 'blocks.0.hook_mlp_out',
        d_in: 32,
        json: { normalize_activations: 'expected_average_only_in' },
      } as const;
      jobs.server.add('tommmcgrath/gpt2-small-mlp-out-saes', { files: await saeRepository(path, options) });
      const installed = await jobs.add('gpt2-small-mlp-tm/blocks.0.hook_mlp_out');
      assert.equal(installed.id, 'gpt2-small/0-mlp-tm');
      const [opened] = await openSaes([installed.folder]);
      assert.deepEqual([opened?.id, opened?.config.center_input], ['0-mlp-tm', true]);
      assert.equal(opened?.config.input_scale, 1.049317316132615);
      const plus =
        'gpt2-small_L0_Hcat_z_lr1.20e-03_l11.80e+00_ds24576_bs4096_dc1.00e-06_rsanthropic_rie25000_nr4_v9';
      jobs.server.add('ckkissane/attn-saes-gpt2-small-all-layers', { files: tinyHookZ(plus) });
      const z = await jobs.add('gpt2-small-hook-z-kk/blocks.0.hook_z');
      assert.deepEqual(
        z.files.map((file) => file.path),
        [`${plus}_cfg.json`, `${plus}.pt`].map((name) => name.replace('+', '_')),
      );
    }));

  it("OpenAI's own files come by their MD5, or by their length where there is none", () =>
    withTestHubJobs(async (jobs) => {
      const path = '/sparse-autoencoder/gpt2-small/resid_post_mlp_v5_32k/autoencoders';
      const weights = tinyTorchSae();
      jobs.server.addBlob(`${path}/8.pt`, weights);
      jobs.server.addBlob(`${path}/9.pt`, weights, { md5: null });
      const { found } = await jobs.find('openai-v5-32k-resid-post-mlp/8');
      assert.equal(found?.bytes, weights.length);
      const eight = await jobs.add('openai-v5-32k-resid-post-mlp/8');
      assert.equal(eight.files[0]?.checked, 'md5');
      const [opened] = await openSaes([eight.folder]);
      assert.equal(opened?.id, '8-resid_post_mlp-v5-32k');
      assert.deepEqual(
        [opened.config.hook_name, opened.config.prepend_bos],
        ['blocks.8.hook_resid_post', false],
      );
      const nine = await jobs.add('openai-v5-32k-resid-post-mlp/9');
      assert.equal(nine.files[0]?.checked, 'length');
      await expectError(() => jobs.find('openai-v5-32k-resid-post-mlp/7'), 'hub/not-found');
    }));

  it('what came whole and cannot be opened is refused, and nothing of it is kept', () =>
    withTestHubJobs(async (jobs) => {
      const files = await saeRepository('one', {
        ...{ architecture: 'topk', hook_name: 'blocks.1.hook_resid_post', d_in: 32 },
        ...{ form: 'flat', json: { model_name: 'gpt2' } },
      });
      const broken = Object.keys(files).find((name) => name.endsWith('.safetensors')) ?? '';
      jobs.server.add('someone/sae', { files: { ...files, [broken]: Buffer.alloc(64) } });
      const model = await modelRepository();
      jobs.server.add('someone/model', { files: { ...model, 'model.safetensors': Buffer.alloc(64) } });
      for (const name of ['someone/sae/one', 'someone/model'])
        await expectError(() => jobs.add(name), 'weights/malformed', `${name} cannot be opened`);
      await withTemporaryFolder(async (folder) => {
        for (const content of ['', 'not a zip archive at all']) {
          const file = join(folder, 'odd.pt');
          await writeFile(file, content);
          await expectError(() => jobs.add(file, { model: 'gpt2-xl' }), 'weights/malformed', 'odd.pt');
        }
        await expectError(() => jobs.find(join(folder, 'none.pt')), 'file/not-found');
        await writeFile(join(folder, 'a.txt'), 'text');
        await expectError(() => jobs.find(join(folder, 'a.txt')), 'hub/unsupported', 'a.txt');
      });
      assert.deepEqual([await jobs.installed(), await jobs.unfinished()], [[], []]);
    }));

  it('of another repository: its configuration tells the model, else it must be said', () =>
    withTestHubJobs(async (jobs) => {
      const options = { architecture: 'topk', hook_name: 'blocks.1.hook_resid_post', d_in: 32 } as const;
      const named = await saeRepository('one', { ...options, form: 'flat', json: { model_name: 'gpt2' } });
      const nameless = await saeRepository('two', options);
      jobs.server.add('someone/saes', { files: { ...named, ...nameless } });
      const { found, choices } = await jobs.find('someone/saes');
      assert.equal(found, null);
      assert.deepEqual(
        choices.map(({ id }) => id),
        ['someone/saes@main/one', 'someone/saes@main/two'],
      );
      await expectError(() => jobs.add('someone/saes'), 'hub/several', 'someone/saes@main/two');
      const one = await jobs.add('someone/saes/one');
      assert.equal(one.id, 'gpt2-small/someone--saes--one');
      await expectError(() => jobs.add('someone/saes/two'), 'hub/no-model', 'random');
      const two = await jobs.add('someone/saes/two', { model: 'gpt2-xl' });
      assert.equal(two.model, 'gpt2-xl');
      await expectError(() => jobs.add('someone/saes/three'), 'hub/unsupported');
    }));

  it('a folder of SAEs of this machine offers each', () =>
    withTestHubJobs(async (jobs) => {
      const options = { architecture: 'standard', hook_name: 'blocks.1.hook_mlp_out', d_in: 32 } as const;
      await writeRandomSae(join(jobs.home, 'mine', 'a'), options);
      await writeRandomSae(join(jobs.home, 'mine', 'b'), options);
      const { choices } = await jobs.find(join(jobs.home, 'mine'));
      assert.equal(choices.length, 2);
      const added = await jobs.add(choices[1]?.id ?? '', { model: 'gpt2' });
      assert.deepEqual([added.id, added.bytes], ['gpt2-small/b', 0]);
    }));

  it('a weights file of this machine stands for the folder that it is of, of several SAEs for its own', () =>
    withTestHubJobs(async (jobs) => {
      const options = { architecture: 'standard', hook_name: 'blocks.1.hook_mlp_out', d_in: 32 } as const;
      const mine = join(jobs.home, 'mine');
      await writeRandomModel(mine);
      await writeRandomSae(join(mine, 'a'), options);
      await writeFile(join(mine, 'lone.pt'), tinyTorchSae());
      await writeFile(join(mine, 'lone.safetensors'), 'nothing says what it is');
      const check = async (file: string, expected: string): Promise<void> => {
        const { found } = await jobs.find(join(mine, file), 'gpt2');
        assert.equal(
          `${found?.kind} ${found?.sae?.id ?? found?.model}: ${found?.files.at(-1)?.path}`,
          expected,
        );
      };
      await check('a/sae_weights.safetensors', 'sae a: sae_weights.safetensors');
      await check('model.safetensors', 'model mine: model.safetensors');
      await check('lone.pt', 'sae lone.pt: lone.pt');
      await expectError(() => jobs.find(join(mine, 'lone.safetensors')), 'hub/unsupported', 'lone');
      const added = await jobs.add(join(mine, 'a', 'sae_weights.safetensors'), { model: 'gpt2' });
      assert.deepEqual([added.id, added.bytes], ['gpt2-small/a', 0]);
    }));

  it('a release alone offers its SAEs without asking any host', () =>
    withTestHubJobs(async (jobs) => {
      const { choices } = await jobs.find('gpt2-small-res-jb');
      assert.equal(choices.length, 13);
      assert.deepEqual(choices[0], {
        id: 'gpt2-small-res-jb/blocks.0.hook_resid_pre',
        title: 'blocks.0.hook_resid_pre, 24576 latents',
        bytes: 2 * 768 * 24576 * 4,
      });
      assert.deepEqual(jobs.server.requests, []);
    }));
});
