import assert from 'node:assert/strict';
import { estimateMemory } from '../../../src/core/analysis/memory.ts';
import { requiredTensors, type Checkpoint } from '../../../src/core/model/checkpoint.ts';
import { parseModelConfig } from '../../../src/core/model/parseConfig.ts';
import type { TensorEntry, WeightDtype } from '../../../src/core/weights/tensorEntry.ts';
import { assertFits, planWeights } from '../../../src/engine/memory.ts';
import { expectError } from '../../support/expectError.ts';

const GIGABYTE = 2 ** 30;
const SMALL = { vocab_size: 50257, n_positions: 1024, n_embd: 768, n_layer: 12, n_head: 12 };
const EXTRA_LARGE = { vocab_size: 50257, n_positions: 1024, n_embd: 1600, n_layer: 48, n_head: 25 };

describe('planWeights', () => {
  const check = (
    name: string,
    model: Checkpoint,
    free: number,
    expected: { policy: string; mode: string },
  ): unknown =>
    it(name, () => {
      const { policy, mode } = planWeights(model, free);
      assert.deepEqual({ policy, mode }, expected);
    });
  check('small, fp32, room enough', checkpoint(SMALL, 'F32'), 8 * GIGABYTE, {
    policy: 'prepack',
    mode: 'mapped',
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
  check('XL, bf16', checkpoint(EXTRA_LARGE, 'BF16'), 8 * GIGABYTE, { policy: 'cast', mode: 'cast' });
});

describe('assertFits', () => {
  const model = checkpoint(SMALL, 'F32');
  const plan = planWeights(model, 8 * GIGABYTE);
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
    const estimate = assertFits(model.config, plan, { ...run, loaded: true }, GIGABYTE / 2);
    assert.ok(estimate.weights > 300 * 2 ** 20 && estimate.activations < GIGABYTE / 2);
  });
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
