import { InterpError, type ErrorData } from '../errors.ts';
import { isJsonObject, quote } from '../json.ts';
import type { ByteSource } from './byteSource.ts';
import { DTYPE_BYTES, requireWeightDtype } from './dtype.ts';
import { findDuplicateKey } from './duplicateKeys.ts';
import type { TensorEntry } from './tensorEntry.ts';

/** Bytes of the little-endian u64 that holds the header's length. */
const PREFIX_BYTES = 8;
/** The reference implementation (huggingface/safetensors) refuses longer headers; real ones stay below 1 MB. */
const MAX_HEADER_BYTES = 100_000_000;
/** PyTorch's own limit of dimensions of a tensor. */
const MAX_RANK = 64;
/** Largest dimension: products of two stay exact in a double; a real one is at most a vocabulary (< 2^18). */
const MAX_DIM = 2 ** 26 - 1;
/** Tensors of a file: GPT-2 XL has 580, the largest published shards a few thousand; keeps a bad file cheap. */
const MAX_TENSORS = 200_000;

/** A tensor as the header describes it: any dtype, since unused mask buffers may be of any. */
export interface HeaderTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the start of the file, bytes. */
  readonly offset: number;
  readonly length: number;
}

/** What a safetensors file says of itself, checked. */
export interface SafetensorsHeader {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, HeaderTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Parses and validates the header of a safetensors file.
 * Ground truth is the reference implementation: `data_offsets` must cover the data exactly, without overlap or
 * gap, up to the last byte of the file, and agree with shape and dtype; a file it refuses is refused here too.
 * A dtype that is not known is kept, its length unchecked, and refused by `toEntry` when somebody needs it.
 * @param bytes the file's start: the eight length bytes and the header.
 * @throws weights/malformed naming file, tensor, expected and found.
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  options: { readonly fileName: string; readonly fileSize: number },
): SafetensorsHeader {
  const file = options.fileName;
  const headerLength = headerBytes(bytes, options);
  const json = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerLength);
  if (json.length < headerLength) throw malformed(file, 'the header was not read whole.');
  const header = parseHeaderJson(json, file);
  const dataStart = PREFIX_BYTES + headerLength;
  const { __metadata__: metadata, ...rest } = header;
  const names = Object.keys(rest);
  if (names.length > MAX_TENSORS) {
    throw malformed(file, `the header lists ${names.length} tensors; at most ${MAX_TENSORS} are read.`);
  }
  const tensors = names.map((name) => parseTensor(name, rest[name], { file, dataStart }));
  checkCoverage(tensors, { file, dataStart, fileSize: options.fileSize });
  return {
    file,
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    metadata: parseMetadata(metadata, file),
  };
}

/** Reads and parses the header of a source; reads nothing of the data. */
export async function readSafetensorsHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const options = { fileName: source.name, fileSize: source.size };
  const prefix = await source.read(0, Math.min(PREFIX_BYTES, source.size));
  const length = headerBytes(prefix, options);
  return parseSafetensorsHeader(await source.read(0, PREFIX_BYTES + length), options);
}

/** @throws weights/unsupported-dtype when the engine does not run the tensor's dtype. */
export function toEntry(tensor: HeaderTensor, file: string): TensorEntry {
  const dtype = requireWeightDtype(tensor.dtype, { file, tensor: tensor.name });
  const { name, shape, offset, length } = tensor;
  return { name, dtype, shape, file, offset, length };
}

/** Length of the JSON header, checked against the file before anything is allocated for it. */
function headerBytes(bytes: Uint8Array, options: { fileName: string; fileSize: number }): number {
  const { fileName, fileSize } = options;
  if (bytes.length < PREFIX_BYTES || fileSize < PREFIX_BYTES) {
    throw malformed(
      fileName,
      `expected at least ${PREFIX_BYTES} bytes, found ${Math.min(bytes.length, fileSize)}.`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw malformed(
      fileName,
      `the header claims ${length} bytes; at most ${MAX_HEADER_BYTES} are allowed. Is it a safetensors file?`,
      { expected: MAX_HEADER_BYTES, found: String(length) },
    );
  }
  if (PREFIX_BYTES + Number(length) > fileSize) {
    throw malformed(
      fileName,
      `the header claims ${length} bytes, but the file has ${fileSize}: it is cut off.`,
      { expected: PREFIX_BYTES + Number(length), found: fileSize },
    );
  }
  return Number(length);
}

function parseHeaderJson(json: Uint8Array, file: string): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch (cause) {
    throw malformed(file, 'the header is not UTF-8.', {}, cause);
  }
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed(file, `the header is not JSON: ${quote(text)}.`, {}, cause);
  }
  if (!isJsonObject(value) || !text.startsWith('{')) {
    throw malformed(file, `the header must be a JSON object, found ${quote(value)}.`);
  }
  const twice = findDuplicateKey(text);
  if (twice !== null) throw malformed(file, `the header names ${quote(twice)} twice.`, { key: twice });
  return value;
}

function parseTensor(name: string, value: unknown, place: { file: string; dataStart: number }): HeaderTensor {
  const fail = (key: string, expected: string, found: unknown): InterpError =>
    malformed(
      place.file,
      `tensor ${quote(name)}: "${key}" must be ${expected}, found ${found === undefined ? 'nothing' : quote(found)}.`,
      { tensor: name, key, expected, found: quote(found) },
    );
  if (!isJsonObject(value))
    throw malformed(place.file, `tensor ${quote(name)}: expected an object, found ${quote(value)}.`);
  const { dtype, shape, data_offsets: range } = value;
  if (typeof dtype !== 'string') throw fail('dtype', 'a string', dtype);
  if (!isCountList(shape, MAX_DIM) || shape.length > MAX_RANK) {
    throw fail('shape', `at most ${MAX_RANK} integers from 0 to ${MAX_DIM}`, shape);
  }
  if (!isCountList(range, Number.MAX_SAFE_INTEGER) || range.length !== 2) {
    throw fail('data_offsets', 'two byte offsets', range);
  }
  const [begin = 0, end = 0] = range;
  if (end < begin) throw fail('data_offsets', 'in ascending order', range);
  const width = Object.hasOwn(DTYPE_BYTES, dtype) ? DTYPE_BYTES[dtype] : undefined;
  const expected = width === undefined ? end - begin : shape.reduce((bytes, dim) => bytes * dim, width);
  if (expected !== end - begin) {
    const spoken = `${expected} bytes apart for ${dtype} of shape [${shape.join(', ')}]`;
    throw fail('data_offsets', spoken, range);
  }
  return { name, dtype, shape, offset: place.dataStart + begin, length: end - begin };
}

function isCountList(value: unknown, max: number): value is number[] {
  return (
    Array.isArray(value) &&
    value.every((item: unknown) => Number.isSafeInteger(item) && Number(item) >= 0 && Number(item) <= max)
  );
}

/** The tensors must lie end to end from the first byte of the data to the last of the file. */
function checkCoverage(
  tensors: readonly HeaderTensor[],
  place: { file: string; dataStart: number; fileSize: number },
): void {
  const inOrder = tensors.toSorted((a, b) => a.offset - b.offset || a.length - b.length);
  let end = place.dataStart;
  for (const { name, offset, length } of inOrder) {
    const data = { tensor: name, expected: end, found: offset };
    if (offset < end) {
      throw malformed(
        place.file,
        `tensor ${quote(name)} starts at byte ${offset}, inside another that ends at ${end}: they overlap.`,
        data,
      );
    }
    if (offset > end)
      throw malformed(
        place.file,
        `bytes ${end} to ${offset} before tensor ${quote(name)} belong to none.`,
        data,
      );
    end = offset + length;
    if (end > place.fileSize) {
      throw malformed(
        place.file,
        `tensor ${quote(name)} ends at byte ${end}, but the file has ${place.fileSize}: it is cut off.`,
        {
          tensor: name,
          expected: end,
          found: place.fileSize,
        },
      );
    }
  }
  if (end < place.fileSize) {
    throw malformed(place.file, `${place.fileSize - end} bytes after the last tensor belong to none.`, {
      expected: end,
      found: place.fileSize,
    });
  }
}

function parseMetadata(value: unknown, file: string): Map<string, string> {
  if (value === undefined) return new Map();
  if (!isJsonObject(value)) throw malformed(file, `"__metadata__" must be an object, found ${quote(value)}.`);
  return new Map(
    Object.entries(value).map(([key, text]): [string, string] => {
      if (typeof text === 'string') return [key, text];
      throw malformed(file, `"__metadata__": ${quote(key)} must be a string, found ${quote(text)}.`, { key });
    }),
  );
}

function malformed(file: string, what: string, data: ErrorData = {}, cause?: unknown): InterpError {
  return new InterpError('weights/malformed', `${file}: ${what}`, { data: { file, ...data }, cause });
}
