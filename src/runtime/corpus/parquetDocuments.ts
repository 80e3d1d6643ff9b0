import { open, type FileHandle } from 'node:fs/promises';
import type { AsyncBuffer } from 'hyparquet';
import { InterpError } from '../../core/errors.ts';
import { fileError } from '../files/fileError.ts';
import type { FileDocument, FileOptions } from './fileDocuments.ts';
import type { CorpusFile } from './findFiles.ts';

/**
 * Texts of a parquet file's string column, one row group after the other: that of a group is held, no more.
 * Rows without a value are left out, and told.
 * @throws corpus/malformed naming file and column, file/*
 */
export async function* parquetDocuments(
  { path, name, bytes }: CorpusFile,
  { field, onLeftOut }: FileOptions,
): AsyncGenerator<FileDocument> {
  // Most scans read no such file: the packages are loaded by those that do.
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const handle = await open(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  try {
    const file = bufferOf(handle, { path, bytes });
    const metadata = await guarded(path, () => parquetMetadataAsync(file));
    assertColumn(
      parquetSchema(metadata).children.map(({ element }) => element.name),
      { path, field },
    );
    let start = 0;
    for (const { num_rows } of metadata.row_groups) {
      const end = start + Number(num_rows);
      const asked = { file, metadata, columns: [field], rowStart: start, rowEnd: end, compressors };
      const rows = await guarded(path, () => parquetReadObjects(asked));
      for (const [at, row] of rows.entries()) {
        const text: unknown = row[field];
        if (text === null || text === undefined) {
          const place = `row ${start + at}`;
          onLeftOut?.({ place, reason: `${path}: ${place} of column "${field}" has no value.` });
          continue;
        }
        if (typeof text !== 'string')
          throw malformed(path, `row ${start + at} of column "${field}" is no text`);
        yield { name: `${name}:${start + at}`, text };
      }
      start = end;
    }
  } finally {
    await handle.close();
  }
}

function bufferOf(
  handle: FileHandle,
  { path, bytes }: { readonly path: string; readonly bytes: number },
): AsyncBuffer {
  return {
    byteLength: bytes,
    slice: async (start, end = bytes) => {
      const target = new Uint8Array(end - start);
      let done = 0;
      while (done < target.length) {
        const { bytesRead } = await handle
          .read(target, done, target.length - done, start + done)
          .catch((error: unknown) => {
            throw fileError(path, error);
          });
        if (bytesRead === 0) throw malformed(path, 'it ends before its data does');
        done += bytesRead;
      }
      return target.buffer;
    },
  };
}

function assertColumn(
  columns: readonly string[],
  { path, field }: { readonly path: string; readonly field: string },
): void {
  if (columns.includes(field)) return;
  throw malformed(path, `it has no column "${field}"; it has ${columns.join(', ') || 'none'}`);
}

/** Whatever the parser throws says that the file breaks its format. */
async function guarded<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof InterpError) throw error;
    throw malformed(path, `it is no parquet file that can be read: ${String(error)}`, error);
  }
}

function malformed(path: string, why: string, cause?: unknown): InterpError {
  return new InterpError('corpus/malformed', `${path}: ${why}.`, { data: { file: path }, cause });
}
