import { InterpError } from '../errors.ts';
import type { ExplainedRecord, SplitRecords } from './parts.ts';

/** Records of each kind in a split. Source: automated-interpretability, `n_examples_per_split`. */
export const PER_SPLIT = 5;

/** The fewest for which there is something to correlate: two top and two random windows. */
const FEWEST = 2;

const TOP_STRIDE = 4;
const RANDOM_STRIDE = 3;

/** A unit's windows, dealt out so that none explains and scores. */
export interface Splits extends SplitRecords {
  /**
   * Random windows of no other split, for explainers to count against: what is left of them, as many as a split gets at
   * most. Our own: the original explains from top records alone.
   */
  readonly contrast: readonly ExplainedRecord[];
  /** Top and random windows that neither explain, calibrate nor score: for revisions. */
  readonly valid: readonly ExplainedRecord[];
  /** Records of each kind in a split; below what was asked for when the unit has few. */
  readonly perSplit: number;
  /** One sentence when fewer records were used than asked for, else null. */
  readonly note: string | null;
}

/** How many records of each kind a split gets; `PER_SPLIT` when not said. */
export interface SplitOptions {
  readonly perSplit?: number;
  /** Fewer than asked for are accepted down to this many. */
  readonly atLeast?: number;
}

/**
 * Deals out a unit's records by rank, so that no window explains and scores.
 * Top: train 0, 4, 8, ..; calibration 1, 5, ..; valid 2, 6, ..; test 3, 7, ... Random: calibration 0, 3, ..;
 * valid 1, 4, ..; test 2, 5, ...; contrast what follows. A random window that is a top one too counts as top alone.
 * Source: automated-interpretability, `ActivationRecordSliceParams`.
 * @throws explain/too-few-records
 */
export function splitRecords(
  records: { readonly top: readonly ExplainedRecord[]; readonly random: readonly ExplainedRecord[] },
  { perSplit = PER_SPLIT, atLeast = Math.min(FEWEST, perSplit) }: SplitOptions = {},
): Splits {
  const seen = new Set<number>();
  const top = distinct(records.top, seen);
  const random = distinct(records.random, seen);
  const count = Math.min(
    perSplit,
    Math.floor(top.length / TOP_STRIDE),
    Math.floor(random.length / RANDOM_STRIDE),
  );
  if (count < atLeast) throw tooFew(top.length, random.length, atLeast);
  const topOf = (start: number) => every(top, start, TOP_STRIDE, count);
  const randomOf = (start: number) => every(random, start, RANDOM_STRIDE, count);
  return {
    train: topOf(0),
    calibration: [...topOf(1), ...randomOf(0)],
    valid: [...topOf(2), ...randomOf(1)],
    test: [...topOf(3), ...randomOf(2)],
    contrast: random.slice(RANDOM_STRIDE * count, (RANDOM_STRIDE + 1) * count),
    perSplit: count,
    note: count < perSplit ? noteOf(count, perSplit, top.length, random.length) : null,
  };
}

function distinct(records: readonly ExplainedRecord[], seen: Set<number>): ExplainedRecord[] {
  return records.filter(({ sequence }) => {
    if (seen.has(sequence)) return false;
    seen.add(sequence);
    return true;
  });
}

function every<T>(items: readonly T[], start: number, stride: number, count: number): T[] {
  return items.filter((_, index) => index % stride === start).slice(0, count);
}

function noteOf(count: number, asked: number, top: number, random: number): string {
  return `Scored with ${count} top and ${count} random windows of each split instead of ${asked}: the index holds ${top} top and ${random} other random windows of this unit.`;
}

function tooFew(top: number, random: number, count: number): InterpError {
  return new InterpError(
    'explain/too-few-records',
    `The index holds ${top} top and ${random} other random windows of this unit; splits of ${count} need ${
      TOP_STRIDE * count
    } and ${RANDOM_STRIDE * count}. Scan a larger corpus.`,
    {
      data: { top, random, needTop: TOP_STRIDE * count, needRandom: RANDOM_STRIDE * count },
    },
  );
}
