import type { EditPoint } from '../../graph/block.ts';
import type { ModelConfig } from '../../model/config.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import type { HookEdit, ResidualEdit, RunEdit, ScaleFreeze } from './runEdit.ts';

/** hook = keep * hook + value; both broadcast over the hook's tensor in the graph's layout. */
export interface Edit {
  readonly keep: Tensor;
  readonly value: Tensor;
}

/** All edits of one block's run, by edit point. */
export type PointEdits = Readonly<Partial<Record<EditPoint, Edit>>>;

/** Positions that are run: `count` rows from model position `first`; attention sees first + count keys. */
export interface Rows {
  readonly first: number;
  readonly count: number;
}

/** What of a model's configuration the shapes of hooks depend on. */
type LayerSizes = Pick<ModelConfig, 'd_model' | 'd_mlp' | 'n_heads' | 'd_head'>;

/** An edit that happens inside a block's graph. */
type BlockEdit = HookEdit | ScaleFreeze | (ResidualEdit & { readonly hook: 'resid_mid' });
type Axis = 'batch' | 'row' | 'head' | 'unit';
type Sizes = Readonly<Record<Axis, number>>;

/** How a point's tensor lies in memory. Two-dimensional points have rows [batch * row]. */
const ORDER: Readonly<Record<EditPoint, readonly Axis[]>> = {
  ln1: ['batch', 'row', 'unit'],
  q: ['batch', 'head', 'row', 'unit'],
  k: ['batch', 'head', 'row', 'unit'],
  v: ['batch', 'head', 'row', 'unit'],
  pattern: ['batch', 'head', 'row', 'unit'],
  z: ['batch', 'row', 'head', 'unit'],
  attn_out: ['batch', 'row', 'unit'],
  resid_mid: ['batch', 'row', 'unit'],
  ln2: ['batch', 'row', 'unit'],
  post: ['batch', 'row', 'unit'],
  mlp_out: ['batch', 'row', 'unit'],
};

/**
 * What one block is fed so that item i of a batch runs with `batch[i]`, edits in their order (of a coordinate that
 * several edits touch, the later one sees what the earlier one made). Edits of other layers, of residuals between
 * blocks, of latents and of the final LayerNorm are passed over. Points that nobody edits are absent; axes along
 * which nothing differs are 1. Positions outside `rows` are passed over; a pattern is never edited at keys after
 * its query, where it is 0 by the mask.
 */
export function layerEdits(
  config: LayerSizes,
  layer: number,
  batch: readonly (readonly RunEdit[])[],
  rows: Rows,
): PointEdits {
  const shared = batch.every((edits) => edits === batch[0]) ? batch.slice(0, 1) : batch;
  const items = shared.map((edits) => edits.filter((edit) => isBlockEdit(edit, layer, rows)));
  const points = new Set(items.flat().map(pointOf));
  const made = [...points].sort().map((point): [EditPoint, Edit] => {
    const own = items.map((edits) => edits.filter((edit) => pointOf(edit) === point));
    return [point, pack(config, point, own, { rows, batch: batch.length })];
  });
  return Object.fromEntries(made);
}

/**
 * Feeds of the end graphs when the final LayerNorm's scale is held somewhere, else null. Rows are given by their
 * positions, the same for every item: [batch * positions, 1].
 */
export function finalScale(
  batch: readonly (readonly RunEdit[])[],
  positions: readonly number[],
): Edit | null {
  const held = batch.flatMap((edits) => positions.map((position) => heldAt(edits, position)));
  if (held.every((scale) => scale === null)) return null;
  const column = (of: (scale: number | null) => number): Tensor =>
    tensor([held.length, 1], Float32Array.from(held, of));
  return { keep: column((scale) => (scale === null ? 1 : 0)), value: column((scale) => scale ?? 0) };
}

function heldAt(edits: readonly RunEdit[], position: number): number | null {
  let held: number | null = null;
  for (const edit of edits) {
    if (edit.kind !== 'scale' || edit.layer !== null) continue;
    const order = edit.positions.indexOf(position);
    if (order >= 0) held = edit.invStd[order] ?? Number.NaN;
  }
  return held;
}

function isBlockEdit(edit: RunEdit, layer: number, rows: Rows): edit is BlockEdit {
  const inBlock =
    edit.kind === 'hook' || edit.kind === 'scale' || (edit.kind === 'residual' && edit.hook === 'resid_mid');
  return inBlock && edit.layer === layer && edit.positions.some((position) => isRun(position, rows));
}

function isRun(position: number, { first, count }: Rows): boolean {
  return position >= first && position < first + count;
}

/** The final LayerNorm has no layer and never gets here. */
function pointOf(edit: BlockEdit): EditPoint {
  if (edit.kind !== 'scale') return edit.hook;
  return edit.norm === 'ln1' ? 'ln1' : 'ln2';
}

interface Place {
  readonly rows: Rows;
  readonly batch: number;
}

function pack(
  config: LayerSizes,
  point: EditPoint,
  items: readonly (readonly BlockEdit[])[],
  place: Place,
): Edit {
  const full = fullSizes(config, point, place);
  const edits = items.flat();
  const same = { batch: items.length === 1, head: edits.every((edit) => headOf(edit) === undefined) };
  const everyRow = edits.every((edit) => coversRows(edit, place.rows));
  const wholeUnit = edits.every((edit) => edit.kind !== 'hook' || edit.index === undefined);
  const numbers = edits.every((edit) => edit.kind !== 'scale' && typeof edit.value === 'number');
  // A value on a pattern stops at the query, so that no row is like the next.
  const causal = point === 'pattern' && edits.some((edit) => edit.kind !== 'scale' && edit.value !== 0);
  const keep = new Plane(point, full, { ...same, row: everyRow, unit: wholeUnit }, 1);
  const even = numbers && !causal;
  const value = new Plane(point, full, { ...same, row: everyRow && even, unit: wholeUnit && even }, 0);
  fill(keep, items, place.rows, (at, edit) => at * keepOf(edit));
  fill(value, items, place.rows, (at, edit, order, unit, position) =>
    causal && unit > position ? at : at * keepOf(edit) + addedAt(edit, order, unit),
  );
  return { keep: keep.tensor(), value: value.tensor() };
}

function fullSizes(config: LayerSizes, point: EditPoint, { rows, batch }: Place): Sizes {
  const sizes = { batch, row: rows.count, head: 1, unit: 1 };
  switch (point) {
    case 'ln1':
    case 'ln2':
      return sizes;
    case 'post':
      return { ...sizes, unit: config.d_mlp };
    case 'pattern':
      return { ...sizes, head: config.n_heads, unit: rows.first + rows.count };
    case 'q':
    case 'k':
    case 'v':
    case 'z':
      return { ...sizes, head: config.n_heads, unit: config.d_head };
    default:
      return { ...sizes, unit: config.d_model };
  }
}

function coversRows(edit: BlockEdit, { first, count }: Rows): boolean {
  const own = new Set(edit.positions);
  for (let position = first; position < first + count; position++) if (!own.has(position)) return false;
  return true;
}

function headOf(edit: BlockEdit): number | undefined {
  return edit.kind === 'hook' ? edit.head : undefined;
}

function keepOf(edit: BlockEdit): number {
  return edit.kind === 'scale' ? 0 : edit.keep;
}

/** What an edit adds at its `order`-th position. A row of an edit of one unit has one number. */
function addedAt(edit: BlockEdit, order: number, unit: number): number {
  if (edit.kind === 'scale') return edit.invStd[order] ?? Number.NaN;
  if (typeof edit.value === 'number') return edit.value;
  const row = edit.value[order];
  return row?.[edit.kind === 'hook' && edit.index !== undefined ? 0 : unit] ?? Number.NaN;
}

/** A tensor of a point, axes of size 1 where nothing differs along them. */
class Plane {
  readonly sizes: Sizes;
  readonly strides: Sizes;
  readonly data: Float32Array;
  private readonly order: readonly Axis[];

  constructor(point: EditPoint, full: Sizes, one: Readonly<Record<Axis, boolean>>, start: number) {
    this.order = ORDER[point];
    // [batch * row] of a two-dimensional point broadcasts as a whole or not at all.
    const split = !this.order.includes('head') && full.batch > 1 && !(one.batch && one.row);
    const size = (axis: Axis): number =>
      one[axis] && !(split && (axis === 'batch' || axis === 'row')) ? 1 : full[axis];
    this.sizes = { batch: size('batch'), row: size('row'), head: size('head'), unit: size('unit') };
    const strides = { batch: 0, row: 0, head: 0, unit: 0 };
    let stride = 1;
    for (const axis of this.order.toReversed()) {
      strides[axis] = stride;
      stride *= this.sizes[axis];
    }
    this.strides = strides;
    this.data = new Float32Array(stride).fill(start);
  }

  tensor(): Tensor {
    const { batch, row, unit } = this.sizes;
    const dims = this.order.includes('head')
      ? this.order.map((axis) => this.sizes[axis])
      : [batch * row, unit];
    return tensor(dims, this.data);
  }
}

type Change = (at: number, edit: BlockEdit, order: number, unit: number, position: number) => number;

/** Applies the edits of each item to its part of the plane; along an axis of size 1 once. */
function fill(plane: Plane, items: readonly (readonly BlockEdit[])[], rows: Rows, change: Change): void {
  const { sizes, strides, data } = plane;
  for (let batch = 0; batch < sizes.batch; batch++) {
    for (const edit of items[batch] ?? items[0] ?? []) {
      const [firstHead, endHead] = span(sizes.head, headOf(edit));
      const [firstUnit, endUnit] = span(sizes.unit, edit.kind === 'hook' ? edit.index : undefined);
      for (const [order, position] of edit.positions.entries()) {
        if (!isRun(position, rows)) continue;
        const row = sizes.row === 1 ? 0 : position - rows.first;
        for (let head = firstHead; head < endHead; head++) {
          const from = batch * strides.batch + row * strides.row + head * strides.head;
          for (let unit = firstUnit; unit < endUnit; unit++)
            data[from + unit] = change(data[from + unit] ?? 0, edit, order, unit, position);
        }
        if (sizes.row === 1) break;
      }
    }
  }
}

/** The named one of an axis, or all of it; an axis of size 1 stands for all. */
function span(size: number, named: number | undefined): [number, number] {
  return named === undefined || size === 1 ? [0, size] : [named, named + 1];
}
