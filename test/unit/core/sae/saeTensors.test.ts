import assert from 'node:assert/strict';
import { parseModelConfig } from '../../../../src/core/model/parseConfig.ts';
import type { SaeArchitecture, SaeConfig } from '../../../../src/core/sae/config.ts';
import {
  assembleSaeTensors,
  assertAllOnes,
  assertSaeFits,
  saeTensorShapes,
} from '../../../../src/core/sae/saeTensors.ts';
import type { StoredTensor, TensorTable } from '../../../../src/core/weights/storedTensor.ts';
import type { TensorEntry } from '../../../../src/core/weights/tensorEntry.ts';
import { expectError } from '../../../support/expectError.ts';

const SAE: SaeConfig = {
  architecture: 'standard',
  d_in: 4,
  d_sae: 6,
  k: null,
  hook_name: 'blocks.1.hook_resid_post',
  layer: 1,
  apply_b_dec_to_input: true,
  normalize_activations: 'none',
  center_input: false,
  input_scale: 1,
  reshape_activations: 'none',
  rescale_acts_by_decoder_norm: false,
  prepend_bos: true,
  context_size: null,
  model_name: null,
};
const MODEL = parseModelConfig(
  { model_type: 'gpt2', n_embd: 4, n_head: 2, n_layer: 2, n_positions: 8, vocab_size: 10, n_inner: 5 },
  { file: 'config.json' },
).config;

const NAMES: Readonly<Record<SaeArchitecture, readonly string[]>> = {
  standard: ['W_dec', 'W_enc', 'b_dec', 'b_enc'],
  topk: ['W_dec', 'W_enc', 'b_dec', 'b_enc'],
  jumprelu: ['W_dec', 'W_enc', 'b_dec', 'b_enc', 'threshold'],
  gated: ['W_dec', 'W_enc', 'b_dec', 'b_gate', 'b_mag', 'r_mag'],
};

function headerOf(changes: Readonly<Record<string, readonly number[] | null>> = {}): TensorTable {
  const shapes = new Map([...saeTensorShapes(SAE), ...Object.entries(changes)]);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shape] of shapes) {
    if (shape) tensors.set(name, { name, dtype: 'F32', shape, offset: 0, length: 0, layout: 'plain' });
  }
  return { file: 'sae.safetensors', tensors };
}

describe('SAE tensors', () => {
  it('are SAELens names for every architecture', () => {
    for (const [architecture, names] of Object.entries(NAMES) as [SaeArchitecture, readonly string[]][]) {
      assert.deepEqual([...saeTensorShapes({ ...SAE, architecture }).keys()].toSorted(), names);
    }
  });

  it('are picked out; scaling factors and strangers are listed apart', () => {
    const { tensors, scaling, warnings } = assembleSaeTensors(
      SAE,
      headerOf({ scaling_factor: [6], log: [1] }),
    );
    assert.deepEqual([...tensors.keys()].toSorted(), NAMES.standard);
    assert.deepEqual(
      scaling.map(({ name }) => name),
      ['scaling_factor'],
    );
    assert.deepEqual(warnings, ['sae.safetensors: tensors that are not used: log.']);
  });

  it('are refused when missing or of another shape', async () => {
    await expectError(
      () => assembleSaeTensors(SAE, headerOf({ b_enc: null })),
      'sae/malformed',
      '"b_enc" of a standard SAE',
      '[6]',
      'found nothing',
    );
    await expectError(
      () => assembleSaeTensors(SAE, headerOf({ W_enc: [6, 4] })),
      'sae/malformed',
      '"W_enc"',
      'must have shape [4, 6], found [6, 4]',
    );
  });

  it('may be scaled by ones only', async () => {
    const entry: TensorEntry = {
      name: 'scaling_factor',
      dtype: 'F32',
      shape: [3],
      file: 'f',
      offset: 0,
      length: 12,
    };
    assertAllOnes(entry, Float32Array.of(1, 1, 1));
    await expectError(
      () => assertAllOnes(entry, Float32Array.of(1, 1, 0.5)),
      'sae/unsupported',
      '"scaling_factor" is 0.5 at latent 2',
    );
  });
});

describe('assertSaeFits', () => {
  const FITTING: readonly Partial<SaeConfig>[] = [
    {},
    { hook_name: 'blocks.1.hook_mlp_out' },
    { hook_name: 'blocks.1.mlp.hook_post', d_in: 5 },
    { hook_name: 'blocks.0.attn.hook_z', layer: 0, reshape_activations: 'hook_z' },
  ];
  const REFUSED: readonly [Partial<SaeConfig>, ...string[]][] = [
    [{ layer: 2, hook_name: 'blocks.2.hook_resid_post' }, 'its layer must be below 2, found 2'],
    [{ d_in: 5 }, 'd_in must be 4, found 5'],
    [{ hook_name: 'blocks.1.attn.hook_z' }, 'reshape_activations must be hook_z'],
    [{ hook_name: 'blocks.1.attn.hook_pattern' }, 'a row per token'],
  ];

  it('passes a SAE of the same sizes', () => {
    for (const changes of FITTING) assert.doesNotThrow(() => assertSaeFits({ ...SAE, ...changes }, MODEL));
  });

  it('refuses one of another model, saying what differs', async () => {
    for (const [changes, ...words] of REFUSED) {
      await expectError(() => assertSaeFits({ ...SAE, ...changes }, MODEL), 'sae/config-mismatch', ...words);
    }
    await expectError(
      () => assertSaeFits({ ...SAE, hook_name: 'blocks.1.hook_nothing' }, MODEL),
      'hook/unknown',
    );
  });
});
