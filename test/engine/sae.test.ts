import assert from 'node:assert/strict';
import { join } from 'node:path';
import { referenceSae } from '../../src/core/sae/reference.ts';
import type { SaeArchitecture, SaeNormalization } from '../../src/core/sae/config.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';
import { latentColumn, SaeRunner } from '../../src/core/trace/saeRunner.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { openSaes } from '../../src/runtime/files/openSaes.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { assertClose } from '../support/closeness.ts';
import { expectError } from '../support/expectError.ts';
import { openRunner, TEST_THREADS } from '../support/openRunner.ts';
import { normals, seededRandom } from '../support/random.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae, type RandomSaeOptions } from '../support/randomSae.ts';
import { readAllWeights } from '../support/referenceWeights.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const HOOK = 'blocks.1.hook_resid_post';
const D_IN = 24;
const ROWS = 16;
const TOLERANCE = 1e-5;
const ARCHITECTURES: readonly SaeArchitecture[] = ['standard', 'topk', 'jumprelu', 'gated'];
const NORMALIZATIONS: readonly SaeNormalization[] = ['none', 'constant_norm_rescale', 'layer_norm'];

describe('SAE graphs equal the float64 reference', () => {
  for (const architecture of ARCHITECTURES) {
    for (const normalize_activations of NORMALIZATIONS) {
      it(`${architecture}, ${normalize_activations}`, () =>
        checkSae({ architecture, normalize_activations }));
    }
  }
  for (const architecture of ARCHITECTURES) {
    it(`${architecture}, centred`, () => checkSae({ architecture, center_input: true }));
    it(`${architecture}, centred and scaled`, () =>
      checkSae({ architecture, center_input: true, input_scale: 2.37 }));
  }
  it('centred, then layer_norm', () =>
    checkSae({ architecture: 'topk', center_input: true, normalize_activations: 'layer_norm' }));
  for (const architecture of ARCHITECTURES)
    it(`${architecture} of dictionary_learning, matrices the other way round`, () =>
      checkSae({ architecture, form: 'dictionary_learning' }));
  for (const architecture of ['standard', 'topk'] as const)
    it(`${architecture} of OpenAI, one matrix the other way round`, () =>
      checkSae({ architecture, form: 'OpenAI' }));
  it('float16 the other way round', () =>
    checkSae({ architecture: 'gated', form: 'dictionary_learning', dtype: 'F16' }));
  it('topk, acts rescaled by decoder norms', () =>
    checkSae({ architecture: 'topk', rescale_acts_by_decoder_norm: true }));
  it('b_dec not taken from the input', () =>
    checkSae({ architecture: 'standard', apply_b_dec_to_input: false }));
  it('float16 on disk', () => checkSae({ architecture: 'topk', dtype: 'F16' }));
});

it('a SAE that is given no rows says so', () =>
  withTemporaryFolder(async (folder) => {
    await writeRandomSae(folder, { architecture: 'standard', hook_name: HOOK, d_in: D_IN });
    const [sae] = await openSaes([folder]);
    assert.ok(sae);
    const runner = new SaeRunner(sae, ortSessions({ threads: TEST_THREADS }), 'mapped');
    await expectError(() => runner.encode(zeros([0, D_IN])), 'internal/bug', 'no rows');
  }));

describe('SAE spliced into the model', () => {
  it('leaves the logits unchanged with its error term, at mlp_out and at resid_post', () =>
    withTemporaryFolder(async (folder) => {
      const config = await writeRandomModel(join(folder, 'model'));
      const { runner, sessions } = await openRunner(join(folder, 'model'));
      const ids = Array.from({ length: ROWS }, (_, index) => (index * 37) % config.d_vocab);
      const trace = await Trace.run(runner, ids);
      const clean = await runner.logits(trace.residPre(config.n_layers));
      for (const hook_name of ['blocks.0.hook_mlp_out', 'blocks.0.hook_resid_post']) {
        const directory = join(folder, hook_name);
        await writeRandomSae(directory, { architecture: 'topk', hook_name, d_in: config.d_model });
        const [sae] = await openSaes([directory]);
        assert.ok(sae);
        const saeRunner = new SaeRunner(sae, sessions, 'mapped');
        const hook = await trace.hook(hook_name);
        const reconstruction = await saeRunner.decode(await saeRunner.encode(hook));
        const error = hook.data.map((value, index) => value - (reconstruction.data[index] ?? Number.NaN));
        const spliced: Tensor = {
          dims: hook.dims,
          data: reconstruction.data.map((value, index) => value + (error[index] ?? 0)),
        };
        assert.ok(
          error.some((value) => Math.abs(value) > 0.01),
          'a random SAE reconstructs badly',
        );
        let x = spliced;
        if (hook_name.endsWith('mlp_out')) {
          const edits = { mlp_out: { keep: zeros([1, 1]), value: spliced } };
          const run = await runner.block({ layer: 0, x: trace.residPre(0), want: ['resid_post'], edits });
          x = run.get('resid_post') ?? x;
        }
        for (let layer = 1; layer < config.n_layers; layer++) {
          x = (await runner.block({ layer, x, want: ['resid_post'] })).get('resid_post') ?? x;
        }
        assertClose((await runner.logits(x)).data, clean.data, 1e-4, hook_name);
      }
    }));
});

async function checkSae(
  options: Partial<RandomSaeOptions> & { architecture: SaeArchitecture },
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    await writeRandomSae(folder, { hook_name: HOOK, d_in: D_IN, ...options });
    const [sae] = await openSaes([folder]);
    assert.ok(sae);
    const runner = new SaeRunner(sae, ortSessions({ threads: TEST_THREADS }), 'mapped');
    const input = normals(seededRandom(5), ROWS * D_IN, { mean: 0.3, std: 1.5 });
    const acts = await runner.encode({ dims: [ROWS, D_IN], data: input });
    const reconstruction = await runner.decode(acts);
    const expected = referenceSae(sae.config, await readAllWeights(sae), input);
    const { d_sae } = sae.config;
    for (let latent = 0; latent < d_sae; latent++) {
      const column = Float64Array.from(
        { length: ROWS },
        (_, row) => expected.acts[row * d_sae + latent] ?? Number.NaN,
      );
      const error = latentColumn(acts, latent).map((value, row) => value - (column[row] ?? 0));
      assert.ok(
        error.every((value) => Math.abs(value) < TOLERANCE * 10),
        `latent ${latent}`,
      );
    }
    const active = expected.acts.filter((value) => value > 0).length;
    assert.equal(
      acts.counts.reduce((sum, count) => sum + count, 0),
      active,
      'active latents',
    );
    assert.ok(active > 0, 'the case has active latents');
    assert.equal(
      acts.k,
      sae.config.k ?? Math.max(...acts.counts),
      'no more is fetched than the fullest row has',
    );
    assertClose(reconstruction.data, expected.reconstruction, TOLERANCE, 'reconstruction');
  });
}

function zeros(dims: readonly number[]): Tensor {
  return { dims, data: new Float32Array(dims.reduce((size, dim) => size * dim, 1)) };
}
