import { InterpError } from '../errors.ts';
import { requireWeightDtype } from './dtype.ts';
import type { HeaderTensor, SafetensorsHeader } from './safetensors.ts';
import type { TensorEntry } from './tensorEntry.ts';

/**
 * How a tensor's numbers follow each other in the file: `plain` row by row; `transposed` (two axes only) column by
 * column; `strided` in any other way, which cannot be used in place.
 */
export type TensorLayout = 'plain' | 'transposed' | 'strided';

/** A tensor in a file of any form. */
export interface StoredTensor extends HeaderTensor {
  readonly layout: TensorLayout;
}

/** Tensors of one file by name. */
export interface TensorTable {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** safetensors files hold plain tensors only. */
export function tableOf({ file, tensors }: SafetensorsHeader): TensorTable {
  const rows = [...tensors.values()].map((tensor): [string, StoredTensor] => [
    tensor.name,
    { ...tensor, layout: 'plain' },
  ]);
  return { file, tensors: new Map(rows) };
}

/**
 * A tensor as it lies in the file, and whether that is the transpose of its shape.
 * @throws weights/unsupported (strided), weights/unsupported-dtype
 */
export function placeInFile(
  tensor: StoredTensor,
  file: string,
): { readonly entry: TensorEntry; readonly transposed: boolean } {
  const { name, shape, offset, length, layout } = tensor;
  const dtype = requireWeightDtype(tensor.dtype, { file, tensor: name });
  if (layout === 'strided') {
    const message = `${file}: tensor "${name}" is a view with gaps or another order of its axes; it must be contiguous.`;
    throw new InterpError('weights/unsupported', message, { data: { file, tensor: name } });
  }
  const transposed = layout === 'transposed';
  const stored = transposed ? shape.toReversed() : shape;
  return { entry: { name, dtype, shape: stored, file, offset, length }, transposed };
}
