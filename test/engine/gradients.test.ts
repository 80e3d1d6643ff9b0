import assert from 'node:assert/strict';
import { hold, type ReferenceScalar } from '../support/differences.ts';
import { allGradients, assertSlopes, openBench, type GradientBench } from '../support/gradientBench.ts';
import type { Edit } from '../../src/core/model/gpt2.ts';
import type { SaeArchitecture, SaeNormalization } from '../../src/core/sae/config.ts';
import { gradients } from '../../src/core/trace/gradients/gradients.ts';
import type { Readout } from '../../src/core/trace/gradients/readout.ts';
import type { Scalar } from '../../src/core/trace/gradients/scalar.ts';
import { row } from '../../src/core/tensor/tensor.ts';
import type { RandomModelOptions } from '../support/randomModel.ts';
import type { RandomSaeOptions } from '../support/randomSae.ts';
import {
  dot,
  readLatent,
  readLogits,
  readNeuron,
  readScore,
  readValue,
} from '../support/referenceScalars.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

/** Relative to a gradient's norm: float32 graphs against float64 differences. */
const TOLERANCE = 1e-4;

const LAST = 5;
const LOGITS = { kind: 'logits', targets: [7, 11], distractors: [3], position: LAST } as const;
const NEURON = { kind: 'neuron', layer: 1, neuron: 4, position: 4 } as const;
const PAIR = { layer: 1, head: 1, position: LAST, source: 2 } as const;

/** Everything that a person can trace, but for latents. */
const SCALARS: readonly (readonly [string, Scalar])[] = [
  ['logit difference', { ...LOGITS, reading: 'logit_diff' }],
  ['logit, not at the last position', { ...LOGITS, reading: 'logit', position: 3 }],
  ['log-probability', { ...LOGITS, reading: 'log_prob' }],
  ['neuron', NEURON],
  ['score through the query', { kind: 'score', ...PAIR, through: 'q' }],
  ['score through the key', { kind: 'score', ...PAIR, through: 'k' }],
  ['score through both', { kind: 'score', ...PAIR, through: 'qk' }],
  ['score of a token with itself', { kind: 'score', ...PAIR, source: LAST, through: 'qk' }],
  ['value, towards the logits', { kind: 'value', ...PAIR, downstream: { ...LOGITS, reading: 'logit_diff' } }],
  ['value, towards a neuron', { kind: 'value', ...PAIR, position: 4, downstream: NEURON }],
];

const MODELS: readonly (RandomModelOptions & { readonly name: string })[] = [
  { name: 'gelu_new', seed: 1 },
  {
    name: 'odd sizes, untied, exact gelu, scores by layer',
    seed: 2,
    config: {
      n_embd: 15,
      n_head: 3,
      n_inner: 22,
      n_layer: 3,
      activation_function: 'gelu',
      tie_word_embeddings: false,
      scale_attn_by_inverse_layer_idx: true,
    },
  },
  {
    name: 'relu, scores not scaled',
    seed: 3,
    config: { activation_function: 'relu', scale_attn_weights: false },
  },
  { name: 'silu, float16', seed: 4, dtype: 'F16', config: { activation_function: 'silu' } },
];

describe('gradients equal float64 central differences at every hook', function () {
  this.timeout(60_000);
  for (const { name, ...model } of MODELS) {
    for (const scale of ['frozen', 'live'] as const) {
      it(`${name}, scale ${scale}`, () =>
        withBench(model, async (bench) => {
          for (const [title, scalar] of SCALARS) {
            await check(bench, scalar, scale).catch((error: unknown) => {
              throw new Error(`${title}: ${String(error)}`, { cause: error });
            });
          }
        }));
    }
  }

  it('half-precision weights converted on every run', () =>
    withBench({ seed: 5, dtype: 'BF16', policy: 'cast' }, async (bench) => {
      await check(bench, { ...LOGITS, reading: 'logit_diff' }, 'frozen');
      await check(bench, NEURON, 'live');
    }));
});

describe('gradients of SAE latents equal float64 central differences at every hook', function () {
  this.timeout(60_000);
  const check_ = (
    name: string,
    sae: Omit<RandomSaeOptions, 'd_in' | 'hook_name'> & { readonly hook: string },
  ): void => {
    const { hook, ...options } = sae;
    it(name, () =>
      withBench({ seed: 6, saes: [{ ...options, hook_name: `blocks.1.${hook}` }] }, async (bench) => {
        const [id = ''] = bench.saes.keys();
        const scalar = { kind: 'latent', sae: id, index: 9, position: 4 } as const;
        await check(bench, scalar, 'frozen');
        await check(bench, scalar, 'live');
      }),
    );
  };
  for (const architecture of ['standard', 'topk', 'jumprelu', 'gated'] satisfies SaeArchitecture[])
    check_(`${architecture} at resid_post`, { architecture, hook: 'hook_resid_post' });
  for (const hook of ['hook_resid_pre', 'hook_resid_mid', 'hook_attn_out', 'mlp.hook_post', 'hook_mlp_out'])
    check_(`standard at ${hook}`, { architecture: 'standard', hook });
  check_('standard at z', {
    architecture: 'standard',
    hook: 'attn.hook_z',
    json: { reshape_activations: 'hook_z' },
  });
  for (const normalize_activations of ['constant_norm_rescale', 'layer_norm'] satisfies SaeNormalization[])
    check_(normalize_activations, { architecture: 'topk', hook: 'hook_mlp_out', normalize_activations });
  check_('matrices the other way round, gated', {
    architecture: 'gated',
    hook: 'hook_resid_post',
    form: 'dictionary_learning',
  });
  check_('OpenAI TopK', { architecture: 'topk', hook: 'hook_resid_mid', form: 'OpenAI' });
  check_('centred input', { architecture: 'standard', hook: 'hook_resid_pre', center_input: true });
  check_('centred and scaled input', {
    architecture: 'gated',
    hook: 'hook_mlp_out',
    center_input: true,
    input_scale: 0.36,
  });
  check_('rescaled by decoder norms, b_dec not subtracted, float16', {
    architecture: 'topk',
    hook: 'hook_resid_mid',
    rescale_acts_by_decoder_norm: true,
    apply_b_dec_to_input: false,
    dtype: 'F16',
  });
});

async function withBench(
  options: Parameters<typeof openBench>[1],
  use: (bench: GradientBench) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const bench = await openBench(folder, options);
    try {
      await use(bench);
    } finally {
      await bench.release();
    }
  });
}

/** Value, sum and every gradient of one scalar. */
async function check(bench: GradientBench, scalar: Scalar, scale: 'frozen' | 'live'): Promise<void> {
  const found = await gradients(bench.source, scalar, { frozenScale: scale === 'frozen' });
  const reference = referenceScalar(bench, scalar, scale);
  const value = reference.read(bench.clean);
  assert.ok(Math.abs(found.readout.value - value) <= TOLERANCE * Math.max(1, Math.abs(value)), 'value');
  await assertSum(bench, found.readout);
  assertSlopes(allGradients(bench, found), reference, TOLERANCE);
}

/** Rows times vectors plus constants are the value, when the readout says that they add up. */
async function assertSum({ source: { trace } }: GradientBench, readout: Readout): Promise<void> {
  if (readout.notAdditive !== null) return;
  const { layer, hook } = readout.site;
  const part = hook === 'z' ? 'attn.' : hook === 'post' ? 'mlp.' : '';
  const { data } = await trace.hook(`blocks.${layer}.${part}hook_${hook}`);
  const rows = { dims: [trace.ids.length, data.length / trace.ids.length], data };
  const parts = [
    ...readout.vectors.map(({ position, vector }) => dot(row(rows, position), vector)),
    ...readout.constants.map(({ value }) => value),
  ];
  const sum = parts.reduce((total, part) => total + part, 0);
  const size = Math.max(...parts.map(Math.abs), Math.abs(readout.value));
  assert.ok(Math.abs(sum - readout.value) <= TOLERANCE * size, `sum ${sum}, value ${readout.value}`);
}

/** The same scalar in float64, with what the readout holds constant held by edits. */
function referenceScalar(bench: GradientBench, scalar: Scalar, scale: 'frozen' | 'live'): ReferenceScalar {
  const { config, weights, ids, clean } = bench;
  const frozen = (name: string, rows: readonly number[]): { edit?: Edit } =>
    scale === 'frozen' ? { edit: hold(clean, [{ name, rows }]) } : {};
  const base = { config, weights, ids };
  switch (scalar.kind) {
    case 'logits':
      return {
        ...base,
        read: readLogits(config, scalar),
        ...frozen('ln_final.hook_scale', [scalar.position]),
      };
    case 'neuron':
      return {
        ...base,
        read: readNeuron(config, scalar.layer, scalar.neuron, scalar.position),
        ...frozen(`blocks.${scalar.layer}.ln2.hook_scale`, [scalar.position]),
      };
    case 'latent': {
      const sae = bench.saes.get(scalar.sae) ?? assert.fail(scalar.sae);
      const held = scale === 'frozen' ? clean : null;
      return { ...base, read: readLatent(sae.folder.config, sae.weights, scalar, held) };
    }
    case 'score':
      return {
        ...base,
        read: readScore(config, scalar, clean),
        ...frozen(`blocks.${scalar.layer}.ln1.hook_scale`, [scalar.position, scalar.source]),
      };
    case 'value':
      return {
        ...base,
        read: readValue(config, scalar, {
          clean,
          downstream: referenceScalar(bench, scalar.downstream, scale),
        }),
        ...frozen(`blocks.${scalar.layer}.ln1.hook_scale`, [scalar.source]),
      };
  }
}
