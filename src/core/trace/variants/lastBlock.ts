import { throwIfCancelled } from '../../errors.ts';
import { row, tensor, type Tensor } from '../../tensor/tensor.ts';
import type { BaseRows } from './baseRows.ts';
import { insideBlock, touches } from './place.ts';
import type { GroupContext, Running } from './runGroup.ts';

/** Fewer rows than this of each run are not worth two graphs. */
const LEAST_COUNT = 4;

/**
 * Whether a run may pass a block by `runLastRow`: only the residual stream after it is read, and nothing of the base
 * run or its own is edited there.
 */
export function onlyLastRow(context: GroupContext, base: BaseRows, layer: number): (run: Running) => boolean {
  const { model, read, baseEdits } = context;
  const isFree = (edits: GroupContext['baseEdits']): boolean =>
    !touches(model, edits, insideBlock(layer)) && !touches(model, edits, layer + 1);
  const isLast = read.inside.length === 0 && layer + 1 === read.layer && base.rows.count >= LEAST_COUNT;
  if (!isLast || !isFree(baseEdits)) return () => false;
  return ({ variant }) => variant.shortcut !== null || isFree(variant.own);
}

/**
 * The last block: of its output only the last row is read, so that its MLP runs for that row alone. What a run has
 * there is the base run's row plus the difference of both by this path; x becomes that row.
 */
export async function runLastRow(
  context: GroupContext,
  base: BaseRows,
  running: readonly Running[],
  layer: number,
  maxRows: number,
): Promise<void> {
  if (running.length === 0) return;
  const { count } = base.rows;
  const step = Math.max(1, Math.floor(maxRows / count));
  const before = await lastRows(context, base, [(await base.residPre(layer)).data], layer);
  const clean = row(await base.residPre(layer + 1), count - 1);
  const own = row(before, 0);
  for (let from = 0; from < running.length; from += step) {
    throwIfCancelled(context.signal);
    const part = running.slice(from, from + step);
    const after = await lastRows(
      context,
      base,
      part.map(({ x }) => x),
      layer,
    );
    part.forEach((run, order) => {
      run.x = row(after, order).map((value, unit) => (clean[unit] ?? 0) + (value - (own[unit] ?? 0)));
    });
  }
}

/** Last row of the block's output of each run. [runs, d_model]. */
async function lastRows(
  { model }: GroupContext,
  base: BaseRows,
  runs: readonly Float32Array[],
  layer: number,
): Promise<Tensor> {
  const width = model.config.d_model;
  const { count } = base.rows;
  const x = tensor([runs.length * count, width], new Float32Array(runs.length * count * width));
  runs.forEach((own, order) => x.data.set(own, order * count * width));
  const mid = await model.attention(layer, x, runs.length, await base.past(layer));
  const last = tensor([runs.length, width], new Float32Array(runs.length * width));
  runs.forEach((_, order) => last.data.set(row(mid, (order + 1) * count - 1), order * width));
  return model.mlp(layer, last);
}
