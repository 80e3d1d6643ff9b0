import assert from 'node:assert/strict';
import { activate } from '../../../../src/core/model/activation.ts';
import type { ActivationName } from '../../../../src/core/model/config.ts';

/** Values to fifteen digits, from mpmath with 30 digits. */
const VALUES: readonly [ActivationName, number, number][] = [
  ['gelu_new', 0, 0],
  ['gelu_new', 1, 0.841191990608277],
  ['gelu_new', -1, -0.158808009391723],
  ['gelu_new', 10, 10],
  ['gelu', 0, 0],
  ['gelu', 1, 0.841344746068543],
  ['gelu', -1, -0.158655253931457],
  ['gelu', -0.5, -0.154268769362993],
  ['gelu', -5, -1.43325785939597e-6],
  ['gelu', 4.5, 4.49998471047094],
  ['relu', -2, 0],
  ['relu', 3, 3],
  ['silu', 1, 0.731058578630005],
  ['silu', -1, -0.268941421369995],
];

describe('activation functions', () => {
  it('give the known values', () => {
    for (const [name, x, expected] of VALUES) {
      const error = Math.abs(activate(name, x) - expected);
      assert.ok(error <= 1e-13 * Math.max(1, Math.abs(expected)), `${name}(${x}) is off by ${error}`);
    }
  });

  it('join the two halves of the error function without a step', () => {
    const x = 3 * Math.SQRT2;
    const step = activate('gelu', -x - 1e-9) - activate('gelu', -x + 1e-9);
    assert.ok(Math.abs(step) < 1e-11, `step of ${step}`);
  });
});
