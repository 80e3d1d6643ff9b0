import { InterpError } from '../../core/errors.ts';
import type { Unit } from '../../core/model/units.ts';
import { SITES, type Quantity } from '../../core/trace/quantity.ts';
import type { PersistedView, Selection } from '../../protocol/viewContract.ts';

/** Largest list that a page may ask for. */
const MAX_K = 1000;
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

export function count(fields: Fields, key: string): number {
  return Math.min(index(fields, key), MAX_K);
}

export function quantity(value: unknown): Quantity {
  const fields = fieldsOf(value);
  switch (fields['kind']) {
    case 'loss':
    case 'probability':
    case 'entropy':
      return { kind: fields['kind'] };
    case 'norm': {
      const site = SITES.find((name) => name === fields['site']);
      if (!site) throw invalid('site', fields['site']);
      return { kind: 'norm', site, layer: index(fields, 'layer') };
    }
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

/** What a page persisted, or null when it is of another version or damaged: then the page starts afresh. */
export function persistedView(value: unknown): PersistedView | null {
  try {
    const fields = fieldsOf(value);
    if (fields['version'] !== 1) return null;
    const range = fields['range'] === null ? null : fieldsOf(fields['range']);
    return {
      version: 1,
      uri: text(fields, 'uri'),
      range: range && { start: index(range, 'start'), end: index(range, 'end') },
      selection: fields['selection'] === null ? null : selection(fields['selection']),
      tab: fields['tab'] === null ? null : text(fields, 'tab'),
    };
  } catch {
    return null;
  }
}

export function invalid(expected: string, found: unknown): InterpError {
  return new InterpError(
    'request/invalid',
    `A page sent ${JSON.stringify(found) ?? 'nothing'} where ${expected} was expected.`,
  );
}
