import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isJsonObject } from '../../src/core/json.ts';
import type { SaeConfig } from '../../src/core/sae/config.ts';
import type { SaeFormat } from '../../src/core/sae/formats/saeForm.ts';
import { referenceSae } from '../../src/core/sae/reference.ts';
import { tensor } from '../../src/core/tensor/tensor.ts';
import { latentColumn, SaeRunner } from '../../src/core/trace/saeRunner.ts';
import { openSaes, type SaeFolder } from '../../src/runtime/files/openSaes.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { assertClose } from '../support/closeness.ts';
import { expectError } from '../support/expectError.ts';
import { TEST_THREADS } from '../support/openRunner.ts';
import { readAllWeights } from '../support/referenceWeights.ts';

const GOLDEN = fileURLToPath(new URL('../golden/saes', import.meta.url));
/** Of float64 on both sides, from the same float32 weights. */
const EXACT = 1e-7;
const FLOAT = 1e-5;

interface Case {
  readonly folder: string;
  readonly format: SaeFormat;
  readonly config: Partial<SaeConfig>;
}

const RESID = 'blocks.1.hook_resid_post';
const CASES: readonly Case[] = [
  { folder: 'standard', format: 'SAELens', config: { architecture: 'standard', hook_name: RESID } },
  {
    folder: 'standard-rescaled',
    format: 'SAELens',
    config: { normalize_activations: 'constant_norm_rescale' },
  },
  { folder: 'standard-hook-z', format: 'SAELens', config: { reshape_activations: 'hook_z' } },
  { folder: 'standard-b-dec-kept', format: 'SAELens', config: { apply_b_dec_to_input: false } },
  { folder: 'topk-layer-norm', format: 'SAELens', config: { k: 5, normalize_activations: 'layer_norm' } },
  { folder: 'topk-decoder-norm', format: 'SAELens', config: { k: 5, rescale_acts_by_decoder_norm: true } },
  { folder: 'jumprelu', format: 'SAELens', config: { architecture: 'jumprelu' } },
  { folder: 'gated', format: 'SAELens', config: { architecture: 'gated' } },
  { folder: 'gated-layer-norm', format: 'SAELens', config: { normalize_activations: 'layer_norm' } },
  { folder: 'batchtopk', format: 'SAELens', config: { architecture: 'jumprelu' } },
  { folder: 'matryoshka', format: 'SAELens', config: { architecture: 'jumprelu' } },
  {
    folder: 'expected-average',
    format: 'SAELens',
    config: { input_scale: 1.7, normalize_activations: 'none' },
  },
  {
    folder: 'dictionary-AutoEncoder',
    format: 'dictionary_learning',
    config: { architecture: 'standard', context_size: 128 },
  },
  { folder: 'dictionary-AutoEncoderTopK', format: 'dictionary_learning', config: { k: 5 } },
  { folder: 'dictionary-BatchTopKSAE', format: 'dictionary_learning', config: { architecture: 'jumprelu' } },
  { folder: 'dictionary-GatedAutoEncoder', format: 'dictionary_learning', config: { architecture: 'gated' } },
  {
    folder: 'dictionary-JumpReluAutoEncoder',
    format: 'dictionary_learning',
    config: { architecture: 'jumprelu', apply_b_dec_to_input: false },
  },
  {
    folder: 'hook-z',
    format: 'attn-saes',
    config: { hook_name: 'blocks.1.attn.hook_z', reshape_activations: 'hook_z' },
  },
  {
    folder: 'openai-ReLU',
    format: 'OpenAI',
    config: { architecture: 'standard', hook_name: 'blocks.1.hook_mlp_out', prepend_bos: false },
  },
  {
    folder: 'openai-TopK',
    format: 'OpenAI',
    config: { k: 5, hook_name: RESID, normalize_activations: 'layer_norm', context_size: 64 },
  },
  {
    folder: 'sparsify/h.1',
    format: 'sparsify',
    config: { architecture: 'topk', k: 5, hook_name: RESID },
  },
];

describe('SAEs saved by SAELens and PyTorch', () => {
  for (const each of CASES) {
    it(`${each.folder}: acts and reconstruction are theirs`, () => check(each));
  }

  it('a transcoder is refused by name', () =>
    expectError(() => openSaes([join(GOLDEN, 'transcoder')]), 'sae/unsupported', '"transcoder"'));
});

async function check({ folder, format, config }: Case): Promise<void> {
  const [sae] = await openSaes([join(GOLDEN, folder)]);
  assert.ok(sae);
  assert.equal(sae.format, format);
  assert.deepEqual({ ...sae.config, ...config }, sae.config);
  assert.deepEqual(sae.warnings, []);
  const expected = await readExpected(join(GOLDEN, folder));
  const reference = referenceSae(sae.config, await readAllWeights(sae), expected.input);
  assertClose(reference.acts, expected.acts, EXACT, 'reference acts');
  assertClose(reference.reconstruction, expected.reconstruction, EXACT, 'reference reconstruction');
  await checkGraphs(sae, expected);
}

interface Expected {
  readonly input: Float64Array;
  readonly acts: Float64Array;
  readonly reconstruction: Float64Array;
}

async function checkGraphs(sae: SaeFolder, { input, acts, reconstruction }: Expected): Promise<void> {
  const { d_in, d_sae } = sae.config;
  const rows = input.length / d_in;
  const runner = new SaeRunner(sae, ortSessions({ threads: TEST_THREADS }), 'mapped');
  const found = await runner.encode(tensor([rows, d_in], Float32Array.from(input)));
  const dense = new Float32Array(rows * d_sae);
  for (let latent = 0; latent < d_sae; latent++) {
    latentColumn(found, latent).forEach((value, row) => (dense[row * d_sae + latent] = value));
  }
  assert.ok(
    acts.some((value) => value > 0),
    'the case has active latents',
  );
  assertClose(dense, acts, FLOAT, 'acts');
  assertClose((await runner.decode(found)).data, reconstruction, FLOAT, 'reconstruction');
  await runner.release();
}

async function readExpected(folder: string): Promise<Expected> {
  const json: unknown = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8'));
  assert.ok(isJsonObject(json));
  const numbers = (key: string): Float64Array => {
    const values = json[key];
    assert.ok(Array.isArray(values));
    return Float64Array.from(values, Number);
  };
  return { input: numbers('input'), acts: numbers('acts'), reconstruction: numbers('reconstruction') };
}
