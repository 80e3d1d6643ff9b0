import type { Tensor } from '../../tensor/tensor.ts';

type Numbers = Float32Array | Float64Array;

/** a . b, summed in float64. */
export function dot(a: Numbers, b: Numbers): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Row `rowA` of rows as long as those of `b`, against row `rowB` of `b`. */
export function dotRows(a: Numbers, b: Tensor, rowA: number, rowB: number): number {
  const width = b.dims.at(-1) ?? 1;
  let sum = 0;
  for (let i = 0; i < width; i++) sum += (a[rowA * width + i] ?? 0) * (b.data[rowB * width + i] ?? 0);
  return sum;
}

/** Euclidean norm. */
export function norm(vector: Numbers): number {
  return Math.sqrt(dot(vector, vector));
}
