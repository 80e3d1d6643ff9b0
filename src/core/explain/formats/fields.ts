import { InterpError } from '../../errors.ts';
import { isJsonObject, quote, type JsonObject } from '../../json.ts';
import type { Unit } from '../../model/units.ts';

/** Reads of JSON that came from another tool: every wrong field is one error that names file, field and what was found. */

/** `place`: file and line; `field`: path in the record, for the message. */
export function malformed(place: string, field: string, expected: string, found: unknown): InterpError {
  return new InterpError(
    'explain/malformed',
    `${place}: ${field} must be ${expected}, found ${quote(found)}.`,
    { data: { file: place, field, expected, found: quote(found) } },
  );
}

/** @throws explain/malformed */
export function objectAt(value: unknown, place: string, field: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw malformed(place, field, 'an object', value);
}

/** @throws explain/malformed */
export function listAt(value: unknown, place: string, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw malformed(place, field, 'a list', value);
}

/** @throws explain/malformed */
export function textsAt(value: unknown, place: string, field: string): readonly string[] {
  const list = listAt(value, place, field);
  const wrong = list.find((each) => typeof each !== 'string');
  if (wrong !== undefined) throw malformed(place, field, 'a list of texts', wrong);
  return list as readonly string[];
}

/** Python writes NaN for what is not defined; JSON readers see null. */
export function numbersAt(value: unknown, place: string, field: string): readonly number[] {
  const list = listAt(value, place, field);
  const wrong = list.find((each) => typeof each !== 'number');
  if (wrong !== undefined) throw malformed(place, field, 'a list of numbers', wrong);
  return list as readonly number[];
}

/** Null for what is not there, and for infinities and NaN. @throws explain/malformed for what is no number */
export function finiteAt(value: unknown, place: string, field: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number') throw malformed(place, field, 'a number', value);
  return Number.isFinite(value) ? value : null;
}

/** Texts of OpenAI's own neurons and of other units: layer and number, and which unit it is where they do not say. */
export function unitNumbers(unit: Unit): { readonly layer: number; readonly index: number } {
  switch (unit.kind) {
    case 'neuron':
      return { layer: unit.layer, index: unit.neuron };
    case 'head':
      return { layer: unit.layer, index: unit.head };
    case 'latent':
      return { layer: Number.parseInt(unit.sae, 10), index: unit.index };
  }
}

/** `neuron_id` of OpenAI's formats, or TDB's later `node_id`, as a unit id. */
export function openAiUnit(object: JsonObject, place: string): string {
  const own = object['unit'];
  if (typeof own === 'string') return own;
  const id = objectAt(object['neuron_id'] ?? object['node_id'], place, 'neuron_id');
  const layer = id['layer_index'];
  const index = id['neuron_index'] ?? id['node_index'];
  if (!isCount(layer)) throw malformed(place, 'neuron_id.layer_index', 'a whole number', layer);
  if (!isCount(index)) throw malformed(place, 'neuron_id.neuron_index', 'a whole number', index);
  const kind = id['node_type'];
  return kind === 'attention_head' ? `L${layer}H${index}` : `L${layer}N${index}`;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
