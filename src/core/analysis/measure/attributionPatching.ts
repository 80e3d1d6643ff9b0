import type { Tensor } from '../../tensor/tensor.ts';
import type { GradientHook, Gradients } from '../../trace/gradients/readout.ts';
import type { HookEdit, ResidualEdit, RunEdit } from '../../trace/edits/runEdit.ts';
import type { Activations } from '../../trace/runner.ts';
import type { Trace } from '../../trace/trace.ts';

/** Gradients that estimates of patches read, beside those of the residual stream. */
export const PATCH_GRADIENTS: readonly GradientHook[] = [
  'attn_out',
  'mlp_out',
  'z',
  'q',
  'k',
  'v',
  'pattern',
];

/**
 * First-order change of the scalar under an edit of `base`: (edited value - value) . gradient at the hook, in the
 * scalar's unit. Only edits of whole rows: what patching makes. Source: Nanda 2023, "Attribution patching".
 */
export function estimatePatch(gradients: Gradients, base: Trace, acts: Activations, edit: RunEdit): number {
  if (edit.kind !== 'hook' && edit.kind !== 'residual') return Number.NaN;
  const resid = edit.kind === 'residual' && edit.hook !== 'resid_mid';
  const boundary = edit.hook === 'resid_post' ? edit.layer + 1 : edit.layer;
  const values = resid ? base.residPre(boundary) : acts.get(edit.hook as GradientHook);
  const gradient = resid
    ? gradients.residPre(boundary)
    : gradients.layer(edit.layer)?.get(edit.hook as GradientHook);
  if (!values || !gradient) return 0; // above what the scalar reads
  let total = 0;
  for (const [order, position] of edit.positions.entries()) {
    const { start, width } = rowAt(edit, values, position, base.ids.length);
    for (let unit = 0; unit < width; unit++) {
      const value = values.data[start + unit] ?? Number.NaN;
      const added = typeof edit.value === 'number' ? edit.value : (edit.value[order]?.[unit] ?? Number.NaN);
      if (edit.hook === 'pattern' && unit > position) break; // 0 by the mask
      total += (edit.keep * value + added - value) * (gradient.data[start + unit] ?? Number.NaN);
    }
  }
  return total;
}

/** Where a row of a hook lies: [pos, width], z [pos, head, d_head], others [head, pos, width]. */
function rowAt(
  edit: HookEdit | ResidualEdit,
  values: Tensor,
  position: number,
  size: number,
): { start: number; width: number } {
  const width = values.dims.at(-1) ?? 0;
  const head = edit.kind === 'hook' ? edit.head : undefined;
  if (head === undefined) return { start: position * width, width };
  const heads = values.data.length / (size * width);
  const at = edit.hook === 'z' ? position * heads + head : head * size + position;
  return { start: at * width, width };
}

/** Pearson correlation of two grids over the cells that both have; null where it is not defined: a NaN among them. */
export function gridCorrelation(
  a: readonly (readonly (number | null)[])[],
  b: readonly (readonly (number | null)[])[],
): number | null {
  const pairs = a.flatMap((cells, index) =>
    cells.flatMap((x, column): [number, number][] => {
      const y = b[index]?.[column] ?? null;
      return x === null || y === null ? [] : [[x, y]];
    }),
  );
  if (pairs.length < 2) return null;
  const mean = (side: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xy += (x - meanX) * (y - meanY);
    xx += (x - meanX) ** 2;
    yy += (y - meanY) ** 2;
  }
  const correlation = xy / Math.sqrt(xx * yy);
  return Number.isFinite(correlation) ? correlation : null;
}
