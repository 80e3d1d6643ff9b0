import type { SparseActs } from '../trace/saeRunner.ts';
import type { FamilyScan } from './familyScan.ts';
import { HISTOGRAM_BINS, type UnitSums } from './unitSums.ts';
import type { CorpusWindow } from './windows.ts';

/** Windows of one length as they are run together, and their places in the random order. */
export interface RunWindows {
  readonly windows: readonly CorpusWindow[];
  readonly tokens: number;
  readonly priorities: readonly number[];
}

/** Activations [windows * tokens, units] of neurons into what is kept of them. */
export function reduceTokens(family: FamilyScan, values: Float32Array, run: RunWindows): void {
  const { units } = family.shape;
  run.windows.forEach((window, index) => {
    const start = index * run.tokens * units;
    const rows = countedRows(window);
    family.count += rows.length;
    const record = new Float32Array(run.tokens);
    const read = (unit: number): Float32Array => {
      for (const row of rows) record[row] = values[start + row * units + unit] ?? 0;
      return record;
    };
    const place = { sequence: window.sequence, priority: run.priorities[index] ?? 0 };
    for (let unit = 0; unit < units; unit++) {
      const max = addColumn(family.sums, unit, { values, first: start + unit, stride: units, rows });
      family.offer(unit, { ...place, max }, read);
    }
  });
}

interface Column {
  readonly values: Float32Array;
  readonly first: number;
  readonly stride: number;
  readonly rows: Int32Array;
}

/** Adds numbers of one unit to its sums. @returns the largest; NaN when any is */
function addColumn(sums: UnitSums, unit: number, { values, first, stride, rows }: Column): number {
  const { units, powers, min, counts } = sums;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < rows.length; i++) {
    const value = values[first + (rows[i] ?? 0) * stride] ?? 0;
    const square = value * value;
    s1 += value;
    s2 += square;
    s3 += square * value;
    s4 += square * square;
    if (value > high) high = value;
    if (value < low) low = value;
  }
  if (Number.isNaN(s1) && !(high === Infinity && low === -Infinity)) high = low = Number.NaN;
  powers[unit] = (powers[unit] ?? 0) + s1;
  powers[units + unit] = (powers[units + unit] ?? 0) + s2;
  powers[2 * units + unit] = (powers[2 * units + unit] ?? 0) + s3;
  powers[3 * units + unit] = (powers[3 * units + unit] ?? 0) + s4;
  if (low < (min[unit] ?? 0) || Number.isNaN(low)) min[unit] = low;
  sums.widen(unit, high);
  if (!(high > 0)) return high;
  const inverse = 1 / (sums.width[unit] ?? 1);
  const bins = unit * HISTOGRAM_BINS - 1;
  for (let i = 0; i < rows.length; i++) {
    const value = values[first + (rows[i] ?? 0) * stride] ?? 0;
    if (!(value > 0)) continue;
    const bin = bins + Math.min(HISTOGRAM_BINS, Math.ceil(value * inverse));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return high;
}

/**
 * Heads by token pair: pattern [windows, heads, tokens, tokens] times the norm of what each key writes
 * [windows, heads, tokens]. A pair whose query is a BOS is not counted.
 */
export function reducePairs(
  family: FamilyScan,
  pattern: Float32Array,
  norms: Float32Array,
  run: RunWindows,
): void {
  const { units } = family.shape;
  const { tokens } = run;
  const triangle = new Float32Array((tokens * (tokens + 1)) / 2);
  const all = triangle.map((_, index) => index);
  run.windows.forEach((window, index) => {
    const counted = Int32Array.from(all.filter((at) => window.counted[queryOf(at)] === 1));
    family.count += counted.length;
    const place = { sequence: window.sequence, priority: run.priorities[index] ?? 0 };
    for (let head = 0; head < units; head++) {
      const start = (index * units + head) * tokens;
      fillTriangle(triangle, { pattern, norms, start, tokens, window });
      const max = addColumn(family.sums, head, { values: triangle, first: 0, stride: 1, rows: counted });
      family.offer(head, { ...place, max }, () => triangle);
    }
  });
}

/** Row of an entry of a lower triangle: row t starts at t (t + 1) / 2. */
export function queryOf(at: number): number {
  const row = Math.floor((Math.sqrt(8 * at + 1) - 1) / 2);
  if ((row * (row + 1)) / 2 > at) return row - 1;
  return ((row + 1) * (row + 2)) / 2 <= at ? row + 1 : row;
}

/** Lower triangle of one head in one window, row by row; rows of BOS queries are 0. */
export function fillTriangle(
  triangle: Float32Array,
  k: {
    readonly pattern: Float32Array;
    readonly norms: Float32Array;
    readonly start: number;
    readonly tokens: number;
    readonly window: CorpusWindow;
  },
): void {
  for (let query = 0, at = 0; query < k.tokens; query++) {
    const row = (k.start + query) * k.tokens;
    const keep = k.window.counted[query] === 1;
    for (let key = 0; key <= query; key++, at++) {
      triangle[at] = keep ? (k.pattern[row + key] ?? 0) * (k.norms[k.start + key] ?? 0) : 0;
    }
  }
}

/** Active latents of [windows * tokens] rows. What is not active is 0 and costs nothing. */
export function reduceSparse(family: FamilyScan, acts: SparseActs, run: RunWindows): void {
  run.windows.forEach((window, index) => {
    const rows = countedRows(window);
    family.count += rows.length;
    const entries = byLatent(acts, { first: index * run.tokens, rows });
    const place = { sequence: window.sequence, priority: run.priorities[index] ?? 0 };
    for (const [latent, record] of entries) {
      const numbers = Float32Array.from(record);
      const max = addSparse(family.sums, latent, numbers, rows.length);
      family.offer(latent, { ...place, max }, () => numbers);
    }
  });
}

/** Token and number in turn of every latent that is active in a window, by latent. */
function byLatent(
  acts: SparseActs,
  { first, rows }: { readonly first: number; readonly rows: Int32Array },
): ReadonlyMap<number, number[]> {
  const entries = new Map<number, number[]>();
  for (const row of rows) {
    const start = (first + row) * acts.k;
    const count = Math.min(acts.k, acts.counts[first + row] ?? 0);
    for (let at = start; at < start + count; at++) {
      const latent = acts.indices[at] ?? 0;
      const record = entries.get(latent);
      if (record) record.push(row, acts.values[at] ?? 0);
      else entries.set(latent, [row, acts.values[at] ?? 0]);
    }
  }
  return entries;
}

function addSparse(sums: UnitSums, latent: number, record: Float32Array, tokens: number): number {
  const values = record.filter((_, at) => at % 2 === 1);
  const rows = Int32Array.from(values.keys());
  const max = addColumn(sums, latent, { values, first: 0, stride: 1, rows });
  if (values.length < tokens && (sums.min[latent] ?? 0) > 0) sums.min[latent] = 0;
  return max;
}

function countedRows({ counted }: CorpusWindow): Int32Array {
  const rows: number[] = [];
  counted.forEach((flag, row) => {
    if (flag === 1) rows.push(row);
  });
  return Int32Array.from(rows);
}
