import { bug } from '../errors.ts';

/** Dense row-major float32 array. A plain object: it crosses process boundaries as it is. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** @throws internal/bug when the length does not match the shape. */
export function tensor(dims: readonly number[], data: Float32Array): Tensor {
  if (sizeOf(dims) !== data.length)
    throw bug(`tensor of shape [${dims.join(', ')}] given ${data.length} numbers`);
  return { dims, data };
}

/** Row `index` of a 2-D tensor, a view and not a copy. Shape [columns]. */
export function row(matrix: Tensor, index: number): Float32Array {
  const columns = matrix.dims.at(-1) ?? 1;
  return matrix.data.subarray(index * columns, (index + 1) * columns);
}

/** Some rows of a 2-D tensor, copied. Shape [positions, columns]. */
export function rowsAt(matrix: Tensor, positions: readonly number[]): Tensor {
  const columns = matrix.dims.at(-1) ?? 1;
  const data = new Float32Array(positions.length * columns);
  positions.forEach((position, index) => data.set(row(matrix, position), index * columns));
  return tensor([positions.length, columns], data);
}
