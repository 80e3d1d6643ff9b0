import assert from 'node:assert/strict';
import {
  decodeTensor,
  encodeTensor,
  firstNotFinite,
  requireWeightDtype,
} from '../../../../src/core/weights/dtype.ts';
import { expectError } from '../../../support/expectError.ts';
import { normals, seededRandom } from '../../../support/random.ts';

/** Bits of a half, and the number that they are. */
const HALVES: readonly [number, number][] = [
  [0x0000, 0],
  [0x3c00, 1],
  [0xc000, -2],
  [0x7bff, 65504],
  [0x0400, 2 ** -14],
  [0x03ff, 1023 * 2 ** -24],
  [0x0001, 2 ** -24],
  [0x8001, -(2 ** -24)],
  [0x3555, 0.333251953125],
  [0x7c00, Infinity],
  [0xfc00, -Infinity],
];

/** A number and the half that it rounds to: to nearest, ties to even. */
const ROUNDED: readonly [number, number][] = [
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [1 + 2 ** -11 + 2 ** -20, 0x3c01],
  [65519, 0x7bff],
  [65520, 0x7c00],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.001, 0x0001],
  [3 * 2 ** -25, 0x0002],
  [1023.5 * 2 ** -24, 0x0400],
];

const bytesOf = (half: number): Uint8Array => Uint8Array.of(half & 0xff, half >>> 8);
const halfOf = (bytes: Uint8Array): number => (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);

describe('weight dtypes', () => {
  it('decodes and encodes halves exactly', () => {
    for (const [bits, value] of HALVES) {
      assert.equal(decodeTensor(bytesOf(bits), 'F16')[0], value, `0x${bits.toString(16)}`);
      assert.equal(halfOf(encodeTensor(Float32Array.of(value), 'F16')), bits, String(value));
    }
  });

  it('rounds halves to nearest, ties to even', () => {
    for (const [value, bits] of ROUNDED) {
      assert.equal(halfOf(encodeTensor(Float32Array.of(value), 'F16')), bits, String(value));
    }
  });

  it('gives every half back bit for bit', () => {
    const all = Uint8Array.from({ length: 2 * 65536 }, (_, i) => (i % 2 === 0 ? (i / 2) & 0xff : i >>> 9));
    const back = encodeTensor(decodeTensor(all, 'F16'), 'F16');
    const wrong = Array.from({ length: 65536 }, (_, half) => half).filter((half) => {
      const isNaNHalf = (half & 0x7fff) > 0x7c00;
      return !isNaNHalf && halfOf(back.subarray(2 * half)) !== half;
    });
    assert.deepEqual(wrong, []);
    assert.ok(Number.isNaN(decodeTensor(bytesOf(0x7e00), 'F16')[0]));
  });

  it('rounds bfloat16 to within half of its last place', () => {
    const values = normals(seededRandom(1), 1000, { mean: 0, std: 3 });
    const back = decodeTensor(encodeTensor(values, 'BF16'), 'BF16');
    values.forEach((value, i) => assert.ok(Math.abs((back[i] ?? NaN) - value) <= Math.abs(value) * 2 ** -8));
    assert.equal(decodeTensor(Uint8Array.of(0x80, 0x3f), 'BF16')[0], 1);
    assert.equal(decodeTensor(Uint8Array.of(0x80, 0xbf), 'BF16')[0], -1);
    assert.ok(Number.isNaN(decodeTensor(encodeTensor(Float32Array.of(NaN), 'BF16'), 'BF16')[0]));
  });

  it('finds the first number that is not finite', () => {
    for (const dtype of ['F32', 'F16', 'BF16'] as const) {
      const values = Float32Array.of(1, -3e4, 0, 2 ** -24, NaN, Infinity);
      assert.equal(firstNotFinite(encodeTensor(values, dtype), dtype), 4, dtype);
      assert.equal(firstNotFinite(encodeTensor(values.subarray(5), dtype), dtype), 0, dtype);
      assert.equal(firstNotFinite(encodeTensor(values.subarray(0, 4), dtype), dtype), -1, dtype);
    }
  });

  it('refuses bytes that are no whole elements, and dtypes that are not run', async () => {
    await expectError(() => decodeTensor(new Uint8Array(3), 'F16'), 'weights/malformed', '3 bytes');
    await expectError(
      () => requireWeightDtype('I64', { file: 'a.safetensors', tensor: 'x' }),
      'weights/unsupported-dtype',
      'a.safetensors',
      '"x" is I64',
      'F32, F16 or BF16',
    );
  });
});
