import { open, type FileHandle } from 'node:fs/promises';
import { InterpError } from '../../core/errors.ts';
import { readSafetensorsHeader, type HeaderTensor } from '../../core/weights/safetensors.ts';
import { withFile } from './fileByteSource.ts';
import { replaceFile } from './replaceFile.ts';

/** Arrays that a safetensors file can hold as they are. */
export type NumberArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** A tensor to be written; its numbers may lie in several arrays of one kind, which follow each other. */
export interface FileTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly parts: readonly NumberArray[];
  /** For tensors without any part. */
  readonly dtype?: string;
}

const KINDS = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
} as const;
type Kind = keyof typeof KINDS;

/** The header's length is a multiple of this, so that readers may map the data. */
const ALIGNMENT = 8;

/**
 * Writes a safetensors file, whole or not at all. The same tensors give the same bytes.
 * @throws file/unwritable
 */
export async function writeTensorFile(
  path: string,
  tensors: readonly FileTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await replaceFile(path, async (partial) => {
    const file = await open(partial, 'w');
    try {
      await file.write(headerOf(tensors, metadata));
      for (const { parts } of tensors) for (const part of parts) await writeAll(file, bytesOf(part));
    } finally {
      await file.close();
    }
  });
}

function headerOf(tensors: readonly FileTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let end = 0;
  const rows = tensors.map(({ name, shape, parts, dtype }): [string, unknown] => {
    const start = end;
    end += parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return [name, { dtype: dtype ?? kindOf(parts[0]), shape, data_offsets: [start, end] }];
  });
  const json = JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...rows]));
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}

function kindOf(array: NumberArray | undefined): Kind {
  const kinds = Object.keys(KINDS) as Kind[];
  return kinds.find((kind) => array instanceof KINDS[kind]) ?? 'F32';
}

function bytesOf({ buffer, byteOffset, byteLength }: NumberArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, 2 ** 30));
    done += bytesWritten;
  }
}

/** Tensors of a file that is open for the time of `readTensors`. */
export interface TensorReader {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, HeaderTensor>;
  /** Numbers `start` to `start + count` of a tensor, flat; all without them. */
  read(name: string, start?: number, count?: number): Promise<NumberArray>;
  float64(name: string, start?: number, count?: number): Promise<Float64Array>;
  float32(name: string, start?: number, count?: number): Promise<Float32Array>;
  int32(name: string, start?: number, count?: number): Promise<Int32Array>;
}

/** Reads parts of a safetensors file. `header` saves reading it again. @throws index/malformed, file/* */
export async function readTensors<T>(path: string, use: (reader: TensorReader) => Promise<T>): Promise<T> {
  return withFile(path, async (source) => {
    const header = await readSafetensorsHeader(source);
    const read = async (name: string, start = 0, count?: number): Promise<NumberArray> => {
      const found = header.tensors.get(name);
      if (!found || !Object.hasOwn(KINDS, found.dtype)) throw malformed(path, `it has no usable "${name}"`);
      const make = KINDS[found.dtype as Kind];
      const width = make.BYTES_PER_ELEMENT;
      const all = found.length / width;
      const length = count ?? all - start;
      if (start < 0 || length < 0 || start + length > all) throw malformed(path, `"${name}" is too short`);
      const bytes = new Uint8Array(length * width);
      await source.readInto(bytes, found.offset + start * width);
      return new make(bytes.buffer);
    };
    const typed =
      <A extends NumberArray>(kind: abstract new () => A) =>
      async (name: string, start?: number, count?: number): Promise<A> => {
        const values = await read(name, start, count);
        if (values instanceof kind) return values;
        throw malformed(path, `"${name}" is of another number type`);
      };
    return use({
      metadata: header.metadata,
      tensors: header.tensors,
      read,
      float64: typed(Float64Array),
      float32: typed(Float32Array),
      int32: typed(Int32Array),
    });
  });
}

function malformed(path: string, what: string): InterpError {
  return new InterpError('index/malformed', `${path} is damaged: ${what}.`, { data: { file: path } });
}
