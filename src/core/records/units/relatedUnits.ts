import { topIndices } from '../../analysis/candidates.ts';
import { norm } from '../../analysis/nodes/vectors.ts';
import { need } from '../../graph/keptGraphs.ts';
import type { Unit } from '../../model/units.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { allFamilies, familyId, unitAt, type Family } from '../family.ts';
import {
  centred,
  placeFamily,
  readDirection,
  writeDirection,
  type DirectedFamily,
  type DirectedUnit,
  type FamilyPlace,
} from './directions.ts';
import { saeOf, unitSpace, type UnitModel } from './unitModel.ts';

/** A unit with its weight to or from another: write . read. */
export interface WeighedUnit {
  readonly unit: Unit;
  readonly value: number;
}

/**
 * Units whose write direction goes furthest along what this one reads: write . read, the scale of normalisations left
 * out, over the neurons and latents that write before it does read. A latent of an MLP's output, or of its neurons,
 * reads that layer's neurons alone; one of an attention's output no unit at all. By |value|.
 * Source: automated-interpretability's weight-based related neurons (c_proj row . ln_2 gain . c_fc column).
 */
export async function upstreamUnits(model: UnitModel, unit: DirectedUnit, k: number): Promise<WeighedUnit[]> {
  const own = placeFamily(model, familyOf(unit));
  const writers = own ? otherPlaces(model, own).filter((writer) => feeds(writer, own)) : [];
  if (writers.length === 0) return [];
  const read = await readDirection(model, unit);
  const lists = [];
  for (const { family, sae, site } of writers) {
    const values =
      sae === null
        ? await neuronsAlong(model, { layer: site.layer, own }, read)
        : await latentsAlong(model, { sae: sae.id, site }, read);
    lists.push(strongest(family, values, k));
  }
  return merged(lists, k);
}

/** The same the other way round: units that read what this one writes. */
export async function downstreamUnits(
  model: UnitModel,
  unit: DirectedUnit,
  k: number,
): Promise<WeighedUnit[]> {
  const own = placeFamily(model, familyOf(unit));
  const readers = own ? otherPlaces(model, own).filter((reader) => feeds(own, reader)) : [];
  if (readers.length === 0) return [];
  const write = await writeDirection(model, unit);
  const lists = [];
  for (const { family, sae, site } of readers) {
    const { data } =
      sae === null
        ? await model.reads.intoNeurons(site.layer, rowOf(write))
        : await model.reads.intoLatents(sae, rowOf(centred(arriving(model, { unit, site }, write), sae)));
    lists.push(strongest(family, data, k));
  }
  return merged(lists, k);
}

/** Cosines of the unit's write direction (of latents: the decoder's row) with those of its family. */
export async function cosineUnits(model: UnitModel, unit: DirectedUnit, k: number): Promise<WeighedUnit[]> {
  const family = familyOf(unit);
  const { along, norms, own } = await familyProducts(model, unit);
  const cosines = along.map((value, index) => value / ((norms[index] ?? Number.NaN) * own));
  const index = unit.kind === 'neuron' ? unit.neuron : unit.index;
  cosines[index] = 0;
  return strongest(family, cosines, k);
}

async function familyProducts(
  { reads, saes }: UnitModel,
  unit: DirectedUnit,
): Promise<{ along: Float32Array; norms: Float32Array; own: number }> {
  if (unit.kind === 'neuron') {
    const write = await reads.neuronRow(unit.layer, unit.neuron);
    const { neurons } = await reads.along(unit.layer, rowOf(write));
    const { neuronNorms } = await reads.block(unit.layer);
    return { along: neurons.data, norms: neuronNorms.data, own: norm(write) };
  }
  const sae = saeOf({ saes }, unit.sae);
  const row = need(await sae.runner.latents([unit.index]), 'W_dec').data;
  const { latents, norms } = await reads.alongLatents(sae, rowOf(row));
  return { along: latents.data, norms: norms.data, own: norm(row) };
}

/** What an activation of 1 of every neuron of a layer adds along what a unit reads. [d_mlp]. */
async function neuronsAlong(
  model: UnitModel,
  { layer, own }: { readonly layer: number; readonly own: FamilyPlace | null },
  read: Float32Array,
): Promise<Float32Array> {
  return own?.site.hook === 'post' ? read : (await model.reads.along(layer, rowOf(read))).neurons.data;
}

/** What a unit writes as the reader's hook has it: mlp.hook_post is the neurons themselves. */
function arriving(
  { runner }: UnitModel,
  { unit, site }: { readonly unit: DirectedUnit; readonly site: FamilyPlace['site'] },
  write: Float32Array,
): Float32Array {
  if (site.hook !== 'post' || unit.kind !== 'neuron') return write;
  const row = new Float32Array(runner.config.d_mlp);
  row[unit.neuron] = 1;
  return row;
}

/** What every latent of a SAE writes along a direction of the residual stream. [d_sae]. */
async function latentsAlong(
  model: UnitModel,
  { sae: id, site }: { readonly sae: string; readonly site: FamilyPlace['site'] },
  direction: Float32Array,
): Promise<Float32Array> {
  const sae = saeOf(model, id);
  const x = await atHook(model, site, rowOf(direction));
  const { latents, norms } = await model.reads.alongLatents(sae, x);
  if (!sae.config.rescale_acts_by_decoder_norm) return latents.data;
  return latents.data.map((value, index) => value / (norms.data[index] ?? Number.NaN));
}

/** A direction of the residual stream as the hook before W_O or W_out sees it. */
async function atHook(
  { reads }: UnitModel,
  { hook, layer }: FamilyPlace['site'],
  direction: Tensor,
): Promise<Tensor> {
  if (hook === 'z') return (await reads.along(layer, direction)).z;
  return hook === 'post' ? (await reads.along(layer, direction)).neurons : direction;
}

function feeds(writer: FamilyPlace, reader: FamilyPlace): boolean {
  if (reader.readsUpTo === null) {
    const isMlp = reader.site.hook === 'mlp_out' || reader.site.hook === 'post';
    return isMlp && writer.sae === null && writer.site.layer === reader.site.layer;
  }
  // Two SAEs of one place of the residual stream describe the same thing: neither writes what the other reads.
  const sameStream = writer.readsUpTo !== null && writer.sae !== null && writer.writesAt === reader.readsUpTo;
  return writer.writesAt <= reader.readsUpTo && !(sameStream && reader.sae !== null);
}

/** Every directed family but the own one; SAEs at hooks that nothing is known of are passed over. */
function otherPlaces(model: UnitModel, own: FamilyPlace): FamilyPlace[] {
  return allFamilies(unitSpace(model)).flatMap((family) => {
    if (!isDirected(family) || familyId(family) === familyId(own.family)) return [];
    return placeFamily(model, family) ?? [];
  });
}

function isDirected(family: Family): family is DirectedFamily {
  return family.kind !== 'heads';
}

function familyOf(unit: DirectedUnit): DirectedFamily {
  return unit.kind === 'neuron' ? { kind: 'neurons', layer: unit.layer } : { kind: 'latents', sae: unit.sae };
}

/** The k units of largest |value|; zeros and what is no number are none. */
export function strongest(family: Family, values: Float32Array, k: number): WeighedUnit[] {
  const sizes = values.map((value) => (Number.isNaN(value) ? 0 : Math.abs(value)));
  return topIndices(sizes, k)
    .filter((index) => (sizes[index] ?? 0) > 0)
    .map((index) => ({ unit: unitAt(family, index), value: values[index] ?? Number.NaN }));
}

function merged(lists: readonly (readonly WeighedUnit[])[], k: number): WeighedUnit[] {
  return lists
    .flat()
    .toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, k);
}

function rowOf(data: Float32Array): Tensor {
  return tensor([1, data.length], data);
}
