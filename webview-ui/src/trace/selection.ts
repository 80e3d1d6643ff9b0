import { isInterpError } from '../../../src/core/errors.ts';
import { formatUnit, parseUnit, type Unit } from '../../../src/core/model/units.ts';
import { SITES, type Quantity, type Site } from '../../../src/core/trace/quantity.ts';
import type { ModelInfo } from '../../../src/protocol/engineContract.ts';
import type { PersistedView, Selection, TraceView } from '../../../src/protocol/viewContract.ts';

/** What a person may change at once; the rest follows. */
export type SelectionChange = Partial<Selection>;

/** Where a panel opens: the last token, after the last layer, coloured by surprise. */
export function firstSelection(view: TraceView): Selection {
  return {
    position: Math.max(0, view.summary.tokens.length - 1),
    layer: view.model.n_layers - 1,
    quantity: { kind: 'loss' },
    head: 0,
  };
}

/** The selection as this trace can show it: clamped, a norm at the chosen layer, a head from the chosen query. */
export function fitSelection(selection: Selection | null, view: TraceView): Selection {
  const first = firstSelection(view);
  if (selection === null) return first;
  const position = clamp(selection.position, first.position);
  const layer = clamp(selection.layer, view.model.n_layers - 1);
  const head = clamp(selection.head, view.model.n_heads - 1);
  return { position, layer, head, quantity: fitQuantity(selection.quantity, position, layer, view.model) };
}

function fitQuantity(quantity: Quantity, position: number, layer: number, model: ModelInfo): Quantity {
  if (quantity.kind === 'norm') return { kind: 'norm', site: quantity.site, layer };
  if (quantity.kind !== 'unit') return quantity;
  if (unitProblem(quantity.unit, model) !== null) return { kind: 'loss' };
  return quantity.unit.kind === 'head'
    ? { kind: 'unit', unit: quantity.unit, query: position }
    : { kind: 'unit', unit: quantity.unit };
}

/** Why the model has no such unit, as a sentence; null when it has. */
export function unitProblem(unit: Unit, model: ModelInfo): string | null {
  if (unit.kind === 'latent') {
    const sae = model.saes.find((candidate) => candidate.id === unit.sae);
    if (model.saes.length === 0) return 'No SAE is attached to this model.';
    if (!sae)
      return `No SAE "${unit.sae}" is attached. There is ${model.saes.map(({ id }) => id).join(', ')}.`;
    if (unit.index >= sae.d_sae) return `${unit.sae} has latents 0 to ${sae.d_sae - 1}.`;
    return null;
  }
  if (unit.layer >= model.n_layers) return `${model.name} has layers 0 to ${model.n_layers - 1}.`;
  if (unit.kind === 'head' && unit.head >= model.n_heads)
    return `${model.name} has heads 0 to ${model.n_heads - 1} in each layer.`;
  if (unit.kind === 'neuron' && unit.neuron >= model.d_mlp)
    return `${model.name} has neurons 0 to ${model.d_mlp - 1} in each layer.`;
  return null;
}

/** Reads a typed unit id against a model. */
export function readUnit(
  text: string,
  model: ModelInfo,
): { readonly unit: Unit; readonly problem: null } | { readonly unit: null; readonly problem: string } {
  try {
    const unit = parseUnit(text.trim());
    const problem = unitProblem(unit, model);
    return problem === null ? { unit, problem: null } : { unit: null, problem };
  } catch (error) {
    if (!isInterpError(error)) throw error;
    return { unit: null, problem: 'Unit ids look like L3H1, L3N123 or 3-res/412.' };
  }
}

/** Short name of a quantity: `Surprise`, `resid_post, norm`, `L3N12`, `L3H1 from 14`. */
export function quantityName(quantity: Quantity): string {
  switch (quantity.kind) {
    case 'loss':
      return 'Surprise';
    case 'probability':
      return 'Probability';
    case 'entropy':
      return 'Entropy';
    case 'norm':
      return `${quantity.site}, norm`;
    case 'unit':
      return quantity.query === undefined
        ? formatUnit(quantity.unit)
        : `${formatUnit(quantity.unit)} from ${quantity.query}`;
  }
}

/** What a page kept over a reload; null when it is not in the form of this version. */
export function readPersisted(value: unknown): PersistedView | null {
  if (!isRecord(value) || value['version'] !== 1 || typeof value['uri'] !== 'string') return null;
  const { range, tab } = value;
  const kept =
    isRecord(range) && isCount(range['start']) && isCount(range['end'])
      ? { start: range['start'], end: range['end'] }
      : null;
  return {
    version: 1,
    uri: value['uri'],
    range: kept,
    selection: readSelection(value['selection']),
    tab: typeof tab === 'string' ? tab : null,
  };
}

/** A selection that came from outside; null when it is not one. */
export function readSelection(value: unknown): Selection | null {
  if (!isRecord(value)) return null;
  const { position, layer, head } = value;
  const quantity = readQuantity(value['quantity']);
  if (!isCount(position) || !isCount(layer) || !isCount(head) || quantity === null) return null;
  return { position, layer, head, quantity };
}

function readQuantity(value: unknown): Quantity | null {
  if (!isRecord(value)) return null;
  const { kind, site, layer, unit, query } = value;
  if (kind === 'loss' || kind === 'probability' || kind === 'entropy') return { kind };
  if (kind === 'norm' && isSite(site) && isCount(layer)) return { kind, site, layer };
  const readable = kind === 'unit' ? readUnitObject(unit) : null;
  if (readable === null) return null;
  return isCount(query) ? { kind: 'unit', unit: readable, query } : { kind: 'unit', unit: readable };
}

function readUnitObject(value: unknown): Unit | null {
  if (!isRecord(value)) return null;
  const { kind, layer, head, neuron, sae, index } = value;
  if (kind === 'head' && isCount(layer) && isCount(head)) return { kind, layer, head };
  if (kind === 'neuron' && isCount(layer) && isCount(neuron)) return { kind, layer, neuron };
  if (kind === 'latent' && typeof sae === 'string' && isCount(index)) return { kind, sae, index };
  return null;
}

function isSite(value: unknown): value is Site {
  return SITES.some((site) => site === value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(max, value));
}
