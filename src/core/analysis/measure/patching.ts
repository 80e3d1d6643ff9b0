import { row, type Tensor } from '../../tensor/tensor.ts';
import type { Gradients } from '../../trace/gradients/readout.ts';
import type { HookEdit, RunEdit } from '../../trace/edits/runEdit.ts';
import type { Activations } from '../../trace/runner.ts';
import type { Scalar } from '../../trace/gradients/scalar.ts';
import type { Trace } from '../../trace/trace.ts';
import { createReader } from '../../trace/variants/createReader.ts';
import { runVariants, type VariantOptions } from '../../trace/variants/runVariants.ts';
import type { VariantModel } from '../../trace/variants/variantModel.ts';
import { estimatePatch } from './attributionPatching.ts';

export const PATCHED = ['resid_pre', 'attn_out', 'mlp_out', 'z', 'q', 'k', 'v', 'pattern'] as const;
export type Patched = (typeof PATCHED)[number];

/** Two runs and which of their positions belong together. */
export interface PatchSides {
  readonly clean: Trace;
  readonly corrupted: Trace;
  /** Clean position -> corrupted position; null where it has none. */
  readonly pairs: readonly (number | null)[];
  /** The same scalar, at each side's own position. */
  readonly scalar: { readonly clean: Scalar; readonly corrupted: Scalar };
}

/** Which activations of the clean run are put in, one cell at a time. */
export interface PatchCells {
  readonly hook: Patched;
  readonly layer: number;
  /** Heads: columns are clean positions; else one column, all aligned positions at once. Others: always positions. */
  readonly byPosition: boolean;
}

/** [rows][columns]: rows are heads, or one. Null where positions are not aligned. */
type Grid = (number | null)[][];

/** What each cell brings back of the scalar: 0 = still corrupted, 1 = clean again. */
export interface PatchedGrid {
  readonly measured: Grid;
  /** Attribution patching of the same cells; null without gradients. */
  readonly estimated: Grid | null;
}

/**
 * Activation patching, in the denoising direction: the corrupted run with values of the clean run put in, cell by
 * cell. (L(patched) - L(corrupted)) / (L(clean) - L(corrupted)): 0 = still corrupted, 1 = clean again. A pattern row
 * takes the clean weights of aligned keys and 0 at keys without a partner. `gradients`: of the corrupted run, for
 * the estimate. Source: Heimersheim and Nanda 2024. @throws cancelled
 */
export async function patch(
  model: VariantModel,
  sides: PatchSides,
  cells: PatchCells,
  options: VariantOptions & { readonly gradients?: Gradients | undefined } = {},
): Promise<PatchedGrid> {
  const acts = {
    clean: await sides.clean.layer(cells.layer),
    corrupted: await sides.corrupted.layer(cells.layer),
  };
  const edits = cellEdits(model, sides, cells, acts.clean);
  const variants = edits.flat().flatMap((edit) => (edit ? [[edit]] : []));
  const reader = await createReader(model, sides.corrupted, sides.scalar.corrupted);
  const { value, base } = await runVariants(model, sides.corrupted, variants, reader, options);
  const range = await scalarRange(model, sides);
  const share = (change: number): number => change / range + 0; // not -0
  let order = 0;
  const fill = (number: (index: number, edit: RunEdit) => number): Grid => {
    order = 0;
    return edits.map((columns) => columns.map((edit) => (edit ? number(order++, edit) : null)));
  };
  const { gradients } = options;
  return {
    measured: fill((index) => share((value[index] ?? Number.NaN) - (base[index] ?? Number.NaN))),
    estimated: gradients
      ? fill((_, edit) => share(estimatePatch(gradients, sides.corrupted, acts.corrupted, edit)))
      : null,
  };
}

/** L(clean) - L(corrupted). */
async function scalarRange(model: VariantModel, sides: PatchSides): Promise<number> {
  const read = async (side: 'clean' | 'corrupted'): Promise<number> => {
    const reader = await createReader(model, sides[side], sides.scalar[side]);
    return (await runVariants(model, sides[side], [[]], reader)).base[0] ?? Number.NaN;
  };
  return (await read('clean')) - (await read('corrupted'));
}

function cellEdits(
  model: VariantModel,
  sides: PatchSides,
  cells: PatchCells,
  clean: Activations,
): (RunEdit | null)[][] {
  const { hook, layer, byPosition } = cells;
  const all = sides.pairs.flatMap((to, from) => (to === null ? [] : [{ from, to }]));
  const columns = sides.pairs.map((to, from) => (to === null ? [] : [{ from, to }]));
  if (hook === 'resid_pre' || hook === 'attn_out' || hook === 'mlp_out') {
    const values = hook === 'resid_pre' ? sides.clean.residPre(layer) : clean.get(hook);
    const edit = (pairs: readonly Pair[]): RunEdit | null => {
      if (pairs.length === 0 || !values) return null;
      const put = { layer, positions: pairs.map(({ to }) => to), keep: 0 };
      const value = pairs.map(({ from }) => row(values, from).slice());
      return hook === 'resid_pre'
        ? { kind: 'residual', hook, ...put, value }
        : { kind: 'hook', hook, ...put, value };
    };
    return [columns.map(edit)];
  }
  return Array.from({ length: model.config.n_heads }, (_, head) =>
    (byPosition ? columns : [all]).map((pairs): HookEdit | null => {
      if (pairs.length === 0) return null;
      const value = pairs.map(({ from }) => headRow({ sides, acts: clean, hook, head, from }));
      return { kind: 'hook', hook, layer, head, positions: pairs.map(({ to }) => to), keep: 0, value };
    }),
  );
}

interface Pair {
  readonly from: number;
  readonly to: number;
}

interface HeadCell {
  readonly sides: PatchSides;
  readonly acts: Activations;
  readonly hook: HookEdit['hook'];
  readonly head: number;
  readonly from: number;
}

/** A head's row of the clean run at a clean position; a pattern row over the corrupted run's keys. */
function headRow({ sides, acts, hook, head, from }: HeadCell): Float32Array {
  const values: Tensor = acts.get(hook) ?? { dims: [], data: new Float32Array() };
  const width = values.dims.at(-1) ?? 0;
  const size = sides.clean.ids.length;
  const heads = values.data.length / (size * width);
  const at = hook === 'z' ? from * heads + head : head * size + from;
  const own = values.data.slice(at * width, (at + 1) * width);
  if (hook !== 'pattern') return own;
  const aligned = new Float32Array(sides.corrupted.ids.length);
  sides.pairs.forEach((to, key) => {
    if (to !== null) aligned[to] = own[key] ?? 0;
  });
  return aligned;
}
