import assert from 'node:assert/strict';
import { cp, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isInterpError } from '../../src/core/errors.ts';
import type { Jobs } from '../../src/engine/jobs.ts';
import { createModels } from '../../src/engine/models.ts';
import { writeJson } from '../../src/runtime/files/jsonFile.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { expectError } from '../support/expectError.ts';
import { TEST_THREADS } from '../support/openRunner.ts';
import { openTestJobs, type EngineCall } from '../support/openTestJobs.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const RES = 'blocks.1.hook_resid_post';
const MLP = 'blocks.0.hook_mlp_out';

interface Bench {
  readonly jobs: Jobs;
  readonly call: EngineCall;
  readonly folder: string;
  /** Of the model `tiny`, which has two SAEs. */
  readonly directory: string;
}

/** An engine whose storage has one model with two SAEs. */
async function withStorage(use: (bench: Bench) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const directory = join(folder, 'storage', 'models', 'tiny');
    const { d_model } = await writeRandomModel(directory);
    for (const hook_name of [RES, MLP])
      await writeRandomSae(join(directory, 'saes', hook_name), {
        architecture: 'topk',
        hook_name,
        d_in: d_model,
      });
    const { jobs, call } = openTestJobs({ embeddedFolder: join(folder, 'embedded') });
    await call('folders/set', { storage: join(folder, 'storage'), workspace: null });
    try {
      await use({ jobs, call, folder, directory });
    } finally {
      await jobs.release();
    }
  });
}

const ids = (saes: readonly { readonly id: string }[]): string[] => saes.map(({ id }) => id);

describe('models of the storage', () => {
  it('are opened by name with the SAEs that are attached', () =>
    withStorage(async ({ call, directory }) => {
      assert.deepEqual(ids((await call('model/open', { model: 'tiny', saes: [] })).saes), ['0-mlp', '1-res']);
      await call('sae/attach', { directory: join(directory, 'saes', RES), isAttached: false });
      assert.deepEqual(ids((await call('model/open', { model: 'tiny', saes: [] })).saes), ['0-mlp']);
      const listed = await call('model/saes', { directory });
      assert.deepEqual(
        listed.map(({ id, isAttached }) => [id, isAttached]),
        [
          ['0-mlp', true],
          ['1-res', false],
        ],
      );
      await call('sae/attach', { directory: join(directory, 'saes', MLP), isAttached: false });
      assert.deepEqual((await call('model/open', { model: 'tiny', saes: [] })).saes, []);
      await call('sae/attach', { directory: join(directory, 'saes', RES), isAttached: true });
      assert.deepEqual(ids((await call('model/open', { model: 'tiny', saes: [] })).saes), ['1-res']);
    }));

  it('are listed with the memory that they and their attached SAEs would take', () =>
    withStorage(async ({ call, directory }) => {
      const files = async (): Promise<number> =>
        (await call('model/list', { folders: [] })).find(({ name }) => name === 'tiny')?.memory?.files ?? 0;
      const both = await files();
      assert.equal((await call('model/open', { model: 'tiny', saes: [] })).memory.files, both);
      await call('sae/attach', { directory: join(directory, 'saes', RES), isAttached: false });
      // W_enc [32, 128] of float32.
      assert.equal(both - (await files()), 4 * 32 * 128);
      await writeFile(join(directory, 'saes', MLP, 'sae_weights.safetensors'), 'broken');
      assert.equal(both - (await files()), 2 * 4 * 32 * 128);
    }));

  it('hold their weights once, with whatever SAEs they are opened', () =>
    withStorage(async ({ directory }) => {
      const models = createModels(ortSessions({ threads: TEST_THREADS }));
      const open = (saes: readonly string[]) => models.openRef({ model: directory, saes }, directory);
      const [both, one] = await Promise.all([open([]), open([join(directory, 'saes', RES)])]);
      assert.deepEqual([...both.saes.keys(), ...one.saes.keys()], ['0-mlp', '1-res', '1-res']);
      assert.notEqual(both.info.modelId, one.info.modelId);
      assert.equal(both.runner, one.runner);
      models.forget(join(directory, 'saes', RES));
      models.forget(directory);
      const anew = await open([]);
      assert.notEqual(anew.runner, both.runner);
      await models.release();
    }));

  it('keep what was measured of a SAE on the default sample, until it is another one', () =>
    withStorage(async ({ call, directory }) => {
      const healthOf = async (id: string) =>
        (await call('model/saes', { directory })).find((sae) => sae.id === id)?.health;
      const { modelId } = await call('model/open', { model: 'tiny', saes: [] });
      assert.equal(await healthOf('1-res'), null);
      const asked = { modelId, sae: '1-res', tokens: 64 };
      const text = join(directory, 'text.txt');
      await writeFile(text, 'some words of my own, said twice. '.repeat(9));
      await call('sae/health', { ...asked, corpus: { kind: 'files', paths: [text], field: 'text' } });
      assert.equal(await healthOf('1-res'), null, 'of another sample');
      const measured = await call('sae/health', { ...asked, corpus: null });
      assert.deepEqual(await healthOf('1-res'), measured);
      assert.equal(await healthOf('0-mlp'), null);
      await call('sae/health', { ...asked, sae: '0-mlp', corpus: null });
      assert.deepEqual(await healthOf('1-res'), measured);
      const later = new Date(Date.now() + 60_000);
      await utimes(join(directory, 'saes', RES), later, later);
      assert.equal(await healthOf('1-res'), null, 'its folder changed');
      await writeFile(join(directory, '..', '..', 'sae-health.json'), '{"a":1,"b":{"measured":1}');
      assert.equal(await healthOf('0-mlp'), null);
    }));

  it('tell which attached SAEs nobody has measured, wherever they lie', () =>
    withStorage(async ({ call, folder, directory }) => {
      const elsewhere = join(folder, 'mine');
      await cp(join(directory, 'saes', RES), elsewhere, { recursive: true });
      const ofOpen = async (...saes: readonly string[]) => {
        const { modelId } = await call('model/open', { model: 'tiny', saes });
        return { modelId, left: () => call('sae/unmeasured', { modelId }) };
      };
      const own = await ofOpen();
      assert.deepEqual(await own.left(), ['0-mlp', '1-res']);
      await call('sae/health', { modelId: own.modelId, sae: '0-mlp', tokens: 64, corpus: null });
      assert.deepEqual(await own.left(), ['1-res']);
      const named = await ofOpen(elsewhere);
      assert.deepEqual(await named.left(), ['1-res']);
      await call('sae/health', { modelId: named.modelId, sae: '1-res', tokens: 64, corpus: null });
      assert.deepEqual([await named.left(), await own.left()], [[], ['1-res']]);
    }));

  it('say how a prompt leaves BOS out for a SAE that was trained without one', () =>
    withStorage(async ({ call, folder }) => {
      const sae = join(folder, 'v5');
      await writeRandomSae(sae, {
        architecture: 'topk',
        hook_name: RES,
        d_in: 32,
        form: 'flat',
        json: { prepend_bos: false },
      });
      const { bos, warnings } = await call('model/open', { model: 'tiny', saes: [sae] });
      assert.equal(bos, true);
      assert.deepEqual(warnings, [
        'SAE 1-res was trained without BOS, but prompts get one unless their front matter says `bos: false`.',
      ]);
    }));

  it('take SAEs by id, by the name of their folder, with the name of the model, or by path', () =>
    withStorage(async ({ call, directory }) => {
      for (const sae of ['1-res', RES, 'tiny/1-res', join(directory, 'saes', RES)]) {
        const { saes } = await call('model/open', { model: 'tiny', saes: [sae] });
        assert.deepEqual(ids(saes), ['1-res'], sae);
      }
      // A detached one is attached where it is named.
      await call('sae/attach', { directory: join(directory, 'saes', RES), isAttached: false });
      const { saes } = await call('model/open', { model: 'tiny', saes: ['1-res', '0-mlp'] });
      assert.deepEqual(ids(saes), ['0-mlp', '1-res']);
    }));

  it('say what is not there, and what would add it', () =>
    withStorage(async ({ call }) => {
      const open = (model: string, ...saes: readonly string[]) => call('model/open', { model, saes });
      await expectError(() => open('tiny', '7-res'), 'sae/not-found', '"7-res"', '0-mlp, 1-res');
      await expectError(() => open('nothing'), 'model/not-found', 'nothing is not installed');
      const addOf = (opening: Promise<unknown>): Promise<unknown> =>
        opening.then(
          () => 'opened',
          (error: unknown) => isInterpError(error) && error.data['add'],
        );
      assert.equal(await addOf(open('openai-community/gpt2')), 'gpt2-small');
      assert.equal(await addOf(open('tiny', 'gpt2-small/6-res-jb')), 'gpt2-small/6-res-jb');
      assert.equal(await addOf(open('tiny', '7-res')), null);
    }));

  it('list what a SAE is, attached or not, and what is wrong with one', () =>
    withStorage(async ({ call, directory }) => {
      await writeRandomSae(join(directory, 'saes', 'odd'), {
        architecture: 'standard',
        hook_name: 'blocks.0.hook_resid_pre',
        d_in: 32,
        json: { architecture: 'telepathy' },
      });
      const listed = await call('model/saes', { directory });
      const odd = listed.find(({ info }) => info === null);
      assert.equal(odd?.id, 'odd');
      assert.match(odd.problem ?? '', /telepathy/u);
      const res = listed.find(({ id }) => id === '1-res');
      assert.equal(res?.info?.hook_name, RES);
      assert.ok(res.bytes > 0);
    }));

  it('run without a SAE of theirs that is broken or fits another model, and say so; one that is named is an error', () =>
    withStorage(async ({ call, directory }) => {
      const saes = join(directory, 'saes');
      const hook_name = 'blocks.0.hook_resid_post';
      await writeRandomSae(join(saes, 'other'), { architecture: 'topk', hook_name, d_in: 8 });
      await mkdir(join(saes, 'cut'));
      await writeFile(join(saes, 'cut', 'cfg.json'), '{}');
      const { saes: opened, warnings } = await call('model/open', { model: 'tiny', saes: [] });
      assert.ok(opened.length > 0);
      const leftOut = warnings.filter((line) => line.includes('left out')).toSorted();
      assert.deepEqual(
        leftOut.map((line) => /^SAE (?<id>\w+) is left out\. /.exec(line)?.groups?.['id']),
        ['cut', 'other'],
      );
      assert.match(leftOut[1] ?? '', /does not fit the model: d_in must be 32, found 8/);
      for (const name of ['other', 'cut'])
        await assert.rejects(() => call('model/open', { model: 'tiny', saes: [name] }));
    }));

  it('are told as loaded while they are open, with what they take', () =>
    withStorage(async ({ call, directory }) => {
      assert.deepEqual((await call('models/loaded', {})).models, []);
      const { modelId, warnings: opened } = await call('model/open', { model: 'tiny', saes: ['1-res'] });
      const { models, residentBytes } = await call('models/loaded', {});
      assert.deepEqual(
        models.map(({ modelId: id, directory: at, saes }) => [id, at, ids(saes)]),
        [[modelId, directory, ['1-res']]],
      );
      const [tiny] = models;
      assert.ok(tiny && tiny.privateBytes + tiny.mappedBytes > 0);
      assert.equal(tiny.shape.d_model, 32);
      assert.deepEqual(tiny.warnings, opened);
      assert.ok(residentBytes > 0);
    }));

  it('are closed when they are removed, and another one of that name is opened anew', () =>
    withStorage(async ({ call, directory }) => {
      const card = { source: 'https://host/a/tiny', files: [] };
      await writeJson(join(directory, 'card.json'), card);
      const { modelId } = await call('model/open', { model: 'tiny', saes: [] });
      await call('hub/remove', { id: 'tiny' });
      assert.deepEqual((await call('models/loaded', {})).models, []);
      await expectError(() => call('tokens/encode', { modelId, text: 'a', bos: 'auto' }), 'model/not-found');
      await expectError(() => call('model/open', { model: 'tiny', saes: [] }), 'model/not-found');
      await writeRandomModel(directory, { seed: 5 });
      assert.deepEqual((await call('model/open', { model: 'tiny', saes: [] })).saes, []);
    }));
});
