import { InterpError, type ErrorCode } from '../errors.ts';
import { quote } from '../json.ts';
import type { ByteSource } from './byteSource.ts';
import { DTYPE_BYTES } from './dtype.ts';
import { MAX_PICKLE_BYTES, readPickle } from './pickle.ts';
import { isKind, type PickleDict, type PickleValue } from './pickleValue.ts';
import type { StoredTensor, TensorLayout, TensorTable } from './storedTensor.ts';
import { tensorView, torchHost, type TorchView } from './torchHost.ts';
import { readZip, type ZipEntry } from './zip.ts';

/** Plain values that a state dict holds beside its tensors. */
export type TorchValue = null | boolean | number | string;

/** A .pt file: tensors that point into it, and plain values, by the names of the (flattened) state dict. */
export interface TorchFile extends TensorTable {
  readonly values: ReadonlyMap<string, TorchValue>;
}

const ZIP_START = [0x50, 0x4b, 0x03, 0x04];
/** Form of torch.save before PyTorch 1.6: pickles one after the other, the first holding this number. */
const LEGACY_MAGIC = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/** Bytes of its start that tell whether a file can be read. */
export const TORCH_START_BYTES = 32;
/** State dicts are flat; OpenAI's SAEs nest one level, others two. */
const MAX_DEPTH = 6;
const MAX_NAMES = 20_000;

/**
 * Reads what a .pt file of `torch.save` holds: its directory and pickle, not the numbers. Tensors keep their place in
 * the file, so that they can be memory-mapped. Dicts in the dict have names joined by dots.
 * @throws weights/malformed, weights/unsupported (a legacy or compressed file, code, another byte order)
 */
export async function readTorchFile(source: ByteSource): Promise<TorchFile> {
  assertTorchStart(await source.read(0, Math.min(TORCH_START_BYTES, source.size)), source.name);
  const entries = await readZip(source);
  const { prefix, pickle } = findPickle(source, entries);
  const order = await textOf(source, entries.get(`${prefix}byteorder`));
  if (order !== null && order.trim() !== 'little') {
    throw refuse(source, 'weights/unsupported', `its byte order is ${quote(order)}; expected little`);
  }
  if (pickle.length > MAX_PICKLE_BYTES) {
    const what = `it has ${pickle.length} bytes of pickle; at most ${MAX_PICKLE_BYTES} are read`;
    throw refuse(source, 'weights/malformed', what);
  }
  const bytes = await source.read(pickle.offset, pickle.length);
  const root = readPickle(bytes, { file: source.name, host: torchHost(source.name) });
  if (!isKind(root, 'dict')) {
    throw refuse(source, 'weights/unsupported', 'it holds no state dict (a dict of tensors by name)');
  }
  const collected: Collected = { tensors: new Map(), values: new Map(), seen: 0 };
  collect(root, '', 1, { source, entries, prefix, collected });
  return { file: source.name, tensors: collected.tensors, values: collected.values };
}

/**
 * Tells by its first `TORCH_START_BYTES` bytes what is no file of `torch.save`, or one of PyTorch before 1.6.
 * @throws weights/malformed, weights/unsupported
 */
export function assertTorchStart(start: Uint8Array, name: string): void {
  if (ZIP_START.every((byte, index) => start[index] === byte)) return;
  const legacy = start.some((_, at) => LEGACY_MAGIC.every((byte, index) => start[at + index] === byte));
  if (legacy) {
    const how = 'open it with torch.load and save it again with torch.save of a later one';
    throw refuse({ name }, 'weights/unsupported', `it is in the form of PyTorch before 1.6; ${how}`);
  }
  throw refuse({ name }, 'weights/malformed', 'it is no file of torch.save (a zip archive)');
}

/** `name/data.pkl`, alone at its depth; TorchScript has code and constants beside it. */
function findPickle(
  source: ByteSource,
  entries: ReadonlyMap<string, ZipEntry>,
): { prefix: string; pickle: ZipEntry } {
  const pickles = [...entries.values()].filter(({ name }) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (!pickle || pickles.length > 1) {
    throw refuse(source, 'weights/malformed', `it holds ${pickles.length} data.pkl; expected one`);
  }
  const prefix = pickle.name.slice(0, -'data.pkl'.length);
  if (entries.has(`${prefix}constants.pkl`)) {
    throw refuse(source, 'weights/unsupported', 'it is a TorchScript archive, which holds code');
  }
  return { prefix, pickle };
}

async function textOf(source: ByteSource, entry: ZipEntry | undefined): Promise<string | null> {
  if (!entry) return null;
  return new TextDecoder().decode(await source.read(entry.offset, Math.min(entry.length, TORCH_START_BYTES)));
}

interface Collected {
  readonly tensors: Map<string, StoredTensor>;
  readonly values: Map<string, TorchValue>;
  seen: number;
}

interface Place {
  readonly source: ByteSource;
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly prefix: string;
  readonly collected: Collected;
}

/** Lists and tuples are passed over: no format keeps tensors or settings that are needed in them. */
function collect(dict: PickleDict, path: string, depth: number, place: Place): void {
  const { source, collected } = place;
  if (depth > MAX_DEPTH)
    throw refuse(source, 'weights/malformed', `dicts are nested deeper than ${MAX_DEPTH}`);
  for (const [key, value] of dict.entries) {
    const name = path === '' ? String(key) : `${path}.${String(key)}`;
    if (collected.tensors.has(name) || collected.values.has(name)) {
      throw refuse(source, 'weights/malformed', `it names ${quote(name)} twice`);
    }
    collected.seen += 1; // dicts may hold one another many times over: keys are counted, not names
    if (collected.seen > MAX_NAMES) {
      throw refuse(source, 'weights/malformed', `it holds more than ${MAX_NAMES} keys`);
    }
    const view = tensorView(value);
    if (view) collected.tensors.set(name, locate(name, view, place));
    else if (isKind(value, 'dict')) collect(value, name, depth + 1, place);
    else if (isPlain(value)) collected.values.set(name, value);
  }
}

function isPlain(value: PickleValue): value is TorchValue {
  return (
    value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string'
  );
}

function locate(name: string, view: TorchView, { source, entries, prefix }: Place): StoredTensor {
  const { storage, shape } = view;
  const entry = entries.get(`${prefix}data/${storage.key}`);
  if (!entry) throw refuse(source, 'weights/malformed', `the data of tensor ${quote(name)} is missing`);
  const width = DTYPE_BYTES[storage.dtype] ?? 1;
  if (storage.size * width !== entry.length) {
    const found = `${entry.length} bytes instead of ${storage.size * width}`;
    throw refuse(source, 'weights/malformed', `the data of tensor ${quote(name)} has ${found}`);
  }
  const offset = entry.offset + view.offset * width;
  if (offset % width !== 0) throw refuse(source, 'weights/malformed', `tensor ${quote(name)} is not aligned`);
  const length = shape.reduce((size, dim) => size * dim, width);
  return { name, dtype: storage.dtype, shape, offset, length, layout: layoutOf(view) };
}

function layoutOf({ shape, strides }: TorchView): TensorLayout {
  if (isPacked(shape, strides)) return 'plain';
  const turned = shape.length === 2 && isPacked(shape.toReversed(), strides.toReversed());
  return turned ? 'transposed' : 'strided';
}

/** Row-major without gaps; the stride of an axis of size 1 means nothing. */
function isPacked(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const dim = shape[axis] ?? 1;
    if (dim !== 1 && strides[axis] !== step) return false;
    step *= dim;
  }
  return true;
}

function refuse({ name }: Pick<ByteSource, 'name'>, code: ErrorCode, what: string): InterpError {
  return new InterpError(code, `${name}: ${what}.`, { data: { file: name } });
}
