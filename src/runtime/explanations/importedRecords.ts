import { join } from 'node:path';
import {
  importedSource,
  parseImported,
  type ImportedSource,
} from '../../core/explain/formats/importedExamples.ts';
import type { ImportedRecords } from '../../core/explain/formats/neuronRecord.ts';
import { isFile } from '../files/fileByteSource.ts';
import { withFileLock } from '../files/lock.ts';
import { readTextFile } from '../files/textFile.ts';
import { replaceFile } from '../files/replaceFile.ts';
import { fileName, fileStem } from './fileName.ts';

/** Activation records that other tools collected, by unit: `{storage}/imported/{model}/{unit}.json`. */
export interface ImportedStore {
  /** Empty where nothing was imported, or where the file is damaged. */
  read(model: string, unit: string): Promise<readonly ImportedSource[]>;
  /** What the same file told before is replaced. @throws file/unwritable */
  write(
    model: string,
    unit: string,
    from: { readonly source: string; readonly records: readonly ImportedRecords[] },
  ): Promise<void>;
}

export function openImported(storage: string): ImportedStore {
  const fileOf = (model: string, unit: string): string =>
    join(storage, 'imported', fileName(model), `${fileStem(unit)}.json`);
  const read = async (model: string, unit: string): Promise<readonly ImportedSource[]> => {
    const file = fileOf(model, unit);
    if (!(await isFile(file))) return [];
    try {
      return parseImported(JSON.parse(await readTextFile(file)), file);
    } catch {
      // Importing the file again mends it.
      return [];
    }
  };
  return {
    read,
    write: (model, unit, { source, records }) =>
      withFileLock(fileOf(model, unit), async () => {
        const others = (await read(model, unit)).filter((each) => each.source !== source);
        const sources = [...others, importedSource(source, records)];
        await replaceFile(fileOf(model, unit), `${JSON.stringify({ version: 1, unit, sources })}\n`);
      }),
  };
}
