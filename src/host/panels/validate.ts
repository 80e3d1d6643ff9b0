import { InterpError } from '../../core/errors.ts';
import type { Unit } from '../../core/model/units.ts';
import { SITES, type Quantity } from '../../core/trace/quantity.ts';
import type { PersistedView, Selection } from '../../protocol/viewContract.ts';

/** Largest list that a page may ask for. */
const MAX_K = 1000;
/** Longest list that a page may send. */
const MAX_ITEMS = 1000;
const MAX_TEXT = 5_000_000;

export type Fields = Readonly<Record<string, unknown>>;

/** Readers of what a page sends. Each returns a checked copy. @throws request/invalid */
export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw invalid('an object', value);
  return value as Fields;
}

export function text(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== 'string' || value.length > MAX_TEXT) throw invalid(`${key}: a text`, value);
  return value;
}

/** A whole number from 0. */
export function index(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw invalid(`${key}: a whole number from 0`, value);
  return value;
}

/** How many rows a page asks for, at most `MAX_K`. */
export function count(fields: Fields, key: string): number {
  return Math.min(index(fields, key), MAX_K);
}

export function flag(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (typeof value !== 'boolean') throw invalid(`${key}: true or false`, value);
  return value;
}

/** One of a closed list. */
export function oneOf<T extends string>(known: readonly T[], value: unknown): T {
  const found = known.find((each) => each === value);
  if (found === undefined) throw invalid(`one of ${known.join(', ')}`, value);
  return found;
}

export function list(value: unknown, key: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > MAX_ITEMS) throw invalid(`${key}: a list`, value);
  return value;
}

export function texts(value: unknown, key: string): string[] {
  return list(value, key).map((item) => text({ item }, 'item'));
}

/** Null where a page says so; what is missing is read, and refused. */
export function nullable<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}

/** Null also where the key is missing. */
export function textOrNull(fields: Fields, key: string): string | null {
  return nullable(fields[key] ?? null, () => text(fields, key));
}

/** Null also where the key is missing. */
export function indexOrNull(fields: Fields, key: string): number | null {
  return nullable(fields[key] ?? null, () => index(fields, key));
}

/** What a page persisted, or null when it is of another version or damaged: then the page starts afresh. */
export function persisted<T>(value: unknown, read: (fields: Fields) => T): T | null {
  try {
    const fields = fieldsOf(value);
    return fields['version'] === 1 ? read(fields) : null;
  } catch {
    return null;
  }
}

export function quantity(value: unknown): Quantity {
  const fields = fieldsOf(value);
  switch (fields['kind']) {
    case 'loss':
    case 'probability':
    case 'entropy':
      return { kind: fields['kind'] };
    case 'norm':
      return { kind: 'norm', site: oneOf(SITES, fields['site']), layer: index(fields, 'layer') };
    case 'unit': {
      const unit = unitOf(fields['unit']);
      return fields['query'] === undefined
        ? { kind: 'unit', unit }
        : { kind: 'unit', unit, query: index(fields, 'query') };
    }
    default:
      throw invalid('a quantity', value);
  }
}

export function unitOf(value: unknown): Unit {
  const fields = fieldsOf(value);
  switch (fields['kind']) {
    case 'head':
      return { kind: 'head', layer: index(fields, 'layer'), head: index(fields, 'head') };
    case 'neuron':
      return { kind: 'neuron', layer: index(fields, 'layer'), neuron: index(fields, 'neuron') };
    case 'latent':
      return { kind: 'latent', sae: text(fields, 'sae'), index: index(fields, 'index') };
    default:
      throw invalid('a unit', value);
  }
}

export function selection(value: unknown): Selection {
  const fields = fieldsOf(value);
  return {
    position: index(fields, 'position'),
    layer: index(fields, 'layer'),
    quantity: quantity(fields['quantity']),
    head: index(fields, 'head'),
  };
}

export function persistedView(value: unknown): PersistedView | null {
  return persisted(value, (fields) => {
    const range = nullable(fields['range'], fieldsOf);
    return {
      version: 1,
      uri: text(fields, 'uri'),
      range: range && { start: index(range, 'start'), end: index(range, 'end') },
      selection: nullable(fields['selection'], selection),
      tab: nullable(fields['tab'], () => text(fields, 'tab')),
    };
  });
}

export function invalid(expected: string, found: unknown): InterpError {
  return new InterpError(
    'request/invalid',
    `A page sent ${JSON.stringify(found) ?? 'nothing'} where ${expected} was expected.`,
  );
}
