import { InterpError } from '../errors.ts';
import { quote } from '../json.ts';
import type { PickleHost } from './pickle.ts';
import { isKind, type PickleValue } from './pickleValue.ts';

/** torch's storage types and the names of their dtypes in safetensors. */
const STORAGE_DTYPES: Readonly<Record<string, string>> = {
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.DoubleStorage': 'F64',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2';
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter';
const ORDERED_DICT = 'collections.OrderedDict';
const ALLOWED: ReadonlySet<string> = new Set([
  REBUILD_TENSOR,
  REBUILD_PARAMETER,
  ORDERED_DICT,
  ...Object.keys(STORAGE_DTYPES),
]);

/** torch's own limit of dimensions; largest dimension and element count as safetensors files have them here. */
const MAX_RANK = 64;
const MAX_DIM = 2 ** 26 - 1;

/** A piece of memory of one number type, kept in the archive under its key. */
export interface TorchStorage {
  readonly key: string;
  readonly dtype: string;
  /** Elements. */
  readonly size: number;
}

/** A view of a storage. Offset and strides count elements. */
export interface TorchView {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const TENSOR = 'tensor';
const STORAGE = 'storage';

/** The only Python that pickles of tensors may name: see ALLOWED. Everything else is refused by name. */
export function torchHost(file: string): PickleHost {
  const malformed = (what: string): InterpError =>
    new InterpError('weights/malformed', `${file}: ${what}.`, { data: { file } });
  return {
    global: (name) => {
      if (ALLOWED.has(name)) return { kind: 'global', name };
      const message = `${file}: it names ${quote(name)}; only tensors and plain values are read, and nothing is executed.`;
      throw new InterpError('weights/unsupported', message, { data: { file, global: name.slice(0, 200) } });
    },
    persistent: (id) => {
      const storage = parseStorage(id);
      if (!storage) throw malformed('a tensor has no storage that can be read');
      return { kind: 'object', type: STORAGE, value: storage };
    },
    call: (callee, args) => {
      const name = isKind(callee, 'global') ? callee.name : '';
      if (name === ORDERED_DICT && args.length === 0) return { kind: 'dict', entries: new Map() };
      if (name === REBUILD_PARAMETER && isObject(args[0], TENSOR)) return args[0];
      const view = name === REBUILD_TENSOR ? parseView(args) : null;
      if (!view)
        throw malformed(`${name === '' ? 'what is no function' : name} has arguments that are not read`);
      return { kind: 'object', type: TENSOR, value: view };
    },
    build: (target, state) => {
      // A state dict carries the versions of its modules as an attribute: nothing of it is needed.
      if (isKind(target, 'dict') && isKind(state, 'dict')) return target;
      throw malformed('state is set of what is no dict');
    },
  };
}

/** The view of a tensor that `torchHost` made; null for anything else. */
export function tensorView(value: PickleValue): TorchView | null {
  return isObject(value, TENSOR) ? (value.value as TorchView) : null;
}

function isObject(
  value: PickleValue | undefined,
  type: string,
): value is Extract<PickleValue, { readonly kind: 'object' }> {
  return isKind(value, 'object') && value.type === type;
}

/** ('storage', type, key, device, elements). */
function parseStorage(id: PickleValue): TorchStorage | null {
  if (!isKind(id, 'tuple') || id.items.length !== 5) return null;
  const [word, type, key, , size] = id.items;
  const dtype = isKind(type, 'global') ? STORAGE_DTYPES[type.name] : undefined;
  if (word !== 'storage' || typeof key !== 'string' || dtype === undefined || !isCount(size)) return null;
  return { key, dtype, size };
}

/** (storage, offset, shape, strides, requires_grad, hooks, ...). Null unless every element lies in the storage. */
function parseView([storage, offset, shape, strides]: readonly PickleValue[]): TorchView | null {
  if (!isObject(storage, STORAGE) || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) return null;
  if (shape.items.length !== strides.items.length || shape.items.length > MAX_RANK) return null;
  if (shape.items.some((dim) => dim > MAX_DIM)) return null;
  const view = { storage: storage.value as TorchStorage, offset, shape: shape.items, strides: strides.items };
  if (view.shape.includes(0)) return offset <= view.storage.size ? view : null;
  const last = view.shape.reduce((sum, dim, axis) => sum + (dim - 1) * (view.strides[axis] ?? 0), offset);
  return last < view.storage.size ? view : null;
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(
  value: PickleValue | undefined,
): value is { readonly kind: 'tuple'; readonly items: readonly number[] } {
  return isKind(value, 'tuple') && value.items.every(isCount);
}
