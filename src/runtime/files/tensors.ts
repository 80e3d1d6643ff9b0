import { InterpError } from '../../core/errors.ts';
import { sizeOf, tensor, type Tensor } from '../../core/tensor/tensor.ts';
import { decodeTensor, DTYPE_BYTES, firstNotFinite } from '../../core/weights/dtype.ts';
import type { TensorEntry } from '../../core/weights/tensorEntry.ts';
import { withFile, type FileByteSource } from './fileByteSource.ts';

/** Bytes of a tensor looked at in one step: fits the cache of any machine, divides by every element size. */
const SCAN_BYTES = 2 ** 20;

/** Reads a whole tensor, decoded to float32. Costs 4 bytes per element and, for F16 and BF16, 2 more meanwhile. */
export async function readTensor(entry: TensorEntry): Promise<Tensor> {
  return tensor(entry.shape, await readElements(entry, { first: 0, count: sizeOf(entry.shape) }));
}

/**
 * Reads rows `start` to `start + count - 1` of a tensor's first axis, decoded to float32. Shape [count, ...rest].
 * @throws request/invalid when the rows leave the tensor.
 */
export async function readRows(entry: TensorEntry, start: number, count: number): Promise<Tensor> {
  const range = rowRange(entry, start, count);
  return tensor([count, ...entry.shape.slice(1)], await readElements(entry, range));
}

/**
 * Reads one row of each of several tensors, decoded to float32, in their order. Each file is opened once.
 * @throws request/invalid when a row leaves its tensor.
 */
export async function readEachRow(
  asked: readonly { readonly entry: TensorEntry; readonly row: number }[],
): Promise<Float32Array[]> {
  const rows = asked.map((): Float32Array => new Float32Array());
  for (const file of new Set(asked.map(({ entry }) => entry.file))) {
    await withFile(file, async (source) => {
      const read = async ({ entry, row }: (typeof asked)[number], at: number): Promise<void> => {
        if (entry.file === file) rows[at] = await elementsOf(entry, source, rowRange(entry, row, 1));
      };
      await Promise.all(asked.map(read));
    });
  }
  return rows;
}

/**
 * Looks at every element of the tensors and refuses NaN and infinity. One pass over the files' bytes,
 * about half a second per gigabyte in warm cache.
 * @throws weights/not-finite naming file, tensor and index.
 */
export async function assertFinite(entries: Iterable<TensorEntry>): Promise<void> {
  const byFile = new Map<string, TensorEntry[]>();
  for (const entry of entries) byFile.set(entry.file, [...(byFile.get(entry.file) ?? []), entry]);
  for (const [file, members] of byFile) {
    await withFile(file, async (source) => {
      const buffer = new Uint8Array(SCAN_BYTES);
      for (const entry of members) {
        for (let done = 0; done < entry.length; done += SCAN_BYTES) {
          const piece = buffer.subarray(0, Math.min(SCAN_BYTES, entry.length - done));
          await source.readInto(piece, entry.offset + done);
          const at = firstNotFinite(piece, entry.dtype);
          if (at >= 0) throw notFinite(entry, done / (DTYPE_BYTES[entry.dtype] ?? 1) + at);
        }
      }
    });
  }
}

/** Elements by their place in row-major order. */
interface Range {
  readonly first: number;
  readonly count: number;
}

function rowRange(entry: TensorEntry, start: number, count: number): Range {
  const [rows = 0, ...rest] = entry.shape;
  const inside = Number.isInteger(start) && Number.isInteger(count) && start >= 0 && count >= 0;
  if (!inside || start + count > rows) {
    throw new InterpError(
      'request/invalid',
      `Rows ${start} to ${start + count - 1} of "${entry.name}" were asked for; it has ${rows}.`,
      { data: { tensor: entry.name, start, count, rows } },
    );
  }
  const width = sizeOf(rest);
  return { first: start * width, count: count * width };
}

function readElements(entry: TensorEntry, range: Range): Promise<Float32Array> {
  return withFile(entry.file, (source) => elementsOf(entry, source, range));
}

async function elementsOf(
  entry: TensorEntry,
  source: FileByteSource,
  { first, count }: Range,
): Promise<Float32Array> {
  const width = DTYPE_BYTES[entry.dtype] ?? 1;
  const offset = entry.offset + first * width;
  if (entry.dtype !== 'F32') return decodeTensor(await source.read(offset, count * width), entry.dtype);
  const values = new Float32Array(count); // filled in place: no second copy of a large matrix
  await source.readInto(new Uint8Array(values.buffer), offset);
  return values;
}

function notFinite(entry: TensorEntry, flat: number): InterpError {
  let rest = flat;
  const index = entry.shape.toReversed().map((dim) => {
    const at = rest % dim;
    rest = Math.floor(rest / dim);
    return at;
  });
  const place = `[${index.reverse().join(', ')}]`;
  return new InterpError(
    'weights/not-finite',
    `${entry.file}: tensor "${entry.name}" is NaN or infinite at ${place}.`,
    { data: { file: entry.file, tensor: entry.name, index: place } },
  );
}
