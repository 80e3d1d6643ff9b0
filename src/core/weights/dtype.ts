import { InterpError } from '../errors.ts';
import type { WeightDtype } from './tensorEntry.ts';

/** Bytes per element of every whole-byte dtype of the safetensors format (safetensors 0.8). */
export const DTYPE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
  C64: 8,
};

const WEIGHT_DTYPES: ReadonlySet<string> = new Set<WeightDtype>(['F32', 'F16', 'BF16']);

function isWeightDtype(dtype: string): dtype is WeightDtype {
  return WEIGHT_DTYPES.has(dtype);
}

/** @throws weights/unsupported-dtype naming file and tensor. */
export function requireWeightDtype(dtype: string, where: { file: string; tensor: string }): WeightDtype {
  if (isWeightDtype(dtype)) return dtype;
  throw new InterpError(
    'weights/unsupported-dtype',
    `${where.file}: tensor "${where.tensor}" is ${dtype}; expected F32, F16 or BF16.`,
    { data: { ...where, expected: 'F32, F16 or BF16', found: dtype } },
  );
}

/**
 * Little-endian bytes -> float32. F16 and BF16 widen exactly.
 * @throws weights/malformed when the bytes are not a whole number of elements.
 */
export function decodeTensor(bytes: Uint8Array, dtype: WeightDtype): Float32Array {
  const width = DTYPE_BYTES[dtype] ?? 1;
  if (bytes.length % width !== 0) {
    throw new InterpError('weights/malformed', `${bytes.length} bytes are not whole ${dtype} elements.`, {
      data: { dtype, found: bytes.length },
    });
  }
  const values = new Float32Array(bytes.length / width);
  if (dtype === 'F32') {
    new Uint8Array(values.buffer).set(bytes); // every supported host is little-endian
    return values;
  }
  const widen = dtype === 'F16' ? halfToFloatBits : (bits: number): number => bits << 16;
  const out = new Uint32Array(values.buffer);
  for (let i = 0; i < out.length; i++) out[i] = widen((bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8));
  return values;
}

/** float32 -> little-endian bytes of the dtype, rounded to nearest even. */
export function encodeTensor(values: Float32Array, dtype: WeightDtype): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint8Array(2 * values.length);
  const narrow = dtype === 'F16' ? floatBitsToHalf : floatBitsToBfloat;
  for (let i = 0; i < bits.length; i++) {
    const half = narrow(bits[i] ?? 0);
    out[2 * i] = half & 0xff;
    out[2 * i + 1] = half >>> 8;
  }
  return out;
}

/**
 * Index of the first NaN or infinity in little-endian bytes, or -1. Looks at exponent bits only,
 * so it costs one pass over memory. `bytes` must start on an element of an aligned buffer.
 */
export function firstNotFinite(bytes: Uint8Array, dtype: WeightDtype): number {
  if (dtype === 'F32') {
    return firstWithBits(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2), 0x7f800000);
  }
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 1);
  return firstWithBits(words, dtype === 'F16' ? 0x7c00 : 0x7f80);
}

/** A plain loop: three times as fast as findIndex, and a gigabyte may have to be looked at. */
function firstWithBits(words: Uint32Array | Uint16Array, mask: number): number {
  for (let i = 0; i < words.length; i++) {
    if (((words[i] ?? 0) & mask) === mask) return i;
  }
  return -1;
}

/** IEEE half bits -> float32 bits, subnormals, infinities and NaN included. */
function halfToFloatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // brings the leading bit to position 10
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** float32 bits -> half bits, to nearest, ties to even; beyond 65504 becomes infinity. */
function floatBitsToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | subnormalHalf(magnitude);
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** Half of magnitude below 2^-14: a multiple of 2^-24. */
function subnormalHalf(magnitude: number): number {
  const exponent = magnitude >>> 23;
  if (exponent < 102) return 0; // below half of the smallest subnormal
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const half = significand >>> shift;
  const remainder = significand & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return half + (remainder > middle || (remainder === middle && (half & 1) === 1) ? 1 : 0);
}

function floatBitsToBfloat(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) | 0x40) & 0xffff;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}
