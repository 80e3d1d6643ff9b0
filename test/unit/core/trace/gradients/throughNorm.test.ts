import assert from 'node:assert/strict';
import { dot, normOf, throughNorm } from '../../../../../src/core/trace/gradients/throughNorm.ts';
import { normals, seededRandom } from '../../../../support/random.ts';

const WIDTH = 12;
const EPS = 1e-5;
const STEP = 1e-6;

describe('reading through a LayerNorm', () => {
  const random = seededRandom(2);
  const vector = (mean: number): Float32Array => normals(random, WIDTH, { mean, std: 1.5 });
  const [x, gain, bias, direction, move] = [vector(3), vector(1), vector(0), vector(0), vector(0)];
  const row = { x, gain, bias, ...normOf(x, EPS) };

  /** direction . LayerNorm(x + step * move), by the formula; `invStd` given = held. */
  const value = (step: number, invStd?: number): number => {
    const moved = Float64Array.from(x, (each, i) => each + step * (move[i] ?? 0));
    const mean = moved.reduce((sum, each) => sum + each, 0) / WIDTH;
    const variance = moved.reduce((sum, each) => sum + (each - mean) ** 2, 0) / WIDTH;
    const scale = invStd ?? 1 / Math.sqrt(variance + EPS);
    const out = moved.map((each, i) => (each - mean) * scale * (gain[i] ?? 0) + (bias[i] ?? 0));
    return dot(out, direction);
  };

  for (const scale of ['frozen', 'live'] as const) {
    it(`has the slope of a difference, scale ${scale}`, () => {
      const held = scale === 'frozen' ? row.invStd : undefined;
      const expected = (value(STEP, held) - value(-STEP, held)) / (2 * STEP);
      const found = throughNorm(row, direction, scale);
      assert.ok(Math.abs(dot(found.vector, move) - expected) < 1e-6);
      assert.ok(Math.abs(found.value - value(0)) < 1e-9);
    });
  }

  it('adds up with the scale frozen, and its vector never changes the mean', () => {
    const { vector: found, constant, value: read } = throughNorm(row, direction, 'frozen');
    assert.ok(Math.abs(dot(x, found) + constant - read) < 1e-9);
    assert.ok(Math.abs(found.reduce((sum, each) => sum + each, 0)) < 1e-9);
  });

  it('does not see the row grow with the scale live', () => {
    const centred = x.map((each) => each - row.mean);
    const { vector: found } = throughNorm(row, direction, 'live');
    assert.ok(Math.abs(dot(centred, found)) < 1e-4); // but for eps
  });
});
