import { encodeTensor } from '../../src/core/weights/dtype.ts';
import type { WeightDtype } from '../../src/core/weights/tensorEntry.ts';

/** A tensor of a state dict; `transposed` stores it column by column, as `weight.T` is saved by PyTorch. */
export interface TorchTensorSource {
  readonly dims: readonly number[];
  readonly data: Float32Array;
  readonly dtype?: WeightDtype;
  readonly transposed?: boolean;
}

type Plain = number | string | boolean | null;
export type StateDict = Readonly<Record<string, TorchTensorSource | Plain | Readonly<Record<string, Plain>>>>;

const STORAGES: Readonly<Record<WeightDtype, string>> = {
  F32: 'FloatStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
};

/** Two tensors over one array share their storage, as tied weights do. */
type Storages = { readonly of: Float32Array; readonly dtype: WeightDtype }[];

/** A .pt file as torch.save writes one: pickle protocol 2 in a zip of stored entries. */
export function writeTorchFile(dict: StateDict): Uint8Array {
  const storages: Storages = [];
  const pickle = pickleDict(dict, storages);
  const entries: [string, Uint8Array][] = [
    ['archive/data.pkl', Uint8Array.from(pickle)],
    ['archive/byteorder', new TextEncoder().encode('little')],
    ...storages.map(({ of, dtype }, key): [string, Uint8Array] => [
      `archive/data/${key}`,
      encodeTensor(of, dtype),
    ]),
  ];
  return writeZip(entries);
}

/** A zip archive of stored entries, the data of each on a multiple of 64 bytes as PyTorch has them. */
export function writeZip(entries: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, data] of entries) {
    const encoded = new TextEncoder().encode(name);
    const padding = 4 + ((64 - ((at + 30 + encoded.length + 4) % 64)) % 64);
    const local = record(30, encoded, padding, (view) => {
      view.setUint32(0, 0x04034b50, true);
      view.setUint32(18, data.length, true);
      view.setUint32(22, data.length, true);
      view.setUint16(26, encoded.length, true);
      view.setUint16(28, padding, true);
    });
    new DataView(local.buffer).setUint16(30 + encoded.length, 0x4246, true);
    new DataView(local.buffer).setUint16(32 + encoded.length, padding - 4, true);
    const header = at;
    directory.push(
      record(46, encoded, 0, (view) => {
        view.setUint32(0, 0x02014b50, true);
        view.setUint32(20, data.length, true);
        view.setUint32(24, data.length, true);
        view.setUint16(28, encoded.length, true);
        view.setUint32(42, header, true);
      }),
    );
    parts.push(local, data);
    at += local.length + data.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = record(22, new Uint8Array(), 0, (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(8, entries.length, true);
    view.setUint16(10, entries.length, true);
    view.setUint32(12, size, true);
    view.setUint32(16, at, true);
  });
  return Uint8Array.from(Buffer.concat([...parts, ...directory, end]));
}

function record(head: number, name: Uint8Array, padding: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(head + name.length + padding);
  fill(new DataView(bytes.buffer));
  bytes.set(name, head);
  return bytes;
}

function pickleDict(dict: StateDict, storages: Storages): number[] {
  const items = Object.entries(dict).flatMap(([key, value]) => [...text(key), ...pickled(value, storages)]);
  return [0x80, 2, ...global('collections', 'OrderedDict'), 0x29, 0x52, 0x28, ...items, 0x75, 0x2e];
}

function pickled(value: StateDict[string], storages: Storages): number[] {
  if (value === null) return [0x4e];
  if (typeof value === 'boolean') return [value ? 0x88 : 0x89];
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return Number.isInteger(value) ? [0x4a, ...int32(value)] : float(value);
  if ('dims' in value) return tensor(value as TorchTensorSource, storages);
  const items = Object.entries(value).flatMap(([key, each]) => [...text(key), ...pickled(each, storages)]);
  return [0x7d, 0x28, ...items, 0x75];
}

/** torch._utils._rebuild_tensor_v2(storage, 0, size, stride, False, OrderedDict()). */
function tensor(source: TorchTensorSource, storages: Storages): number[] {
  const { dims, data, dtype = 'F32', transposed = false } = source;
  const of = transposed ? turned(data, dims) : data;
  const earlier = storages.findIndex((each) => each.of === of && each.dtype === dtype);
  const key = earlier < 0 ? storages.push({ of, dtype }) - 1 : earlier;
  const id = [
    ...text('storage'),
    ...global('torch', STORAGES[dtype]),
    ...text(String(key)),
    ...text('cpu'),
    ...[0x4a, ...int32(data.length)],
  ];
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((size, dim) => size * dim, 1));
  return [
    ...global('torch._utils', '_rebuild_tensor_v2'),
    ...[0x28, 0x28, ...id, 0x74, 0x51],
    ...[0x4b, 0],
    ...tuple(dims),
    ...tuple(transposed ? [1, dims[0] ?? 0] : strides),
    ...[0x89, ...global('collections', 'OrderedDict'), 0x29, 0x52, 0x74, 0x52],
  ];
}

/** Rows and columns exchanged. */
export function turned(data: Float32Array, [rows = 0, columns = 0]: readonly number[]): Float32Array {
  return Float32Array.from(
    data,
    (_, at) => data[(at % rows) * columns + Math.floor(at / rows)] ?? Number.NaN,
  );
}

function tuple(values: readonly number[]): number[] {
  return [0x28, ...values.flatMap((value) => [0x4a, ...int32(value)]), 0x74];
}

function global(module: string, name: string): number[] {
  return [0x63, ...new TextEncoder().encode(`${module}\n${name}\n`)];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [0x58, ...int32(bytes.length), ...bytes];
}

function float(value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, false);
  return [0x47, ...new Uint8Array(view.buffer)];
}

function int32(value: number): number[] {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, value, true);
  return [...new Uint8Array(view.buffer)];
}
