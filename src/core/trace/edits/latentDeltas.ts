import { bug } from '../../errors.ts';
import { row, tensor, type Tensor } from '../../tensor/tensor.ts';
import type { Rows } from './layerEdits.ts';
import type { LatentEdit } from './runEdit.ts';
import type { SaeRunner, SparseActs } from '../saeRunner.ts';

/** What edited latents add to their SAE's hook at a position. Shape [d_in]. */
export interface Delta {
  readonly position: number;
  readonly vector: Float32Array;
}

interface Asked {
  /** Edits of each item of the batch, all at the hook that `x` is. */
  readonly lists: readonly (readonly LatentEdit[])[];
  readonly rows: Rows;
  readonly saes: ReadonlyMap<string, SaeRunner>;
}

/** One row of the hook and the edits of its latents. */
export interface Cell {
  /** Whose delta it is. */
  readonly item: number;
  readonly row: number;
  readonly position: number;
  readonly edits: readonly LatentEdit[];
}

/**
 * (new z - z) * scale * W_dec[i], summed over the edited latents of each row, and (keep - 1) * error: z, scale and
 * error are what the run itself has at the hook. x [batch * rows, d_in]; one list of deltas per item. Cells where
 * nothing changes have no delta.
 */
export async function latentDeltas(x: Tensor, { lists, rows, saes }: Asked): Promise<readonly Delta[][]> {
  const result = lists.map((): Delta[] => []);
  for (const id of new Set(lists.flat().map(({ sae }) => sae))) {
    const runner = saes.get(id);
    if (!runner) throw bug(`SAE ${id} is edited and not there`);
    const cells = lists.flatMap((edits, item) =>
      cellsOf(
        edits.filter(({ sae }) => sae === id),
        item,
        rows,
      ),
    );
    for (const { item, delta } of await deltasOf(x, cells, runner)) result[item]?.push(delta);
  }
  return result;
}

function cellsOf(edits: readonly LatentEdit[], item: number, { first, count }: Rows): Cell[] {
  const positions = new Set(edits.flatMap((edit) => edit.positions));
  return [...positions]
    .filter((position) => position >= first && position < first + count)
    .map((position) => ({
      item,
      row: item * count + position - first,
      position,
      edits: edits.filter((edit) => edit.positions.includes(position)),
    }));
}

/** Deltas of cells of one SAE; cells where nothing changes have none. */
export async function deltasOf(
  x: Tensor,
  cells: readonly Cell[],
  runner: SaeRunner,
): Promise<{ item: number; delta: Delta }[]> {
  if (cells.length === 0) return [];
  const { d_in } = runner.sae.config;
  // Never a single row, which ONNX Runtime multiplies by another kernel: alone or together gives the same bits.
  const count = Math.max(2, cells.length);
  const input = tensor([count, d_in], new Float32Array(count * d_in));
  for (let index = 0; index < count; index++)
    input.data.set(row(x, (cells[index] ?? cells[0])?.row ?? 0), index * d_in);
  const acts = await runner.encode(input);
  const indices = [...new Set(cells.flatMap(({ edits }) => edits.map(({ index }) => index)))];
  const directions = await writeDirections(
    runner,
    indices.filter((index) => index !== 'error'),
  );
  const rebuilt = indices.includes('error') ? await runner.decode(acts) : null;
  return cells.flatMap((cell, index) => {
    const vector = new Float32Array(d_in);
    let changed = false;
    for (const [latent, by] of movesOf(cell, acts, index)) {
      if (by === 0) continue;
      changed = true;
      const direction =
        latent === 'error'
          ? row(input, index).map((value, unit) => value - (rebuilt?.data[index * d_in + unit] ?? Number.NaN))
          : directions.get(latent);
      const scale = latent === 'error' ? 1 : scaleAt(acts, index);
      for (let unit = 0; unit < d_in; unit++)
        vector[unit] = (vector[unit] ?? 0) + by * scale * (direction?.[unit] ?? Number.NaN);
    }
    return changed ? [{ item: cell.item, delta: { position: cell.position, vector } }] : [];
  });
}

/** What an activation of 1 of each latent writes, before the input's scale is undone. Shape [d_in] each. */
async function writeDirections(
  runner: SaeRunner,
  latents: readonly number[],
): Promise<ReadonlyMap<number, Float32Array>> {
  if (latents.length === 0) return new Map();
  const W_dec = (await runner.latents(latents)).get('W_dec');
  if (!W_dec) throw bug('a SAE lost its decoder');
  return new Map(
    latents.map((latent, index) => {
      const direction = row(W_dec, index);
      if (!runner.sae.config.rescale_acts_by_decoder_norm) return [latent, direction];
      const norm = Math.hypot(...direction);
      return [latent, direction.map((value) => value / norm)];
    }),
  );
}

function scaleAt(acts: SparseActs, index: number): number {
  return acts.scale.data[acts.scale.data.length === 1 ? 0 : index] ?? Number.NaN;
}

/** By how much each edited latent moves; for the error term, by how much of itself. */
function movesOf({ edits, position }: Cell, acts: SparseActs, index: number): Map<number | 'error', number> {
  const before = (latent: number | 'error'): number =>
    latent === 'error' ? 1 : activationAt(acts, index, latent);
  const after = new Map<number | 'error', number>();
  for (const edit of edits) {
    const { value, positions } = edit;
    const added = typeof value === 'number' ? value : (value[positions.indexOf(position)] ?? Number.NaN);
    after.set(edit.index, edit.keep * (after.get(edit.index) ?? before(edit.index)) + added);
  }
  return new Map([...after].map(([latent, value]) => [latent, value - before(latent)]));
}

/** 0 where the latent is not active. */
export function activationAt(acts: SparseActs, index: number, latent: number): number {
  const from = index * acts.k;
  const at = acts.indices.subarray(from, from + acts.k).indexOf(latent);
  return at < 0 ? 0 : (acts.values[from + at] ?? Number.NaN);
}
