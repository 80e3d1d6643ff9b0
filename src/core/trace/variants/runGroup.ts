import { bug, throwIfCancelled } from '../../errors.ts';
import type { BlockOutput } from '../../graph/block.ts';
import { row, tensor, type Tensor } from '../../tensor/tensor.ts';
import type { Rows } from '../edits/layerEdits.ts';
import type { RunEdit } from '../edits/runEdit.ts';
import type { Activations } from '../runner.ts';
import type { Trace } from '../trace.ts';
import type { BaseRows } from './baseRows.ts';
import { editedResidual } from '../edits/editedBlock.ts';
import { runBlock } from './runBlock.ts';
import type { ReadRows, ScalarReader, ScalarValues } from './scalarReader.ts';
import { writesOf, type Landing, type Write } from './shortcut.ts';
import { onlyLastRow, runLastRow } from './lastBlock.ts';
import { insideBlock, touches } from './place.ts';
import type { VariantModel } from './variantModel.ts';

/** One edited run, as it was planned. */
export interface Variant {
  /** Place in the caller's list. */
  readonly index: number;
  /** Edits of the base run and its own, in order. */
  readonly edits: readonly RunEdit[];
  readonly own: readonly RunEdit[];
  /** First row that is run: the first edited position or a little before. */
  readonly first: number;
  /** Block before or in which it leaves the base run. */
  readonly start: number;
  /** Set when its only edit is written into the residual stream without running its block. */
  readonly shortcut: { readonly edit: RunEdit; readonly landing: Landing } | null;
}

/** What the variants of a group share: the run that they leave, and the scalar that is read. */
export interface GroupContext {
  readonly model: VariantModel;
  readonly base: Trace;
  readonly baseEdits: readonly RunEdit[];
  readonly read: ScalarReader;
  readonly signal?: AbortSignal | undefined;
}

/** Rows of one block run: more are slower per row, for they fall out of the cache. Measured. */
const MAX_ROWS = 512;

/** A run on its way through the blocks. x [rows, d_model]; at the end it may be the last row alone. */
export interface Running {
  readonly variant: Variant;
  x: Float32Array;
}

/**
 * Runs the variants over the same rows, each from the block where it leaves the base run; later blocks take all
 * together. Values: the base run first, then the variants in their order.
 */
export async function runGroup(
  context: GroupContext,
  base: BaseRows,
  variants: readonly Variant[],
): Promise<ScalarValues> {
  const { read, signal } = context;
  const running: Running[] = [];
  const first = variants.reduce((least, { start }) => Math.min(least, start), read.layer);
  for (let boundary = first; boundary <= read.layer; boundary++) {
    running.push(...(await joining(context, base, variants, boundary)));
    if (boundary === read.layer) break;
    await step(context, base, running, boundary);
  }
  throwIfCancelled(signal);
  return readAll(context, base, variants, running);
}

/** Variants that leave the base run at the residual stream that block `boundary` reads. */
async function joining(
  context: GroupContext,
  base: BaseRows,
  variants: readonly Variant[],
  boundary: number,
): Promise<Running[]> {
  const { model, read } = context;
  const whole = variants.filter((variant) => !variant.shortcut && variant.start === boundary);
  const short = variants.filter(({ shortcut }) => shortcut?.landing.boundary === boundary);
  if (whole.length + short.length === 0) return [];
  const clean = await base.residPre(boundary, context.signal);
  const joined: Running[] = [];
  for (const variant of whole) {
    if (variant.own.length === 0) continue;
    const plan = { lists: [variant.own], rows: base.rows, saes: model.source.saes };
    joined.push({ variant, x: (await editedResidual(clean, boundary, plan)).data });
  }
  const edits = short.flatMap(({ shortcut }) => (shortcut ? [shortcut.edit] : []));
  const writes = await writesOf(context, edits, read.position);
  const moved = await throughMlp(context, base, boundary, short, writes);
  short.forEach((variant, order) => {
    const x = clean.data.slice();
    for (const write of moved[order] ?? []) addWrite(x, write, base.rows, model.config.d_model);
    joined.push({ variant, x });
  });
  return joined;
}

/** Writes at hook_resid_mid -> what they change at the block's output: mlp(mid + write) - mlp(mid), mid included. */
async function throughMlp(
  context: GroupContext,
  base: BaseRows,
  boundary: number,
  short: readonly Variant[],
  writes: readonly (readonly Write[])[],
): Promise<Write[][]> {
  const through = short.map(({ shortcut }) => shortcut?.landing.through === 'mlp');
  if (!through.includes(true)) return writes.map((each) => [...each]);
  const layer = boundary - 1;
  const { model } = context;
  const width = model.config.d_model;
  const mid = (await context.base.layer(layer)).get('resid_mid');
  if (!mid) throw bug('a trace lost hook_resid_mid');
  const { first, count } = base.rows;
  const own = tensor([count, width], mid.data.subarray(first * width, (first + count) * width));
  const clean = await model.mlp(layer, own);
  const asked = writes.flatMap((each, order) =>
    through[order] ? each.map((write) => ({ order, write })) : [],
  );
  const moved = writes.map((each, order) => (through[order] ? [] : [...each]));
  for (let from = 0; from < asked.length; from += MAX_ROWS) {
    throwIfCancelled(context.signal);
    const part = asked.slice(from, from + MAX_ROWS);
    const data = new Float32Array(part.length * width);
    part.forEach(({ write }, at) => {
      data.set(row(own, write.position - first), at * width);
      addTo(data.subarray(at * width, (at + 1) * width), write.vector);
    });
    const after = await model.mlp(layer, tensor([part.length, width], data));
    part.forEach(({ order, write }, at) => {
      const before = row(clean, write.position - first);
      const vector = row(after, at).map((value, unit) => value - (before[unit] ?? Number.NaN));
      moved[order]?.push({ position: write.position, vector });
    });
  }
  return moved;
}

/** One block over all that are running, in runs of at most MAX_ROWS rows. */
async function step(
  context: GroupContext,
  base: BaseRows,
  running: readonly Running[],
  layer: number,
): Promise<void> {
  const isShort = onlyLastRow(context, base, layer);
  await runLastRow(context, base, running.filter(isShort), layer, MAX_ROWS);
  const whole = running.filter((run) => !isShort(run));
  await wholeBlock(context, base, whole, layer);
}

async function wholeBlock(
  context: GroupContext,
  base: BaseRows,
  running: readonly Running[],
  layer: number,
): Promise<void> {
  const { model, baseEdits } = context;
  const { count } = base.rows;
  const past = running.length > 0 ? await base.past(layer) : null;
  for (const part of parts(running, count)) {
    throwIfCancelled(context.signal);
    const lists = part.map(({ variant }) => listAt(context, variant, layer));
    const plan = { lists, rows: base.rows, saes: model.source.saes };
    const run = { layer, x: joined(part, count, model.config.d_model), want: ['resid_post'] as const };
    const after = (await runBlock(model, past ? { ...run, past } : run, plan)).get('resid_post');
    if (!after) throw bug('a block lost its output');
    const all = part.map(({ variant }) =>
      touchesAfter(context, variant, layer) ? variant.edits : baseEdits,
    );
    const x = await editedResidual(after, layer + 1, { ...plan, lists: all });
    const size = count * model.config.d_model;
    part.forEach((each, order) => (each.x = x.data.subarray(order * size, (order + 1) * size)));
  }
}

/** The base run's list itself where the variant adds nothing in the block, so that lists are seen to be the same. */
function listAt({ model, baseEdits }: GroupContext, variant: Variant, layer: number): readonly RunEdit[] {
  return !variant.shortcut && touches(model, variant.own, insideBlock(layer)) ? variant.edits : baseEdits;
}

function touchesAfter({ model }: GroupContext, variant: Variant, layer: number): boolean {
  return !variant.shortcut && touches(model, variant.own, layer + 1);
}

function parts(running: readonly Running[], count: number): Running[][] {
  const step = Math.max(1, Math.floor(MAX_ROWS / count));
  return Array.from({ length: Math.ceil(running.length / step) }, (_, index) =>
    running.slice(index * step, (index + 1) * step),
  );
}

function joined(part: readonly Running[], count: number, width: number): Tensor {
  const data = new Float32Array(part.length * count * width);
  part.forEach(({ x }, order) => data.set(x, order * count * width));
  return tensor([part.length * count, width], data);
}

/** Reads the base run and the variants that left it; the others are the base run. */
async function readAll(
  context: GroupContext,
  base: BaseRows,
  variants: readonly Variant[],
  running: readonly Running[],
): Promise<ScalarValues> {
  const { read, baseEdits } = context;
  const clean = await base.residPre(read.layer, context.signal);
  const all = [
    { edits: baseEdits, x: clean.data },
    ...running.map(({ variant, x }) => ({ edits: variant.edits, x })),
  ];
  const live = new Float64Array(all.length);
  const frozen = new Float64Array(all.length);
  let hasFrozen = true;
  const size = Math.max(1, read.inside.length > 0 ? Math.floor(MAX_ROWS / base.rows.count) : all.length);
  for (let from = 0; from < all.length; from += size) {
    throwIfCancelled(context.signal);
    const values = await read.read(await readRows(context, base, all.slice(from, from + size)));
    live.set(values.live, from);
    if (values.frozen) frozen.set(values.frozen, from);
    else hasFrozen = false;
  }
  const order = new Map(running.map(({ variant }, index) => [variant.index, index + 1]));
  const spread = (values: Float64Array): Float64Array =>
    Float64Array.from([
      values[0] ?? Number.NaN,
      ...variants.map(({ index }) => values[order.get(index) ?? 0] ?? 0),
    ]);
  return { live: spread(live), frozen: hasFrozen ? spread(frozen) : null };
}

interface Read {
  readonly edits: readonly RunEdit[];
  readonly x: Float32Array;
}

async function readRows(context: GroupContext, base: BaseRows, part: readonly Read[]): Promise<ReadRows> {
  const { model, read } = context;
  const { rows } = base;
  const width = model.config.d_model;
  const lists = part.map(({ edits }) => edits);
  const resid = new Float32Array(part.length * width);
  const from = (read.position - rows.first) * width;
  part.forEach(({ x }, order) => {
    resid.set(x.length === width ? x : x.subarray(from, from + width), order * width);
  });
  return {
    runs: part.length,
    resid: tensor([part.length, width], resid),
    inside: read.inside.length > 0 ? await runInside(context, base, part, read.inside) : null,
    first: rows.first,
    count: rows.count,
    lists,
  };
}

async function runInside(
  { model, read }: GroupContext,
  base: BaseRows,
  part: readonly Read[],
  want: readonly BlockOutput[],
): Promise<Activations> {
  const { rows } = base;
  const width = model.config.d_model;
  const data = new Float32Array(part.length * rows.count * width);
  part.forEach(({ x }, order) => data.set(x, order * rows.count * width));
  const x = tensor([part.length * rows.count, width], data);
  const past = await base.past(read.layer);
  const lists = part.map(({ edits }) => edits);
  const run = { layer: read.layer, x, want, ...(past ? { past } : {}) };
  return runBlock(model, run, { lists, rows, saes: model.source.saes });
}

function addWrite(x: Float32Array, { position, vector }: Write, { first }: Rows, width: number): void {
  const from = (position - first) * width;
  addTo(x.subarray(from, from + width), vector);
}

function addTo(x: Float32Array, vector: Float32Array): void {
  for (let unit = 0; unit < x.length; unit++) x[unit] = (x[unit] ?? 0) + (vector[unit] ?? 0);
}
