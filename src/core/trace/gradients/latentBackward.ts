import { bug } from '../../errors.ts';
import { removesMean } from '../../sae/config.ts';
import { row, rowsAt, tensor, type Tensor } from '../../tensor/tensor.ts';
import { need } from '../../graph/keptGraphs.ts';
import { activationAt } from '../edits/latentDeltas.ts';
import { throughInput } from './readoutLatent.ts';
import type { LatentEdit } from '../edits/runEdit.ts';
import type { SaeRunner, SparseActs } from '../saeRunner.ts';
import { dot } from './throughNorm.ts';

/** What the edits of one SAE do at a row: the share of each latent, and of the error, that is kept. */
type Keeps = ReadonlyMap<LatentEdit['index'], number>;

/** Rows of a latent's matrices as gradients pass them. */
interface LatentRow {
  readonly write: Float32Array;
  /** gain * W_enc column: what the pre-activation takes from the normalised input. */
  readonly read: Float64Array;
}

/**
 * Edited latents make their hook a function of itself: hook' = hook + sum (new z - z) * scale * W_dec[i], and
 * (keep - 1) * error. Given the gradient at hook', this is what has to be added to have it at hook:
 * sum (keep - 1) * scale * (W_dec[i] . g) * dz_i/dhook over the active ones, the scale of the input's normalisation
 * held. `x`: the hook before its latents are moved, [pos, d_in]; the result is in the layout of `gradient`.
 */
export async function latentsBackward(
  saes: ReadonlyMap<string, SaeRunner>,
  edits: readonly LatentEdit[],
  x: Tensor,
  gradient: Tensor,
): Promise<Tensor> {
  const added = tensor(gradient.dims, new Float32Array(gradient.data.length));
  for (const id of new Set(edits.map(({ sae }) => sae))) {
    const runner = saes.get(id);
    if (!runner) throw bug(`SAE ${id} is edited and not there`);
    const own = edits.filter(({ sae }) => sae === id);
    const positions = [...new Set(own.flatMap((edit) => edit.positions))];
    const input = rowsAt(x, positions);
    const acts = await runner.encode(input);
    for (const [index, position] of positions.entries()) {
      const keeps = keepsAt(own, position);
      const latents = await readLatents(runner, movedLatents(keeps, acts, index));
      const at = position * runner.sae.config.d_in;
      const place = {
        x: row(input, index),
        gradient: gradient.data.subarray(at, at + runner.sae.config.d_in),
        scale: scaleAt(acts, index),
      };
      const moved = rowBackward(runner, keeps, latents, place);
      moved.forEach((value, i) => (added.data[at + i] = (added.data[at + i] ?? 0) + value));
    }
  }
  return added;
}

function keepsAt(edits: readonly LatentEdit[], position: number): Keeps {
  const keeps = new Map<LatentEdit['index'], number>();
  for (const { index, keep, positions } of edits)
    if (positions.includes(position)) keeps.set(index, keep * (keeps.get(index) ?? 1));
  return keeps;
}

/** Active latents whose share changes; an edited error moves with all of them. */
function movedLatents(keeps: Keeps, acts: SparseActs, index: number): number[] {
  const active = keeps.has('error')
    ? [...acts.indices.subarray(index * acts.k, index * acts.k + (acts.counts[index] ?? 0))]
    : [...keeps.keys()].filter((latent) => latent !== 'error');
  return active.filter((latent) => activationAt(acts, index, latent) > 0);
}

async function readLatents(
  runner: SaeRunner,
  indices: readonly number[],
): Promise<ReadonlyMap<number, LatentRow>> {
  if (indices.length === 0) return new Map();
  const { d_in, rescale_acts_by_decoder_norm } = runner.sae.config;
  const weights = await runner.latents(indices);
  const [W_enc, W_dec, gain] = [need(weights, 'W_enc'), need(weights, 'W_dec'), need(weights, 'gain').data];
  return new Map(
    indices.map((latent, order): [number, LatentRow] => {
      const direction = row(W_dec, order);
      const norm = rescale_acts_by_decoder_norm ? Math.hypot(...direction) : 1;
      const read = Float64Array.from(
        { length: d_in },
        (_, i) => (gain[order] ?? Number.NaN) * (row(W_enc, i)[order] ?? Number.NaN),
      );
      return [latent, { write: direction.map((value) => value / norm), read }];
    }),
  );
}

function rowBackward(
  { sae: { config } }: SaeRunner,
  keeps: Keeps,
  latents: ReadonlyMap<number, LatentRow>,
  place: { readonly x: Float32Array; readonly gradient: Float32Array; readonly scale: number },
): Float64Array {
  const { x, gradient, scale } = place;
  const error = (keeps.get('error') ?? 1) - 1;
  // The error is the input minus its reconstruction, which has the input's mean put back where it was taken off.
  const shift = removesMean(config) ? mean(gradient) : 0;
  const result = Float64Array.from(gradient, (value) => error * (value - shift));
  for (const [latent, { write, read }] of latents) {
    const share = (keeps.get(latent) ?? 1) - 1 - error;
    const factor = share * scale * dot(write, gradient);
    const { vector } = throughInput(config, x, read, 'frozen');
    vector.forEach((value, i) => (result[i] = (result[i] ?? 0) + factor * value));
  }
  return result;
}

function scaleAt({ scale }: SparseActs, index: number): number {
  return scale.data[scale.data.length === 1 ? 0 : index] ?? Number.NaN;
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
