import { attentionLayer } from '../../analysis/attentionLayer.ts';
import { need } from '../../graph/keptGraphs.ts';
import { latentColumn, type SparseActs } from '../../trace/saeRunner.ts';
import type { Trace } from '../../trace/trace.ts';
import type { Unit } from '../../model/units.ts';
import type { ActivationRecord } from '../records.ts';
import type { Family } from '../family.ts';
import { saeOf, type UnitModel } from './unitModel.ts';
import { concatenate } from '../../tensor/concatenate.ts';

type Activations = Pick<ActivationRecord, 'activations' | 'pairs'>;

/** One unit over one run, as records have it. */
export async function unitActivations(model: UnitModel, trace: Trace, unit: Unit): Promise<Activations> {
  switch (unit.kind) {
    case 'neuron': {
      const { d_mlp } = trace.config;
      const post = need(await trace.layer(unit.layer), 'post').data;
      const activations = Float32Array.from(
        trace.ids,
        (_, position) => post[position * d_mlp + unit.neuron] ?? Number.NaN,
      );
      return { activations, pairs: null };
    }
    case 'latent':
      return { activations: latentColumn(await latentActs(model, trace, unit.sae), unit.index), pairs: null };
    case 'head': {
      const { written, size } = await attentionLayer({ reads: model.reads, trace }, unit.layer);
      const pairs = lowerTriangle(written, unit.head, size);
      return { activations: rowMaxima(pairs, size), pairs };
    }
  }
}

/** The same with tokens of one id, BOS, at 0 (heads: as queries): records never count them. */
export function withoutToken(
  { activations, pairs }: Activations,
  ids: readonly number[],
  skip: number | null,
): Activations {
  const kept = ids.map((id) => id !== skip);
  const rows = pairs && ids.map((_, query) => (kept[query] === true ? row(pairs, query) : empty(query)));
  return {
    activations: activations.map((value, at) => (kept[at] === true ? value : 0)),
    pairs: rows && concatenate(rows, (length) => new Float32Array(length)),
  };
}

/** Row of a lower triangle: the keys of one query. */
function row(pairs: Float32Array, query: number): Float32Array {
  const start = (query * (query + 1)) / 2;
  return pairs.subarray(start, start + query + 1);
}

function empty(query: number): Float32Array {
  return new Float32Array(query + 1);
}

/** Largest activation of every unit of a family, and where: positions below `first` are left out. */
export interface FamilyMaxima {
  readonly max: Float32Array;
  readonly position: Int32Array;
}

export async function familyMaxima(
  model: UnitModel,
  trace: Trace,
  family: Family,
  first: number,
): Promise<FamilyMaxima> {
  const size = trace.ids.length;
  switch (family.kind) {
    case 'neurons': {
      const { d_mlp } = trace.config;
      const post = need(await trace.layer(family.layer), 'post').data;
      return maxima({ units: d_mlp, first, size }, (unit, at) => post[at * d_mlp + unit] ?? Number.NaN);
    }
    case 'heads': {
      const { written, heads } = await attentionLayer({ reads: model.reads, trace }, family.layer);
      const rows = Array.from({ length: heads }, (_, head) =>
        rowMaxima(lowerTriangle(written, head, size), size),
      );
      return maxima({ units: heads, first, size }, (head, at) => rows[head]?.[at] ?? Number.NaN);
    }
    case 'latents': {
      const acts = await latentActs(model, trace, family.sae);
      const found = {
        max: new Float32Array(saeOf(model, family.sae).config.d_sae),
        position: new Int32Array(saeOf(model, family.sae).config.d_sae).fill(first),
      };
      for (let entry = first * acts.k; entry < acts.values.length; entry++) {
        const latent = acts.indices[entry] ?? 0;
        const value = acts.values[entry] ?? 0;
        if (value <= (found.max[latent] ?? 0)) continue;
        found.max[latent] = value;
        found.position[latent] = Math.floor(entry / acts.k);
      }
      return found;
    }
  }
}

export async function latentActs(model: UnitModel, trace: Trace, id: string): Promise<SparseActs> {
  const sae = saeOf(model, id);
  const { data } = await trace.hook(sae.config.hook_name);
  return sae.runner.encode({ dims: [trace.ids.length, sae.config.d_in], data });
}

/** Pairs of one head out of [head, query, key], row t with its t + 1 keys. */
function lowerTriangle(values: Float32Array, head: number, size: number): Float32Array {
  const pairs = new Float32Array((size * (size + 1)) / 2);
  for (let query = 0, at = 0; query < size; query++) {
    const start = (head * size + query) * size;
    pairs.set(values.subarray(start, start + query + 1), at);
    at += query + 1;
  }
  return pairs;
}

function rowMaxima(pairs: Float32Array, size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, query) =>
    row(pairs, query).reduce((most, value) => Math.max(most, value), -Infinity),
  );
}

function maxima(
  { units, first, size }: { readonly units: number; readonly first: number; readonly size: number },
  at: (unit: number, position: number) => number,
): FamilyMaxima {
  const max = new Float32Array(units).fill(size > first ? -Infinity : 0);
  const position = new Int32Array(units).fill(first);
  for (let place = first; place < size; place++) {
    for (let unit = 0; unit < units; unit++) {
      const value = at(unit, place);
      if (value <= (max[unit] ?? 0)) continue;
      max[unit] = value;
      position[unit] = place;
    }
  }
  return { max, position };
}
