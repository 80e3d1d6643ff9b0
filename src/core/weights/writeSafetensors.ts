import { encodeTensor } from './dtype.ts';
import type { WeightDtype } from './tensorEntry.ts';

/** A tensor to be written, float32 in memory. */
export interface OutgoingTensor {
  readonly name: string;
  readonly dtype: WeightDtype;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** The data starts on a multiple of this, so that readers may map it: the reference writer does the same. */
const DATA_ALIGNMENT = 8;

/** One safetensors file in memory: tensors in the given order, end to end, header padded with spaces. */
export function writeSafetensors(
  tensors: readonly OutgoingTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const bodies = tensors.map((tensor) => encodeTensor(tensor.data, tensor.dtype));
  let end = 0;
  const rows = tensors.map((tensor, index): [string, unknown] => {
    const start = end;
    end += bodies[index]?.length ?? 0;
    return [tensor.name, { dtype: tensor.dtype, shape: tensor.dims, data_offsets: [start, end] }];
  });
  const about: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...about, ...rows])));
  const headerLength = Math.ceil(json.length / DATA_ALIGNMENT) * DATA_ALIGNMENT;
  const file = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(json, 8);
  let at = 8 + headerLength;
  for (const body of bodies) {
    file.set(body, at);
    at += body.length;
  }
  return file;
}
