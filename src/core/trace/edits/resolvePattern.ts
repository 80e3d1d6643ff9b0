import type { WrittenEdit } from '../../prompt/edits.ts';
import { resolvePosition } from '../../prompt/position.ts';
import type { EditUnit } from '../../prompt/editUnit.ts';
import {
  alignedPositions,
  corruptedOf,
  noMatch,
  type EditContext,
  type ResolvedEdit,
} from './editContext.ts';
import type { HookEdit } from './runEdit.ts';
import { readUnit, type UnitRows } from '../unitRows.ts';

/**
 * Edits of attention weights: of the named keys, or of whole rows. Rows are not normalised again. From the corrupted
 * prompt, a key without a counterpart gets weight 0 when a whole row is taken, and is passed over when it is named.
 * @throws edit/no-match when every named key comes after every query
 */
export async function resolvePattern(
  written: WrittenEdit,
  queries: readonly number[],
  context: EditContext,
): Promise<ResolvedEdit> {
  const { unit, change, sources } = written;
  if (unit.kind !== 'head' && unit.kind !== 'head-hook') throw noMatch(written, 'only heads have a pattern');
  const keys = sources === null || sources.kind === 'all' ? null : resolvePosition(sources, context.tokens);
  const at: PatternPlace = { layer: unit.layer, head: unit.head, keys };
  if (keys && !queries.some((query) => keys.some((key) => key <= query)))
    throw noMatch(
      written,
      `no token attends to a later one: queries ${queries.join(', ')}, sources ${keys.join(', ')}`,
    );
  if (change.kind === 'freeze') {
    const rows = await readUnit(context.clean, patternOf(unit), context.saes);
    return { written, edits: heldEdits(at, queries, rows), ongoing: null };
  }
  if (change.kind === 'corrupted') {
    return { written, edits: await corruptedEdits(written, at, queries, context), ongoing: null };
  }
  const factor = change.kind === 'scale' ? change.factor : 0;
  const value = change.kind === 'set' ? change.value : 0;
  const make = (positions: readonly number[]): HookEdit[] => numberEdits(at, positions, factor, value);
  const ongoing = written.positions.kind === 'all' ? (position: number) => make([position]) : null;
  return { written, edits: make(queries), ongoing };
}

interface PatternPlace {
  readonly layer: number;
  readonly head: number;
  /** Null = all. */
  readonly keys: readonly number[] | null;
}

function patternOf(unit: EditUnit & { readonly kind: 'head' | 'head-hook' }): EditUnit {
  return { kind: 'head-hook', layer: unit.layer, head: unit.head, hook: 'pattern' };
}

function edit(
  { layer, head }: PatternPlace,
  positions: readonly number[],
  change: Pick<HookEdit, 'keep' | 'value'>,
): HookEdit {
  return { kind: 'hook', hook: 'pattern', layer, head, positions, ...change };
}

function numberEdits(
  place: PatternPlace,
  queries: readonly number[],
  keep: number,
  value: number,
): HookEdit[] {
  if (place.keys === null) return [edit(place, queries, { keep, value })];
  return place.keys.flatMap((key) => {
    const later = queries.filter((query) => query >= key);
    return later.length === 0 ? [] : [{ ...edit(place, later, { keep, value }), index: key }];
  });
}

/** Weights as given rows [keys] have them. */
function heldEdits(place: PatternPlace, queries: readonly number[], rows: UnitRows): HookEdit[] {
  if (place.keys === null) return [edit(place, queries, { keep: 0, value: queries.map(rows) })];
  return place.keys.flatMap((key) => {
    const later = queries.filter((query) => query >= key);
    const value = later.map((query) => Float32Array.of(rows(query)[key] ?? Number.NaN));
    return later.length === 0 ? [] : [{ ...edit(place, later, { keep: 0, value }), index: key }];
  });
}

async function corruptedEdits(
  written: WrittenEdit,
  place: PatternPlace,
  queries: readonly number[],
  context: EditContext,
): Promise<HookEdit[]> {
  const { trace, alignment } = corruptedOf(written, context);
  const paired = new Map(alignedPositions(written, queries, alignment));
  const unit: EditUnit = { kind: 'head-hook', layer: place.layer, head: place.head, hook: 'pattern' };
  const rows = await readUnit(trace, unit, context.saes);
  const keys =
    place.keys === null
      ? null
      : alignedPositions(written, place.keys, alignment).map(([position]) => position);
  const mapped: UnitRows = (query) => {
    const row = rows(paired.get(query) ?? 0);
    return Float32Array.from(context.tokens, (_, key) => {
      const other = alignment[key];
      return other === null || other === undefined ? 0 : (row[other] ?? Number.NaN);
    });
  };
  return heldEdits({ ...place, keys }, [...paired.keys()], mapped);
}
