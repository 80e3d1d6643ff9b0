import { row, tensor, type Tensor } from '../../tensor/tensor.ts';
import { need } from '../gradientSource.ts';
import type { LatentEdit } from '../runEdit.ts';
import type { SparseActs } from '../saeRunner.ts';
import { atLeastTwo, type VariantModel } from './variantModel.ts';

/** Edits of one SAE's latents at one row of its hook, in their order. `at` is the row's model position. */
export interface LatentPlace {
  readonly row: number;
  readonly at: number;
  readonly edits: readonly LatentEdit[];
}

/**
 * What the edits change at the hook of one SAE, rows [N, d_in] as this run has them: (new z - z) * scale * W_dec[i]
 * summed, and (keep - 1) * error. One vector [d_in] per place.
 */
export async function latentChanges(
  model: VariantModel,
  id: string,
  rows: Tensor,
  places: readonly LatentPlace[],
): Promise<Float32Array[]> {
  const runner = model.sae(id);
  const { d_in, rescale_acts_by_decoder_norm } = runner.sae.config;
  if (places.length === 0) return [];
  const used = [...new Set(places.map((place) => place.row))];
  const input = new Float32Array(used.length * d_in);
  used.forEach((index, order) => input.set(row(rows, index), order * d_in));
  const x = atLeastTwo(tensor([used.length, d_in], input));
  const acts = await runner.encode(x);
  const indices = [...new Set(places.flatMap(({ edits }) => edits.map(({ index }) => index)))];
  const latents = indices.filter((index) => index !== 'error');
  const weights = await runner.latents(latents.length > 0 ? latents : [0]);
  const W_dec = need(weights, 'W_dec');
  const gain = need(weights, 'gain');
  const withErrors = indices.includes('error');
  const reconstruction = withErrors ? await runner.decode(acts) : null;
  const orderOf = new Map(latents.map((latent, order) => [latent, order]));

  return places.map((place) => {
    const order = used.indexOf(place.row);
    const scale = acts.scale.data[acts.scale.dims[0] === 1 ? 0 : order] ?? Number.NaN;
    const result = new Float32Array(d_in);
    for (const [index, by] of changesAt(acts, order, place)) {
      if (by === 0) continue;
      if (index === 'error') {
        const rebuilt = reconstruction ? row(reconstruction, order) : result;
        const original = row(x, order);
        result.forEach((sum, unit) => {
          result[unit] = sum + by * ((original[unit] ?? 0) - (rebuilt[unit] ?? 0));
        });
        continue;
      }
      const at = orderOf.get(index) ?? 0;
      const norm = rescale_acts_by_decoder_norm ? (gain.data[at] ?? 1) : 1;
      const factor = (by * scale) / norm;
      row(W_dec, at).forEach((value, unit) => {
        result[unit] = (result[unit] ?? 0) + factor * value;
      });
    }
    return result;
  });
}

/** By how much each edited latent moves, and by how much of itself the error term does. */
function changesAt(acts: SparseActs, order: number, place: LatentPlace): Map<number | 'error', number> {
  const now = new Map<number | 'error', number>();
  const before = (index: number | 'error'): number =>
    index === 'error' ? 1 : activationAt(acts, order, index);
  for (const { index, keep, value, positions } of place.edits) {
    const added = typeof value === 'number' ? value : (value[positions.indexOf(place.at)] ?? Number.NaN);
    const held = now.get(index) ?? before(index);
    now.set(index, index === 'error' ? keep * held : Math.fround(keep * held + added));
  }
  return new Map([...now].map(([index, value]) => [index, value - before(index)]));
}

function activationAt(acts: SparseActs, order: number, index: number): number {
  const from = order * acts.k;
  const at = acts.indices.subarray(from, from + acts.k).indexOf(index);
  return at < 0 ? 0 : (acts.values[from + at] ?? 0);
}
