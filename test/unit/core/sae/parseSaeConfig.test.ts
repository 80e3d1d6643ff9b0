import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import type { SaeConfig } from '../../../../src/core/sae/config.ts';
import { parseSaeConfig, type ParsedSaeConfig } from '../../../../src/core/sae/parseSaeConfig.ts';
import { expectError } from '../../../support/expectError.ts';

/** As SAELens v6 writes it. */
const V6 = {
  architecture: 'standard',
  d_in: 8,
  d_sae: 32,
  dtype: 'float32',
  device: 'cpu',
  apply_b_dec_to_input: true,
  normalize_activations: 'none',
  reshape_activations: 'none',
  metadata: {
    sae_lens_version: '6.11.0',
    model_name: 'gpt2-small',
    hook_name: 'blocks.3.hook_resid_post',
    hook_head_index: null,
    prepend_bos: false,
    context_size: 128,
    neuronpedia_id: 'gpt2-small/3-res',
    model_from_pretrained_kwargs: { center_writing_weights: false },
  },
};

/** As SAELens v2 wrote it: flat, hook_point, activation_fn_str. */
const FLAT = {
  model_name: 'gpt2-small',
  hook_point: 'blocks.3.hook_resid_pre',
  hook_point_layer: 3,
  hook_point_head_index: null,
  dataset_path: 'Skylion007/openwebtext',
  d_in: 8,
  l1_coefficient: 8e-5,
  lr: 4e-4,
  context_size: 128,
  use_ghost_grads: false,
};

const CFG = 'cfg.json';
const ONE_LINE = { breakLength: Infinity };
const stored = new Map([['W_dec', [24, 8]]]);

/** `undefined` removes a key. */
function parse(base: object, changes: object, metadata?: object): ParsedSaeConfig {
  const merged = metadata
    ? { ...base, ...changes, metadata: { ...V6.metadata, ...metadata } }
    : { ...base, ...changes };
  const present = Object.entries(merged).filter(([, value]) => value !== undefined);
  return parseSaeConfig(Object.fromEntries(present), { file: CFG, stored });
}

const ACCEPTED: readonly [object, object, Partial<SaeConfig>][] = [
  [V6, {}, { architecture: 'standard', d_in: 8, d_sae: 32, k: null, layer: 3, prepend_bos: false }],
  [V6, {}, { hook_name: 'blocks.3.hook_resid_post', context_size: 128, model_name: 'gpt2-small' }],
  [
    V6,
    {},
    { apply_b_dec_to_input: true, normalize_activations: 'none', rescale_acts_by_decoder_norm: false },
  ],
  [
    V6,
    { architecture: 'topk', k: 5, rescale_acts_by_decoder_norm: true },
    { k: 5, rescale_acts_by_decoder_norm: true },
  ],
  [V6, { architecture: 'jumprelu' }, { architecture: 'jumprelu', k: null }],
  [V6, { architecture: 'gated', apply_b_dec_to_input: false }, { apply_b_dec_to_input: false }],
  [V6, { normalize_activations: 'layer_norm' }, { normalize_activations: 'layer_norm' }],
  [
    V6,
    { normalize_activations: 'constant_norm_rescale' },
    { normalize_activations: 'constant_norm_rescale' },
  ],
  [
    V6,
    { metadata: { ...V6.metadata, model_from_pretrained_kwargs: { center_writing_weights: true } } },
    { center_input: true, input_scale: 1 },
  ],
  [FLAT, {}, { architecture: 'standard', d_sae: 24, layer: 3, hook_name: 'blocks.3.hook_resid_pre' }],
  [
    FLAT,
    {},
    { prepend_bos: true, apply_b_dec_to_input: true, normalize_activations: 'none', context_size: 128 },
  ],
  [FLAT, { d_sae: 40 }, { d_sae: 40 }],
  [FLAT, { normalize_activations: false }, { normalize_activations: 'none' }],
  [FLAT, { activation_fn_str: 'relu' }, { architecture: 'standard' }],
  [FLAT, { activation_fn_str: 'topk', activation_fn_kwargs: { k: 6 } }, { architecture: 'topk', k: 6 }],
  [FLAT, { activation_fn: 'topk', activation_fn_kwargs: { k: 6 } }, { architecture: 'topk', k: 6 }],
  [FLAT, { architecture: 'gated' }, { architecture: 'gated' }],
  [FLAT, { hook_point: undefined, hook_name: 'blocks.3.attn.hook_z' }, { reshape_activations: 'hook_z' }],
  [FLAT, { finetuning_scaling_factor: true }, { architecture: 'standard' }],
];

/** Base, changed keys, changed metadata (v6), code, words of the message. */
const REFUSED: readonly [object, object, object | undefined, ErrorCode, ...string[]][] = [
  [
    V6,
    { architecture: 'transcoder' },
    undefined,
    'sae/unsupported',
    '"architecture"',
    '"transcoder"',
    'gated',
  ],
  [V6, { architecture: 'temporal' }, undefined, 'sae/unsupported', '"temporal"'],
  [V6, { architecture: undefined }, undefined, 'sae/malformed', '"architecture"', 'found nothing'],
  [V6, { normalize_activations: 'expected_average_only_in' }, undefined, 'sae/unsupported', 'fold'],
  [FLAT, { normalize_activations: true }, undefined, 'sae/unsupported', 'expected_average_only_in', 'fold'],
  [V6, { normalize_activations: 'l2' }, undefined, 'sae/unsupported', '"l2"', 'constant_norm_rescale'],
  [V6, { reshape_activations: 'hook_q' }, undefined, 'sae/unsupported', '"hook_q"'],
  [V6, { architecture: 'topk' }, undefined, 'sae/malformed', '"k"', 'a positive integer'],
  [V6, { architecture: 'topk', k: 33 }, undefined, 'sae/malformed', '"k"', 'at most d_sae (32)', '33'],
  [V6, { rescale_acts_by_decoder_norm: true }, undefined, 'sae/unsupported', 'topk only'],
  [V6, { d_in: 0 }, undefined, 'sae/malformed', '"d_in"', 'found 0'],
  [V6, { apply_b_dec_to_input: 'no' }, undefined, 'sae/malformed', '"apply_b_dec_to_input"', 'true or false'],
  [V6, { metadata: [] }, undefined, 'sae/malformed', '"metadata"', 'an object'],
  [V6, { d_out: 9 }, undefined, 'sae/unsupported', 'transcoder'],
  [V6, {}, { hook_name_out: 'blocks.3.hook_mlp_out' }, 'sae/unsupported', 'hook_name_out', 'transcoder'],
  [V6, {}, { hook_head_index: 2 }, 'sae/unsupported', 'hook_head_index', 'single head'],
  [
    V6,
    {},
    { hook_name: 'blocks.3.attn.hook_z', model_from_pretrained_kwargs: { fold_value_biases: true } },
    'sae/unsupported',
    'fold_value_biases',
    'weights as published',
  ],
  [V6, {}, { hook_name: null }, 'sae/malformed', '"hook_name"', 'a hook name'],
  [V6, {}, { hook_name: 'hook_embed' }, 'sae/malformed', '"hook_name"', 'a hook of a block'],
  [FLAT, { hook_point_layer: 4 }, undefined, 'sae/malformed', '"hook_layer"', '3, as in blocks.3', 'found 4'],
  [FLAT, { activation_fn_str: 'tanh-relu' }, undefined, 'sae/unsupported', '"tanh-relu"'],
  [FLAT, { activation_fn: 'topk', architecture: 'gated' }, undefined, 'sae/unsupported', '"gated"'],
  [FLAT, { activation_fn: 'topk' }, undefined, 'sae/malformed', '"k"'],
];

describe('parseSaeConfig', () => {
  for (const [base, changes, expected] of ACCEPTED) {
    it(`reads ${base === V6 ? 'v6' : 'flat'} ${inspect(changes, ONE_LINE)} as ${inspect(expected, ONE_LINE)}`, () => {
      const { config, warnings } = parse(base, changes);
      assert.deepEqual({ ...config, ...expected }, config);
      assert.deepEqual(warnings, []);
    });
  }

  for (const [base, changes, metadata, code, ...words] of REFUSED) {
    it(`refuses ${base === V6 ? 'v6' : 'flat'} ${inspect({ ...changes, ...metadata }, ONE_LINE)}`, async () => {
      await expectError(() => parse(base, changes, metadata), code, CFG, ...words);
    });
  }

  it('needs d_sae from somewhere', async () => {
    await expectError(
      () => parseSaeConfig(FLAT, { file: CFG, stored: new Map() }),
      'sae/malformed',
      '"d_sae"',
      'found nothing',
    );
  });

  it('gives the Neuronpedia id and names unknown keys of both parts', () => {
    const { neuronpedia_id, warnings } = parse(V6, { twist: 1 }, { whirl: 2 });
    assert.equal(neuronpedia_id, 'gpt2-small/3-res');
    assert.deepEqual(warnings, ['cfg.json: unknown keys were ignored: twist, whirl.']);
  });
});
