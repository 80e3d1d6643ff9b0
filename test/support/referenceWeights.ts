import type { Checkpoint } from '../../src/core/model/checkpoint.ts';
import type { Weights } from '../../src/core/model/gpt2.ts';
import type { SaeWeights } from '../../src/core/sae/reference.ts';
import type { TensorEntry } from '../../src/core/weights/tensorEntry.ts';
import { readTensor } from '../../src/runtime/files/tensors.ts';
import { turned } from './writeTorchFile.ts';

/** Every tensor of an opened model or SAE in memory, by name, for the float64 references. */
export async function readAllWeights(
  opened: Pick<Checkpoint, 'tensors'> & { readonly transposed?: ReadonlySet<string> },
): Promise<Weights & SaeWeights> {
  const read = async (name: string, entry: TensorEntry): Promise<Float32Array> => {
    const { data } = await readTensor(entry);
    return opened.transposed?.has(name) ? turned(data, entry.shape) : data;
  };
  const pairs = await Promise.all(
    [...opened.tensors].map(async ([name, entry]) => [name, await read(name, entry)] as const),
  );
  const all = new Map(pairs);
  return (name) => {
    const values = all.get(name);
    if (!values) throw new Error(`no tensor ${name}`);
    return values;
  };
}
