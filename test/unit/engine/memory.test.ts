import assert from 'node:assert/strict';
import {
  encoderBytes,
  engineBytes,
  estimateMemory,
  type WeightForm,
} from '../../../src/core/analysis/memory.ts';
import type { SaeWeights } from '../../../src/core/graph/saeMatrix.ts';
import { requiredTensors, type Checkpoint } from '../../../src/core/model/checkpoint.ts';
import { parseModelConfig } from '../../../src/core/model/parseConfig.ts';
import { parseSaeConfig } from '../../../src/core/sae/parseSaeConfig.ts';
import type { TensorEntry, WeightDtype } from '../../../src/core/weights/tensorEntry.ts';
import { assertFits, planWeights } from '../../../src/engine/memory.ts';
import type { PrepackChoice } from '../../../src/core/speed.ts';
import { expectError } from '../../support/expectError.ts';

const GIGABYTE = 2 ** 30;
const SMALL = { vocab_size: 50257, n_positions: 1024, n_embd: 768, n_layer: 12, n_head: 12 };
const MEDIUM = { ...SMALL, n_embd: 1024, n_layer: 24, n_head: 16 };
const EXTRA_LARGE = { vocab_size: 50257, n_positions: 1024, n_embd: 1600, n_layer: 48, n_head: 25 };

describe('planWeights', () => {
  const check = (
    name: string,
    model: Checkpoint,
    free: number,
    expected: { policy: string; mode: string },
    prepack?: PrepackChoice,
  ): unknown =>
    it(name, () => {
      const { policy, mode } = planWeights(model, { free, ...(prepack ? { prepack } : {}) });
      assert.deepEqual({ policy, mode }, expected);
    });
  check('small, fp32, room enough', checkpoint(SMALL, 'F32'), 8 * GIGABYTE, {
    policy: 'prepack',
    mode: 'packed',
  });
  check('small, fp32, little room', checkpoint(SMALL, 'F32'), GIGABYTE / 2, {
    policy: 'mapped',
    mode: 'mapped',
  });
  check('small, fp16, room enough', checkpoint(SMALL, 'F16'), 8 * GIGABYTE, {
    policy: 'prepack',
    mode: 'folded',
  });
  check('small, fp16, little room', checkpoint(SMALL, 'F16'), GIGABYTE / 2, { policy: 'cast', mode: 'cast' });
  check('XL, fp32', checkpoint(EXTRA_LARGE, 'F32'), 14 * GIGABYTE, { policy: 'mapped', mode: 'mapped' });
  check(
    'small, packing off',
    checkpoint(SMALL, 'F32'),
    8 * GIGABYTE,
    { policy: 'mapped', mode: 'mapped' },
    'off',
  );
  check(
    'XL, packing on',
    checkpoint(EXTRA_LARGE, 'F32'),
    14 * GIGABYTE,
    { policy: 'prepack', mode: 'packed' },
    'on',
  );
  check('XL, bf16', checkpoint(EXTRA_LARGE, 'BF16'), 8 * GIGABYTE, { policy: 'cast', mode: 'cast' });
});

describe('assertFits', () => {
  const model = checkpoint(SMALL, 'F32');
  const plan = planWeights(model, { free: 8 * GIGABYTE });
  const run = { pos: 256, what: 'Tracing 256 tokens', loaded: false };

  it('refuses with the numbers, before anything is allocated', async () => {
    const error = await expectError(
      () => assertFits(model.config, plan, run, 100 * 2 ** 20),
      'model/too-large',
      'Tracing 256 tokens',
      '100 MB are free',
    );
    assert.equal(error.data['freeBytes'], 100 * 2 ** 20);
    assert.ok(Number(error.data['neededBytes']) > 100 * 2 ** 20);
  });

  it('a loaded model needs its activations only', () => {
    const { weights, activations } = estimateMemory(model.config, { pos: run.pos, ...plan });
    assert.ok(weights > 300 * 2 ** 20 && activations < 0.4 * GIGABYTE);
    assertFits(model.config, plan, { ...run, loaded: true }, 0.4 * GIGABYTE);
    assert.throws(() => assertFits(model.config, plan, run, 0.4 * GIGABYTE));
  });
});

describe('assertFits, for debugging', () => {
  const { config } = checkpoint(SMALL, 'F16');
  const plan = planWeights(checkpoint(SMALL, 'F16'), { free: 8 * GIGABYTE });
  const { activations, gradients, debugWeights } = estimateMemory(config, { pos: 1024, ...plan });
  const run = { pos: 1024, what: 'Debugging 1024 tokens', loaded: true };

  const check = (name: string, debug: { sides: number; loaded: boolean }, needed: number): unknown =>
    it(`asks for ${name}, and not a byte more`, async () => {
      assertFits(config, plan, { ...run, debug }, needed);
      const error = await expectError(
        () => assertFits(config, plan, { ...run, debug }, needed - 1),
        'model/too-large',
        'Debugging 1024 tokens',
        `about ${Math.ceil(needed / 2 ** 20).toLocaleString('en-US')} MB`,
      );
      assert.deepEqual(error.data, { neededBytes: needed, freeBytes: needed - 1 });
    });
  check('gradients of one run', { sides: 1, loaded: true }, activations + gradients);
  check('gradients of both runs', { sides: 2, loaded: true }, activations + 2 * gradients);
  check(
    'the weights that debugging folds, the first time',
    { sides: 1, loaded: false },
    activations + gradients + debugWeights,
  );
});

describe('estimateMemory', () => {
  it('grows with the prompt, and mapped weights are not private', () => {
    const { config } = checkpoint(SMALL, 'F32');
    const at = (pos: number) => estimateMemory(config, { pos, policy: 'mapped', half: 'none' });
    assert.equal(at(64).weights, 0);
    assert.ok(at(1024).activations > at(64).activations);
    const packed = estimateMemory(config, { pos: 64, policy: 'prepack', half: 'none' });
    assert.equal(packed.weights, 4 * 12 * 12 * 768 * 768);
    assert.equal(packed.weights + packed.mapped, at(64).mapped);
  });

  /**
   * Measured at the peak of `npm run bench:memory`: own memory of the engine process in megabytes, over several runs
   * [least, most]. An estimate must lie within 15 % of either.
   */
  describe('is within 15 % of what an engine with a trace of 64 tokens was measured to take', () => {
    const check = (
      name: string,
      json: typeof SMALL,
      form: WeightForm,
      measured: readonly number[],
    ): unknown =>
      it(name, () => {
        const { config } = checkpoint(json, 'F32');
        const own = engineBytes(estimateMemory(config, { pos: 64, ...form })).own / 2 ** 20;
        for (const real of measured)
          assert.ok(Math.abs(own / real - 1) < 0.15, `${own.toFixed(0)} MB, measured ${real} MB`);
      });
    const packed = { policy: 'prepack', half: 'none' } as const;
    const mapped = { policy: 'mapped', half: 'none' } as const;
    const folded = { policy: 'prepack', half: 'folded' } as const;
    const cast = { policy: 'cast', half: 'cast' } as const;
    check('small, packed', SMALL, packed, [468, 489]);
    check('small, mapped', SMALL, mapped, [142, 152]);
    check('small, folded', SMALL, folded, [618, 627]);
    check('small, cast', SMALL, cast, [274, 277]);
    check('medium, packed', MEDIUM, packed, [1351, 1359]);
    check('medium, mapped', MEDIUM, mapped, [197, 209]);
    check('medium, folded', MEDIUM, folded, [1552, 1557]);
    check('medium, cast', MEDIUM, cast, [300, 315]);
    check('XL, mapped', EXTRA_LARGE, mapped, [276, 287]);
    check('XL, cast', EXTRA_LARGE, cast, [424, 477]);
  });

  describe('counts what encoding with attached SAEs reads', () => {
    const D_IN = 768;
    const D_SAE = 24_576;
    const MATRIX = D_IN * D_SAE;
    const metadata = { hook_name: 'blocks.6.hook_resid_pre' };
    const sae = (dtype: 'F32' | 'F16', rescale_acts_by_decoder_norm = false): SaeWeights => {
      const { config } = parseSaeConfig(
        { architecture: 'topk', k: 4, d_in: D_IN, d_sae: D_SAE, rescale_acts_by_decoder_norm, metadata },
        { file: 'cfg.json', stored: new Map() },
      );
      const length = (dtype === 'F32' ? 4 : 2) * MATRIX;
      const entry = { file: 'a', dtype, offset: 0, length };
      const W_enc = { ...entry, name: 'W_enc', shape: [D_IN, D_SAE] };
      const W_dec = { ...entry, name: 'W_dec', shape: [D_SAE, D_IN] };
      return { config, tensors: new Map(Object.entries({ W_enc, W_dec })), transposed: new Set() };
    };
    const check = (
      name: string,
      [saes, half]: Parameters<typeof encoderBytes>,
      expected: ReturnType<typeof encoderBytes>,
    ): unknown => it(name, () => assert.deepEqual(encoderBytes(saes, half), expected));
    check('none', [[], 'none'], { own: 0, files: 0 });
    check('in the pages of the file', [[sae('F32')], 'none'], { own: 0, files: 4 * MATRIX });
    check('each of them', [[sae('F32'), sae('F32')], 'folded'], { own: 0, files: 8 * MATRIX });
    check('half precision, folded', [[sae('F16')], 'none'], { own: 4 * MATRIX, files: 0 });
    check('half precision, cast', [[sae('F16')], 'cast'], { own: 0, files: 2 * MATRIX });
    check('norms of the decoder', [[sae('F32', true)], 'none'], { own: 0, files: 8 * MATRIX });

    /** Measured at the peak of `npm run bench:memory -- small` with a hover, megabytes. */
    it('within 15 % of what an engine was measured to take', () => {
      const estimate = estimateMemory(checkpoint(SMALL, 'F32').config, {
        ...{ pos: 64, policy: 'prepack', half: 'none' },
      });
      const { own, files } = engineBytes(estimate, encoderBytes([sae('F32')], 'none'));
      for (const [guess, real] of [
        [own, 463],
        [own, 474],
        [files, 286],
      ] as const)
        assert.ok(Math.abs(guess / 2 ** 20 / real - 1) < 0.15, `${guess / 2 ** 20} MB, measured ${real} MB`);
    });
  });

  const FLOAT = 4;
  const BLOCK = FLOAT * 12 * 768 * 768;
  /** Measured on weights of this shape, 1,024 tokens: 0.9 GB of gradients, 1.5 GB at the most with the trace. */
  it('counts gradients of every block and the outputs that a trace keeps', () => {
    const { config } = checkpoint(SMALL, 'F32');
    const pos = 1024;
    const estimate = estimateMemory(config, { pos, policy: 'prepack', half: 'none' });
    const pattern = 12 * pos * pos;
    assert.equal(estimate.gradients, FLOAT * 12 * (pattern + pos * 8 * 768));
    const resid = FLOAT * 13 * pos * 768;
    const kept = FLOAT * (pos * (8 * 768 + 2 * 3072 + 4) + 2 * pattern);
    const working = 2 * FLOAT * (pos * (12 * 768 + 3 * 3072) + 3 * pattern) + 32 * 2 ** 20;
    assert.equal(estimate.activations, resid + kept + working);
  });

  it('counts what debugging folds of half-precision weights, and nothing of others', () => {
    const { config } = checkpoint(SMALL, 'F16');
    const of = (half: 'folded' | 'none' | 'cast'): number =>
      estimateMemory(config, { pos: 8, policy: 'mapped', half }).debugWeights;
    assert.equal(of('folded'), 13 * BLOCK + 12 * FLOAT * 768 * (768 + 3072));
    assert.deepEqual([of('none'), of('cast')], [0, 0]);
  });
});

function checkpoint(json: Readonly<Record<string, number>>, dtype: WeightDtype): Checkpoint {
  const { config } = parseModelConfig({ model_type: 'gpt2', ...json }, { file: 'config.json' });
  const tensors = new Map(
    [...requiredTensors(config)].map(([name, shape]): [string, TensorEntry] => [
      name,
      { name, dtype, shape, file: '/m/model.safetensors', offset: 0, length: 0 },
    ]),
  );
  return { directory: '/m', config, tensors };
}
