import path from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { VectorSource } from '../../core/trace/edits/editContext.ts';
import { readSafetensorsHeader, toEntry } from '../../core/weights/safetensors.ts';
import { withFile } from '../../runtime/files/fileByteSource.ts';
import { assertFinite, readTensor } from '../../runtime/files/tensors.ts';

/** URLs and network paths: nothing is fetched and no other machine is asked. */
const REMOTE = /^[a-z][a-z0-9+.-]+:\/\/|^\\\\|^\/\//i;

const SHOWN_NAMES = 5;

/** Vectors of safetensors files; relative names start at the folder. @throws file/*, weights/* */
export function vectorSource(folder: string): VectorSource {
  return async (file, tensor) => {
    if (REMOTE.test(file)) {
      throw new InterpError(
        'file/not-found',
        `"${file}" is not on this machine; network paths are not opened.`,
        {
          data: { file },
        },
      );
    }
    const place = path.resolve(folder, file);
    const { tensors } = await withFile(place, readSafetensorsHeader);
    const found = tensors.get(tensor);
    if (!found) {
      const known = [...tensors.keys()].slice(0, SHOWN_NAMES).join(', ');
      throw new InterpError(
        'weights/missing-tensor',
        `${file} has no tensor "${tensor}"; it has ${known}${tensors.size > SHOWN_NAMES ? ', …' : ''}.`,
        { data: { file, tensor } },
      );
    }
    const entry = toEntry(found, place);
    await assertFinite([entry]);
    return (await readTensor(entry)).data;
  };
}
