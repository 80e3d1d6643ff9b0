import type { AttentionLayer } from '../../../src/protocol/debugContract.ts';

export type Weighting = 'pattern' | 'written';

/** Weight of a query for a key in one head; null above the diagonal, which the mask forbids. */
export function weightAt(
  layer: AttentionLayer,
  weighting: Weighting,
  head: number,
  query: number,
  key: number,
): number | null {
  return key > query ? null : (layer[weighting][(head * layer.size + query) * layer.size + key] ?? null);
}

/** Largest weight of a head, for its colour scale: 1 for probabilities, so that heads can be compared. */
export function reachOf(layers: readonly (AttentionLayer | null)[], weighting: Weighting): number {
  if (weighting === 'pattern') return 1;
  let reach = 0;
  for (const layer of layers) for (const value of layer?.written ?? []) reach = Math.max(reach, value);
  return reach;
}

export interface Weighed {
  readonly position: number;
  readonly weight: number;
}

/** Keys that a query attends to, strongest first. */
export function attendedTo(
  layer: AttentionLayer,
  weighting: Weighting,
  head: number,
  query: number,
  k: number,
): readonly Weighed[] {
  const all = Array.from({ length: query + 1 }, (_, key) => ({
    position: key,
    weight: weightAt(layer, weighting, head, query, key) ?? 0,
  }));
  return all.sort((a, b) => b.weight - a.weight).slice(0, k);
}

/** Queries that attend to a key, strongest first. */
export function attendedFrom(
  layer: AttentionLayer,
  weighting: Weighting,
  head: number,
  key: number,
  k: number,
): readonly Weighed[] {
  const all = Array.from({ length: layer.size - key }, (_, i) => ({
    position: key + i,
    weight: weightAt(layer, weighting, head, key + i, key) ?? 0,
  }));
  return all.sort((a, b) => b.weight - a.weight).slice(0, k);
}

/**
 * A head's map in `pixels` x `pixels` steps: each step is the largest weight that falls into it, so that one strong
 * pair is seen however small the map is. Row-major, rows are queries.
 */
export function thumbnail(
  layer: AttentionLayer,
  weighting: Weighting,
  head: number,
  pixels: number,
): Float32Array {
  const steps = Math.min(pixels, layer.size);
  const out = new Float32Array(steps * steps);
  for (let query = 0; query < layer.size; query++) {
    const row = Math.floor((query * steps) / layer.size);
    for (let key = 0; key <= query; key++) {
      const at = row * steps + Math.floor((key * steps) / layer.size);
      out[at] = Math.max(out[at] ?? 0, weightAt(layer, weighting, head, query, key) ?? 0);
    }
  }
  return out;
}
