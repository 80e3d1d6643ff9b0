import type { RunEdit } from '../edits/runEdit.ts';
import type { Trace } from '../trace.ts';
import { BaseRows } from './baseRows.ts';
import { insideBlock, placeOf } from './place.ts';
import { runGroup, type GroupContext, type Variant } from './runGroup.ts';
import type { ScalarReader } from './scalarReader.ts';
import { landingOf } from './shortcut.ts';
import type { VariantModel } from './variantModel.ts';

/** How many runs are ended and followed. */
export interface VariantOptions {
  readonly signal?: AbortSignal | undefined;
  /** Runs that are finished, of all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * The scalar of each edited run, and of the base run by the same path: an edit that changes nothing gives the same
 * bits. `frozen`: with the final LayerNorm's scale held at the base run's; null for scalars that read no logits.
 */
export interface VariantValues {
  readonly value: Float64Array;
  readonly base: Float64Array;
  readonly frozen: { readonly value: Float64Array; readonly base: Float64Array } | null;
}

/** Rows of the residual stream that are held at once: a group of runs larger than this is done in turns. */
const ROWS_AT_ONCE = 12_288;

/**
 * Runs one prompt once per list of edits, exactly, on top of the edits of `base`, which stay. Runs start at their
 * first edited layer and position: earlier layers are cached, earlier positions are the base run's keys and values.
 * What a run gives does not depend on which others it is run with. A cancel is seen between blocks.
 * @throws cancelled
 */
export async function runVariants(
  model: VariantModel,
  base: Trace,
  variants: readonly (readonly RunEdit[])[],
  read: ScalarReader,
  options: VariantOptions = {},
): Promise<VariantValues> {
  const value = new Float64Array(variants.length);
  const baseValue = new Float64Array(variants.length);
  const frozen = { value: new Float64Array(variants.length), base: new Float64Array(variants.length) };
  const context = { model, base, baseEdits: base.edits, read, signal: options.signal };
  const planned = variants.map((edits, index) => planVariant(context, edits, index));
  let hasFrozen = true;
  let done = 0;
  for (const { rows, members } of inTurns(context, planned)) {
    const values = await runGroup(context, BaseRows.of(model, base, rows), members);
    hasFrozen &&= values.frozen !== null;
    members.forEach(({ index }, order) => {
      // The base run is read first.
      value[index] = values.live[order + 1] ?? Number.NaN;
      baseValue[index] = values.live[0] ?? Number.NaN;
      frozen.value[index] = values.frozen?.[order + 1] ?? Number.NaN;
      frozen.base[index] = values.frozen?.[0] ?? Number.NaN;
    });
    done += members.length;
    options.onProgress?.(done, variants.length);
  }
  return { value, base: baseValue, frozen: hasFrozen ? frozen : null };
}

function planVariant(context: GroupContext, own: readonly RunEdit[], index: number): Variant {
  const { model, read, baseEdits } = context;
  const seen = own.filter(
    (edit) =>
      edit.positions.some((position) => position <= read.position) && isSeen(read, placeOf(model, edit)),
  );
  const positions = seen.flatMap((edit) => edit.positions);
  const edited = positions.reduce((least, position) => Math.min(least, position), read.position);
  const first = firstRow(edited, read.position);
  const start = seen.reduce((least, edit) => Math.min(least, Math.floor(placeOf(model, edit))), read.layer);
  const [only] = seen;
  const landing = only && seen.length === 1 ? landingOf(context, only) : null;
  const shortcut = only && landing && landing.boundary <= read.layer ? { edit: only, landing } : null;
  return { index, edits: [...baseEdits, ...seen], own: seen, first, start, shortcut };
}

/**
 * Where the rows of a run start, at or before its first edited position. Their number is one of a few, four to an
 * octave: runs of like length go together, and at most a quarter of the rows is for that.
 */
function firstRow(edited: number, last: number): number {
  const needed = last - edited + 1;
  const step = Math.max(1, 2 ** Math.floor(Math.log2(needed - 1)) / 4);
  return Math.max(0, last + 1 - Math.ceil(needed / step) * step);
}

/** Whether the scalar can depend on a place. */
function isSeen(read: ScalarReader, place: number): boolean {
  return read.inside.length > 0 ? place <= insideBlock(read.layer) : place <= read.layer;
}

interface Turn {
  readonly rows: { readonly first: number; readonly count: number };
  readonly members: readonly Variant[];
}

/** Variants of one first row together, earlier layers first, at most ROWS_AT_ONCE rows a turn. */
function inTurns({ read }: GroupContext, planned: readonly Variant[]): Turn[] {
  const byFirst = new Map<number, Variant[]>();
  for (const variant of planned) {
    const known = byFirst.get(variant.first);
    if (known) known.push(variant);
    else byFirst.set(variant.first, [variant]);
  }
  return [...byFirst].flatMap(([first, members]) => {
    const rows = { first, count: read.position - first + 1 };
    const sorted = members.toSorted((a, b) => a.start - b.start || a.index - b.index);
    const step = Math.max(1, Math.floor(ROWS_AT_ONCE / rows.count));
    const turns: Turn[] = [];
    for (let from = 0; from < sorted.length; from += step) {
      turns.push({ rows, members: sorted.slice(from, from + step) });
    }
    return turns;
  });
}
