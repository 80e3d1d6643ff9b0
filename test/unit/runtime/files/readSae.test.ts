import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import { openSaes } from '../../../../src/runtime/files/openSaes.ts';
import { expectError } from '../../../support/expectError.ts';
import { normals, seededRandom } from '../../../support/random.ts';
import { writeRandomSae } from '../../../support/randomSae.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';
import { writeTorchFile, type StateDict } from '../../../support/writeTorchFile.ts';

const [D, N] = [16, 64];
const OPENAI = {
  architecture: 'topk',
  hook_name: 'blocks.1.hook_resid_post',
  d_in: D,
  d_sae: N,
  form: 'OpenAI',
} as const;
const PUBLISHED = 'resid_post_mlp_v5_32k/autoencoders/1.pt';

const numbers = (...dims: number[]): { dims: number[]; data: Float32Array } => ({
  dims,
  data: normals(
    seededRandom(2),
    dims.reduce((size, dim) => size * dim, 1),
    { mean: 0, std: 0.2 },
  ),
});
const V1: StateDict = {
  pre_bias: numbers(D),
  'encoder.weight': numbers(N, D),
  latent_bias: numbers(N),
  'decoder.weight': numbers(D, N),
};
const PLAIN = { architecture: 'standard', hook_name: 'blocks.1.hook_resid_pre', d_in: D } as const;

/** Writes a .pt file, and a JSON file beside it if one is given. @returns the .pt */
async function writePt(folder: string, name: string, dict: StateDict, sidecar?: object): Promise<string> {
  const file = join(folder, name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, writeTorchFile(dict));
  if (sidecar) await writeFile(file.replace(/\.pt$/, '_cfg.json'), JSON.stringify(sidecar));
  return file;
}

/** What is wrong, the state dict, the path, what lies beside it, code, words. */
const BROKEN: readonly [string, StateDict, string, object | undefined, ErrorCode, ...string[]][] = [
  [
    'a transposed decoder',
    { ...V1, 'decoder.weight': numbers(N, D) },
    'resid_post_mlp/1.pt',
    undefined,
    'sae/malformed',
    '"decoder.weight"',
    `must have shape [${D}, ${N}], found [${N}, ${D}]: it is transposed`,
  ],
  [
    'no place',
    V1,
    'mine.pt',
    undefined,
    'sae/malformed',
    'which hook',
    'mine_cfg.json',
    'resid_post_mlp_v5_32k',
  ],
  [
    'a place that is none',
    V1,
    'mine.pt',
    { hook_name: 'hook_embed' },
    'sae/malformed',
    'mine_cfg.json',
    'a hook of a block',
  ],
  [
    'another activation',
    { ...V1, activation: 'Identity' },
    'resid_post_mlp/1.pt',
    undefined,
    'sae/unsupported',
    '"Identity"',
    'ReLU and TopK',
  ],
  [
    'TopK without k',
    { ...V1, activation: 'TopK', activation_state_dict: { postact_fn: 'ReLU' } },
    'resid_post_mlp/1.pt',
    undefined,
    'sae/malformed',
    'activation_state_dict.k',
    'found nothing',
  ],
  [
    'TopK with another function after it',
    { ...V1, activation: 'TopK', activation_state_dict: { k: 3, postact_fn: 'Identity' } },
    'resid_post_mlp/1.pt',
    undefined,
    'sae/unsupported',
    '"Identity"',
  ],
  [
    'some other state dict',
    { weight: numbers(D) },
    'x.pt',
    undefined,
    'sae/unsupported',
    'its tensors are: weight',
  ],
  [
    'attn-saes without their JSON',
    { W_enc: numbers(D, N), b_enc: numbers(N), W_dec: numbers(N, D), b_dec: numbers(D) },
    'x.pt',
    undefined,
    'sae/malformed',
    'x_cfg.json',
  ],
];

describe('SAEs of every form on disk', () => {
  it('are found by folder and by file; .pt files that say nothing of themselves are passed over', () =>
    withTemporaryFolder(async (root) => {
      await writeRandomSae(join(root, 'lens'), PLAIN);
      await writeRandomSae(join(root, 'dictionary'), {
        ...PLAIN,
        hook_name: 'blocks.2.hook_mlp_out',
        form: 'dictionary_learning',
      });
      await writeRandomSae(join(root, 'openai'), OPENAI);
      await writePt(root, 'optimizer.pt', { state: 1 });
      await writePt(root, 'mine.pt', V1, { hook_name: 'blocks.0.hook_attn_out', context_size: 32 });
      const saes = await openSaes([root]);
      assert.deepEqual(
        saes.map(({ format, id, config }) => [format, id, config.hook_name, config.context_size]),
        [
          ['OpenAI', '0-att', 'blocks.0.hook_attn_out', 32],
          ['SAELens', '1-res_pre', 'blocks.1.hook_resid_pre', 64],
          ['OpenAI', '1-resid_post_mlp-v5-32k', 'blocks.1.hook_resid_post', 64],
          ['dictionary_learning', '2-mlp', 'blocks.2.hook_mlp_out', 64],
        ],
      );
      const [alone] = await openSaes([join(root, 'openai', PUBLISHED)]);
      assert.equal(alone?.config.k, 4);
      assert.deepEqual([...(alone?.transposed ?? [])], ['W_enc']);
    }));

  it('take their place from where they were fetched', () =>
    withTemporaryFolder(async (root) => {
      await writeRandomSae(join(root, 'openai'), OPENAI);
      await mkdir(join(root, 'saes', 'kept'), { recursive: true });
      await rename(join(root, 'openai', PUBLISHED), join(root, 'saes', 'kept', '1.pt'));
      const source = `https://example.org/sparse-autoencoder/gpt2-small/${PUBLISHED}`;
      await writeFile(join(root, 'saes', 'kept', 'card.json'), JSON.stringify({ source }));
      const [sae] = await openSaes([join(root, 'saes')]);
      assert.deepEqual([sae?.config.hook_name, sae?.config.context_size], [OPENAI.hook_name, 64]);
    }));

  it('are prepared as their release needs it, which their own files do not say', () =>
    withTemporaryFolder(async (root) => {
      const published = join(root, 'GPT2-Small-SAEs-Reformatted', 'blocks.1.hook_resid_pre');
      await writeRandomSae(published, { ...PLAIN, form: 'flat' });
      const mlp = join(root, 'kept');
      const hook_name = 'blocks.8.hook_mlp_out';
      await writeRandomSae(mlp, { ...PLAIN, hook_name, form: 'flat', json: { normalize_activations: true } });
      const source =
        'https://example.org/tommmcgrath/gpt2-small-mlp-out-saes@ab12/sae_group_gpt2_blocks.8.hook_mlp_out_24576:v1';
      await writeFile(join(mlp, 'card.json'), JSON.stringify({ source }));
      const saes = await openSaes([published, mlp]);
      assert.deepEqual(
        saes.map(({ id, config, release }) => [
          id,
          config.center_input,
          config.input_scale,
          release?.release,
        ]),
        [
          ['1-res-jb', true, 1, 'gpt2-small-res-jb'],
          ['8-mlp-tm', true, 0.9123762783479742, 'gpt2-small-mlp-tm'],
        ],
      );
      await rm(join(mlp, 'card.json'));
      await expectError(
        () => openSaes([mlp]),
        'sae/unsupported',
        'expected_average_only_in',
        'activation_scaler.json',
      );
    }));

  it('of a factor that is known refuse whitening', () =>
    withTemporaryFolder(async (folder) => {
      await writeRandomSae(folder, { ...PLAIN, input_scale: 2 });
      assert.equal((await openSaes([folder]))[0]?.config.input_scale, 2);
      await writeFile(
        join(folder, 'activation_scaler.json'),
        '{"scaling_factor": null, "whitening": {"mean": 1}}',
      );
      await expectError(() => openSaes([folder]), 'sae/unsupported', '"whitening"');
    }));

  for (const [what, dict, path, sidecar, code, ...words] of BROKEN) {
    it(`are refused: ${what}`, () =>
      withTemporaryFolder(async (root) => {
        const file = await writePt(root, path, dict, sidecar);
        await expectError(() => openSaes([file]), code, ...words);
      }));
  }
});
