import assert from 'node:assert/strict';
import type { SaeConfig } from '../../../../src/core/sae/config.ts';
import { referenceSae } from '../../../../src/core/sae/reference.ts';

const PLAIN: SaeConfig = {
  architecture: 'standard',
  d_in: 2,
  d_sae: 3,
  k: null,
  hook_name: 'blocks.0.hook_resid_post',
  layer: 0,
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

/** Small whole numbers, so that every expectation below can be worked out by hand. */
const TENSORS: Readonly<Record<string, readonly number[]>> = {
  W_enc: [1, 2, -1, 3, 0, 1], // [d_in, d_sae]
  b_enc: [0, -1, 10],
  W_dec: [3, 4, 0, 2, 1, 0], // [d_sae, d_in], norms 5, 2, 1
  b_dec: [1, -1],
  threshold: [20, 2, 7],
  b_gate: [-8, 3, 0],
  b_mag: [1, 1, 1],
  r_mag: [0, Math.LN2, 0],
};
const weights = (name: string): Float64Array => Float64Array.from(TENSORS[name] ?? assert.fail(`no ${name}`));

/**
 * Input (3, 1); minus b_dec: (2, 2); times W_enc: (8, 4, 0); plus b_enc: (8, 3, 10).
 * Without b_dec: (3, 1) times W_enc: (6, 6, -2); plus b_enc: (6, 5, 8).
 */
const BY_HAND: readonly [string, Partial<SaeConfig>, acts: readonly number[], output: readonly number[]][] = [
  ['standard', {}, [8, 3, 10], [8 * 3 + 10 + 1, 8 * 4 + 3 * 2 - 1]],
  ['without b_dec in the input', { apply_b_dec_to_input: false }, [6, 5, 8], [27, 33]],
  ['jumprelu', { architecture: 'jumprelu' }, [0, 3, 10], [11, 5]],
  ['topk', { architecture: 'topk', k: 2 }, [8, 0, 10], [35, 31]],
  ['topk of 1', { architecture: 'topk', k: 1 }, [0, 0, 10], [11, -1]],
  // Pre-activations times norms: (40, 6, 10); divided again at the output: (8, 0, 10).
  [
    'topk, rescaled',
    { architecture: 'topk', k: 2, rescale_acts_by_decoder_norm: true },
    [40, 0, 10],
    [35, 31],
  ],
  // Gate (8-8, 4+3, 0): the first and third are not above 0; magnitude 4 * 2 + 1.
  ['gated', { architecture: 'gated' }, [0, 9, 0], [1, 17]],
];

const close = (actual: Float64Array, expected: readonly number[]): void => {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) =>
    assert.ok(Math.abs((actual[i] ?? NaN) - value) < 1e-12, `${actual.join()} is not ${expected.join()}`),
  );
};

describe('reference SAE', () => {
  for (const [name, changes, acts, output] of BY_HAND) {
    it(`computes ${name} as worked out by hand`, () => {
      const reading = referenceSae({ ...PLAIN, ...changes }, weights, Float64Array.of(3, 1));
      close(reading.acts, acts);
      close(reading.reconstruction, output);
      close(reading.error, [3 - (output[0] ?? NaN), 1 - (output[1] ?? NaN)]);
    });
  }

  it('rescales to a norm of sqrt(d_in) and back', () => {
    // (3, 1) has norm sqrt(10): times sqrt(2 / 10).
    const f = Math.sqrt(0.2);
    const [x, y] = [3 * f - 1, f + 1];
    const acts = [x + 3 * y, Math.max(0, 2 * x - 1), 10 - x + y];
    const reading = referenceSae(
      { ...PLAIN, normalize_activations: 'constant_norm_rescale' },
      weights,
      Float64Array.of(3, 1),
    );
    close(reading.acts, acts);
    const [a = 0, b = 0, c = 0] = acts;
    close(reading.reconstruction, [(3 * a + c + 1) / f, (4 * a + 2 * b - 1) / f]);
  });

  it('normalises by the unbiased deviation, eps outside the root, and back without eps', () => {
    // (3, 1): mean 2, deviations 1 and -1, unbiased std sqrt(2).
    const std = Math.SQRT2;
    const u = 1 / (std + 1e-5);
    const [x, y] = [u - 1, -u + 1];
    const acts = [Math.max(0, x + 3 * y), Math.max(0, 2 * x - 1), 10 - x + y];
    const reading = referenceSae(
      { ...PLAIN, normalize_activations: 'layer_norm' },
      weights,
      Float64Array.of(3, 1),
    );
    close(reading.acts, acts);
    const [a = 0, b = 0, c = 0] = acts;
    close(reading.reconstruction, [(3 * a + c + 1) * std + 2, (4 * a + 2 * b - 1) * std + 2]);
  });

  it('takes the mean off, multiplies, and undoes both', () => {
    // (3, 1): mean 2; centred (1, -1), times 4.
    const [x, y] = [4 - 1, -4 + 1];
    const acts = [Math.max(0, x + 3 * y), Math.max(0, 2 * x - 1), 10 - x + y];
    const changes = { center_input: true, input_scale: 4 };
    const reading = referenceSae({ ...PLAIN, ...changes }, weights, Float64Array.of(3, 1));
    close(reading.acts, acts);
    const [a = 0, b = 0, c = 0] = acts;
    close(reading.reconstruction, [(3 * a + c + 1) / 4 + 2, (4 * a + 2 * b - 1) / 4 + 2]);
  });

  it('treats every row alone', () => {
    const both = referenceSae(PLAIN, weights, Float64Array.of(3, 1, -2, 5));
    const second = referenceSae(PLAIN, weights, Float64Array.of(-2, 5));
    assert.deepEqual(both.acts.subarray(3), second.acts);
    assert.deepEqual(both.error.subarray(2), second.error);
  });
});
