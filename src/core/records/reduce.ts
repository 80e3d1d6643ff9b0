import type { SparseActs } from '../trace/saeRunner.ts';
import { HISTOGRAM_BINS } from './bins.ts';
import type { FamilyScan } from './familyScan.ts';
import type { TokenKernel } from './kernel/tokenKernel.ts';
import type { UnitSums } from './unitSums.ts';
import type { CorpusWindow } from './windows.ts';

/** Windows of one length as they are run together, and their places in the random order. */
export interface RunWindows {
  readonly windows: readonly CorpusWindow[];
  readonly tokens: number;
  readonly priorities: readonly number[];
}

/** Activations [windows * tokens, units] of neurons into what is kept of them. BOS rows are passed over. */
export function reduceTokens(family: FamilyScan, values: Float32Array, run: RunWindows): void {
  const { units } = family.shape;
  const size = run.tokens * units;
  run.windows.forEach((window, index) => {
    const rows = countedRows(window);
    if (rows.length === 0) return;
    family.count += rows.length;
    const own = values.subarray(index * size, (index + 1) * size);
    if (family.kernel) sumByKernel(family.kernel, family.sums, own, rows);
    const record = new Float32Array(run.tokens);
    const read = (unit: number): Float32Array => {
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] ?? 0;
        record[row] = own[row * units + unit] ?? 0;
      }
      return record;
    };
    const place = { sequence: window.sequence, priority: run.priorities[index] ?? 0 };
    for (let unit = 0; unit < units; unit++) {
      const max = family.kernel
        ? (family.kernel.maxima[unit] ?? 0)
        : addColumn(family.sums, unit, { values: own, first: unit, stride: units, rows });
      if (!(max <= 0)) family.offer(unit, max, place, read);
    }
  });
}

function sumByKernel(kernel: TokenKernel, sums: UnitSums, values: Float32Array, rows: Int32Array): void {
  kernel.values.set(values);
  kernel.sum(rows);
  const { maxima, minima, inverse } = kernel;
  for (let unit = 0; unit < sums.units; unit++) {
    sums.extend(unit, minima[unit] ?? 0, maxima[unit] ?? 0);
    inverse[unit] = 1 / (sums.width[unit] ?? 1);
  }
  kernel.count(rows.length);
}

interface Column {
  readonly values: Float32Array;
  readonly first: number;
  readonly stride: number;
  readonly rows: Int32Array;
}

/** Adds numbers of one unit to its sums. @returns the largest; NaN when any is */
export function addColumn(sums: UnitSums, unit: number, { values, first, stride, rows }: Column): number {
  const { units, powers } = sums;
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
    if (value > high || value !== value) high = value;
    if (value < low || value !== value) low = value;
  }
  powers[unit] = (powers[unit] ?? 0) + s1;
  powers[units + unit] = (powers[units + unit] ?? 0) + s2;
  powers[2 * units + unit] = (powers[2 * units + unit] ?? 0) + s3;
  powers[3 * units + unit] = (powers[3 * units + unit] ?? 0) + s4;
  // A number after NaN compares as false with it, so that NaN stays.
  sums.extend(unit, low, high);
  if (!(high <= 0)) countColumn(sums, unit, { values, first, stride, rows });
  return high;
}

function countColumn(sums: UnitSums, unit: number, { values, first, stride, rows }: Column): void {
  const { counts } = sums;
  const inverse = 1 / (sums.width[unit] ?? 1);
  const bins = unit * HISTOGRAM_BINS - 1;
  for (let i = 0; i < rows.length; i++) {
    const value = values[first + (rows[i] ?? 0) * stride] ?? 0;
    if (!(value > 0)) continue;
    const bin = bins + Math.max(1, Math.min(HISTOGRAM_BINS, Math.ceil(value * inverse)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
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
  run.windows.forEach((window, index) => {
    const counted = countedPairs(window);
    if (counted.length === 0) return;
    family.count += counted.length;
    const place = { sequence: window.sequence, priority: run.priorities[index] ?? 0 };
    for (let head = 0; head < units; head++) {
      const start = (index * units + head) * tokens;
      fillTriangle(triangle, { pattern, norms, start, tokens, window });
      const max = addColumn(family.sums, head, { values: triangle, first: 0, stride: 1, rows: counted });
      family.offer(head, max, place, () => triangle);
    }
  });
}

/** Entries of a lower triangle whose query is counted. */
function countedPairs({ counted }: CorpusWindow): Int32Array {
  const entries: number[] = [];
  for (let query = 0, at = 0; query < counted.length; query++) {
    for (let key = 0; key <= query; key++, at++) if (counted[query] === 1) entries.push(at);
  }
  return Int32Array.from(entries);
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
  const { pattern, norms, start, tokens } = k;
  for (let query = 0, at = 0; query < tokens; query++) {
    const row = (start + query) * tokens;
    const keep = k.window.counted[query] === 1;
    for (let key = 0; key <= query; key++, at++) {
      triangle[at] = keep ? (pattern[row + key] ?? 0) * (norms[start + key] ?? 0) : 0;
    }
  }
}

/** Active latents of [windows * tokens] rows. What is not active is 0 and costs nothing. */
export function reduceSparse(family: FamilyScan, acts: SparseActs, run: RunWindows): void {
  const { sums } = family;
  const grouped = new GroupedLatents(family.shape.units);
  run.windows.forEach((window, index) => {
    const rows = countedRows(window);
    if (rows.length === 0) return;
    family.count += rows.length;
    const place = { sequence: window.sequence, priority: run.priorities[index] ?? 0 };
    grouped.fill(acts, index * run.tokens, rows);
    for (const latent of grouped.latents) {
      const all = grouped.entries(latent);
      const max = addColumn(sums, latent, { values: grouped.values, first: 0, stride: 1, rows: all });
      if (all.length < rows.length) sums.extend(latent, 0, max);
      family.offer(latent, max, place, () => grouped.record(latent));
    }
  });
}

/** Active latents of one window, by latent. The arrays are used again for the next one. */
export class GroupedLatents {
  /** Those that are active, in the order that they were met. */
  readonly latents: number[] = [];
  values = new Float32Array();
  private rows = new Int32Array();
  private order = new Int32Array();
  private readonly start: Int32Array;
  private readonly count: Int32Array;

  constructor(units: number) {
    this.start = new Int32Array(units);
    this.count = new Int32Array(units);
  }

  fill(acts: SparseActs, first: number, rows: Int32Array): void {
    for (const latent of this.latents) this.count[latent] = 0;
    this.latents.length = 0;
    if (this.values.length < rows.length * acts.k) {
      this.values = new Float32Array(rows.length * acts.k);
      this.rows = new Int32Array(rows.length * acts.k);
      this.order = Int32Array.from(this.rows.keys());
    }
    this.eachEntry(acts, first, rows, (latent) => {
      const count = this.count[latent] ?? 0;
      if (count === 0) this.latents.push(latent);
      this.count[latent] = count + 1;
    });
    let at = 0;
    for (const latent of this.latents) {
      this.start[latent] = at;
      at += this.count[latent] ?? 0;
      this.count[latent] = 0;
    }
    this.eachEntry(acts, first, rows, (latent, row, value) => {
      const count = this.count[latent] ?? 0;
      const place = (this.start[latent] ?? 0) + count;
      this.values[place] = value;
      this.rows[place] = row;
      this.count[latent] = count + 1;
    });
  }

  /** Places of a latent's numbers in `values`. */
  entries(latent: number): Int32Array {
    const start = this.start[latent] ?? 0;
    return this.order.subarray(start, start + (this.count[latent] ?? 0));
  }

  /** Token and number in turn; empty where the latent is not active. */
  record(latent: number): Float32Array {
    const start = this.start[latent] ?? 0;
    const record = new Float32Array(2 * (this.count[latent] ?? 0));
    for (let at = 0; at < record.length; at += 2) {
      record[at] = this.rows[start + at / 2] ?? 0;
      record[at + 1] = this.values[start + at / 2] ?? 0;
    }
    return record;
  }

  private eachEntry(
    acts: SparseActs,
    first: number,
    rows: Int32Array,
    visit: (latent: number, row: number, value: number) => void,
  ): void {
    const { k, counts, indices, values } = acts;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] ?? 0;
      const start = (first + row) * k;
      const end = start + Math.min(k, counts[first + row] ?? 0);
      for (let at = start; at < end; at++) visit(indices[at] ?? 0, row, values[at] ?? 0);
    }
  }
}

/** Tokens of a window that are no BOS. */
export function countedRows({ counted }: CorpusWindow): Int32Array {
  const rows: number[] = [];
  counted.forEach((flag, row) => {
    if (flag === 1) rows.push(row);
  });
  return Int32Array.from(rows);
}
