import assert from 'node:assert/strict';
import type { ModelConfig } from '../../../../src/core/model/config.ts';
import { relativeError } from '../../../../src/core/verify/relativeError.ts';
import { sampleOf } from '../../../../src/core/verify/sample.ts';

describe('sampleOf', () => {
  const shape = (n_layers: number, d_model: number): ModelConfig =>
    ({ n_layers, d_model, d_mlp: 4 * d_model, n_ctx: 1024, d_vocab: 50257 }) as ModelConfig;
  const cases: readonly (readonly [name: string, config: ModelConfig, tokens: number, layers: number])[] = [
    ['GPT-2 small', shape(12, 768), 24, 12],
    ['GPT-2 large', shape(36, 1280), 16, 36],
    ['GPT-2 XL', shape(48, 1600), 8, 48],
    ['ten billion weights', shape(48, 4096), 8, 7],
    ['a context of four', { ...shape(2, 32), n_ctx: 4 }, 4, 2],
  ];
  for (const [name, config, tokens, layers] of cases) {
    it(`${name}: ${tokens} tokens, ${layers} blocks`, () => {
      const sample = sampleOf(config, { bos: 50256 });
      assert.deepEqual([sample.ids.length, sample.layers.length], [tokens, layers]);
      assert.deepEqual([sample.layers[0], sample.layers.at(-1)], [0, config.n_layers - 1]);
      assert.equal(sample.ids[0], 50256);
      assert.deepEqual(sampleOf(config, { bos: 50256 }), sample);
    });
  }

  it('repeats its random tokens, with and without BOS', () => {
    const { ids } = sampleOf(shape(12, 768), { bos: null });
    assert.deepEqual(ids.slice(0, 12), ids.slice(12));
    const withBos = sampleOf(shape(12, 768), { bos: 7 }).ids;
    assert.deepEqual(withBos.slice(1, 12), withBos.slice(13));
  });
});

describe('relativeError', () => {
  const cases: readonly (readonly [name: string, found: number[], expected: number[], error: number])[] = [
    ['equal', [1, -2, 3, 4], [1, -2, 3, 4], 0],
    ['by the largest of the row', [1, 2, 3, 4.4], [1, 2, 3, 4], 0.1],
    ['one row with an outlier hides no other', [1000, 0, 10, 11], [1000, 0, 10, 10], 0.1],
    ['rows of rounding size count by the others', [1000, 0, 1e-6, 0], [1000, 0, 0, 0], 1e-7],
    ['masked scores', [-Infinity, 2, 1, 1], [-Infinity, 2, 1, 1], 0],
    ['a missing mask', [0, 2, 1, 1], [-Infinity, 2, 1, 1], Infinity],
    ['NaN', [Number.NaN, 2, 1, 1], [1, 2, 1, 1], Infinity],
    ['another length', [1], [1, 2], Infinity],
  ];
  for (const [name, found, expected, error] of cases) {
    it(name, () => {
      const result = relativeError(Float32Array.from(found), Float64Array.from(expected), 2);
      if (error === Infinity) assert.equal(result, error);
      else assert.ok(Math.abs(result - error) < 1e-7 + 1e-6 * error, `${result}`);
    });
  }
});
