import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import { parseModelConfig } from '../../../../src/core/model/parseConfig.ts';
import { expectError } from '../../../support/expectError.ts';

/** The keys of openai-community/gpt2's config.json that matter, and some that do not. */
const GPT2 = {
  model_type: 'gpt2',
  architectures: ['GPT2LMHeadModel'],
  activation_function: 'gelu_new',
  attn_pdrop: 0.1,
  bos_token_id: 50256,
  layer_norm_epsilon: 1e-5,
  n_ctx: 1024,
  n_embd: 768,
  n_head: 12,
  n_layer: 12,
  n_positions: 1024,
  task_specific_params: { 'text-generation': { do_sample: true } },
  vocab_size: 50257,
};

/** `undefined` removes a key, as a file cannot hold it. */
function parse(changes: object): ReturnType<typeof parseModelConfig> {
  const present = Object.entries({ ...GPT2, ...changes }).filter(([, value]) => value !== undefined);
  return parseModelConfig(Object.fromEntries(present), { file: 'config.json' });
}

const ACCEPTED: readonly [object, object][] = [
  [{}, { n_layers: 12, d_model: 768, n_heads: 12, d_head: 64, d_mlp: 3072, n_ctx: 1024, d_vocab: 50257 }],
  [{}, { act_fn: 'gelu_new', eps: 1e-5, tied: true, scale_attn: true, scale_attn_by_layer: false }],
  [{ n_inner: null }, { d_mlp: 3072 }],
  [{ n_inner: 100 }, { d_mlp: 100 }],
  [{ activation_function: undefined }, { act_fn: 'gelu_new' }],
  [{ activation_function: 'gelu_pytorch_tanh' }, { act_fn: 'gelu_new' }],
  [{ activation_function: 'gelu' }, { act_fn: 'gelu' }],
  [{ activation_function: 'relu' }, { act_fn: 'relu' }],
  [{ activation_function: 'swish' }, { act_fn: 'silu' }],
  [{ tie_word_embeddings: false }, { tied: false }],
  [{ scale_attn_weights: false }, { scale_attn: false }],
  [{ scale_attn_by_inverse_layer_idx: true }, { scale_attn_by_layer: true }],
  [
    { n_embd: undefined, hidden_size: 24 },
    { d_model: 24, d_head: 2 },
  ],
  [{ n_layer: undefined, num_hidden_layers: 3 }, { n_layers: 3 }],
  [{ bos_token_id: null }, { bos_token_id: null }],
  [
    {
      reorder_and_upcast_attn: true,
      add_cross_attention: false,
      quantization_config: null,
      pruned_heads: {},
    },
    {},
  ],
];

const WARNED: readonly [object, string][] = [
  [{ rope_theta: 10000 }, 'unknown keys were ignored: rope_theta'],
  [{ n_ctx: 512 }, 'n_ctx is 512, n_positions 1024'],
  [{ vocab_size: 300 }, 'bos_token_id 50256 is not below vocab_size 300'],
];

const REFUSED: readonly [object, ErrorCode, ...string[]][] = [
  [{ model_type: 'llama' }, 'model/unsupported', 'model_type', '"gpt2"', '"llama"'],
  [{ model_type: undefined }, 'model/unsupported', 'found null'],
  [
    { activation_function: 'quick_gelu' },
    'model/unsupported',
    '"activation_function"',
    '"quick_gelu"',
    'gelu_new',
  ],
  [{ activation_function: 'constructor' }, 'model/unsupported', '"constructor"'],
  [{ add_cross_attention: true }, 'model/unsupported', 'add_cross_attention', 'cross-attention'],
  [{ quantization_config: { bits: 4 } }, 'model/unsupported', 'quantization_config'],
  [{ pruned_heads: { 0: [1] } }, 'model/unsupported', 'pruned_heads'],
  [{ auto_map: { AutoModel: 'm.M' } }, 'model/unsupported', 'auto_map', 'code of its own'],
  [{ n_layer: undefined }, 'model/bad-config', '"n_layer"', 'a positive integer', 'found nothing'],
  [{ n_layer: 0 }, 'model/bad-config', '"n_layer"', 'found 0'],
  [{ n_embd: 12.5 }, 'model/bad-config', '"n_embd"', 'an integer', '12.5'],
  [{ n_embd: '768' }, 'model/bad-config', '"n_embd"', '"768"'],
  [{ n_embd: 770 }, 'model/bad-config', '"n_embd"', 'a multiple of n_head (12)', 'found 770'],
  [{ n_inner: -1 }, 'model/bad-config', '"n_inner"', '-1'],
  [{ layer_norm_epsilon: 0 }, 'model/bad-config', '"layer_norm_epsilon"', 'a positive number'],
  [{ tie_word_embeddings: 'yes' }, 'model/bad-config', '"tie_word_embeddings"', 'true or false'],
];

describe('parseModelConfig', () => {
  it('honours the keys that change the mathematics', () => {
    for (const [changes, expected] of ACCEPTED) {
      const { config, warnings } = parse(changes);
      assert.deepEqual({ ...config, ...expected }, config, JSON.stringify(changes));
      assert.deepEqual(warnings, [], JSON.stringify(changes));
    }
  });

  it('warns of what it ignores', () => {
    for (const [changes, words] of WARNED) {
      const { warnings } = parse(changes);
      assert.ok(
        warnings.some((warning) => warning.includes(words)),
        `${warnings.join()} lacks ${words}`,
      );
    }
  });

  for (const [changes, code, ...words] of REFUSED) {
    it(`refuses ${inspect(changes)}`, async () => {
      await expectError(() => parse(changes), code, 'config.json', ...words);
    });
  }
});
