import { readSafetensorsHeader, toEntry } from '../../src/core/weights/safetensors.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';
import { withFile } from '../../src/runtime/files/fileByteSource.ts';
import { readTensor } from '../../src/runtime/files/tensors.ts';

/** Tensors of one file, each read when it is asked for. */
export interface SafetensorsFile {
  readonly names: ReadonlySet<string>;
  read(name: string): Promise<Tensor>;
}

export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const { file, tensors } = await withFile(path, readSafetensorsHeader);
  return {
    names: new Set(tensors.keys()),
    read: async (name) => {
      const found = tensors.get(name);
      if (!found) throw new Error(`${file} has no ${name}`);
      return readTensor(toEntry(found, file));
    },
  };
}
