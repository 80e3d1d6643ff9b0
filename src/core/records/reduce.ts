import { bug } from '../errors.ts';
import type { SparseActs } from '../trace/saeRunner.ts';
import { HISTOGRAM_BINS } from './bins.ts';
import { GroupedLatents } from './groupedLatents.ts';
import type { FamilyScan, OfferedWindows } from './familyScan.ts';
import type { TokenKernel } from './kernel/tokenKernel.ts';
import type { UnitSums } from './unitSums.ts';
import type { CorpusWindow } from './windows.ts';

/** Windows of one length as they are run together, and their places in the random order. */
export interface RunWindows {
  readonly windows: readonly CorpusWindow[];
  readonly tokens: number;
  readonly priorities: readonly number[];
}

/** Activations [windows * tokens, units] of neurons, or of latents, into what is kept of them. BOS rows are passed over. */
export function reduceTokens(family: FamilyScan, values: Float32Array, run: RunWindows): void {
  const rows = run.windows.map(countedRows);
  for (const own of rows) family.count += own.length;
  const batch = { values, rows, run, windows: [...rows.keys()].filter((at) => (rows[at]?.length ?? 0) > 0) };
  if (batch.windows.length === 0) return;
  if (family.kernel) reduceByKernel(family, family.kernel, batch);
  else offerColumns(family, batch, sumColumns(family, batch));
}

/** Activations of a batch, and the rows of each window that count. */
interface TokenBatch {
  readonly values: Float32Array;
  readonly rows: readonly Int32Array[];
  readonly run: RunWindows;
  /** Those that count any row. */
  readonly windows: readonly number[];
}

/** @returns the largest number of each window and unit, NaN when any is; of windows that count nothing, any number */
function sumColumns({ sums }: FamilyScan, { values, rows, run, windows }: TokenBatch): Float32Array {
  const { units } = sums;
  const maxima = new Float32Array(rows.length * units);
  for (const window of windows) {
    const own = rows[window] ?? [];
    const first = window * run.tokens;
    for (let unit = 0; unit < units; unit++) {
      const column = Float32Array.from(own, (row) => values[(first + row) * units + unit] ?? 0);
      maxima[window * units + unit] = addRun(sums, unit, column, 0, column.length);
    }
  }
  return maxima;
}

/** Offers every window of every unit. */
function offerColumns(family: FamilyScan, batch: TokenBatch, maxima: Float32Array): void {
  const offer = offerOf(family, batch, maxima);
  for (let unit = 0; unit < family.shape.units; unit++) offer(unit);
}

/** Offers all windows of one unit, one after the other. */
function offerOf(family: FamilyScan, batch: TokenBatch, maxima: Float32Array): (unit: number) => void {
  const { run, windows } = batch;
  const { units } = family.shape;
  const read = recordReader(family, batch);
  const offered: OfferedWindows = {
    highs: new Float64Array(windows.length),
    sequences: Int32Array.from(windows, (window) => run.windows[window]?.sequence ?? 0),
    priorities: Float64Array.from(windows, (window) => run.priorities[window] ?? 0),
    read: (unit, at) => read(unit, windows[at] ?? 0),
  };
  const { highs } = offered;
  return (unit) => {
    for (let at = 0; at < highs.length; at++) highs[at] = maxima[(windows[at] ?? 0) * units + unit] ?? 0;
    family.offerAll(unit, offered);
  };
}

/** Numbers of one unit in one window. What it gives is used again. */
function recordReader(
  { shape }: FamilyScan,
  { values, rows, run }: TokenBatch,
): (unit: number, window: number) => Float32Array {
  const { units, records } = shape;
  const record = new Float32Array(2 * run.tokens);
  return (unit, window) => {
    const first = window * run.tokens;
    const own = rows[window] ?? new Int32Array();
    if (records === 'sparse')
      return sparseRecord(record, own, (row) => values[(first + row) * units + unit] ?? 0);
    record.fill(0);
    for (const row of own) record[row] = values[(first + row) * units + unit] ?? 0;
    return record.subarray(0, run.tokens);
  };
}

/** Row and number in turn of what is not 0, at the beginning of an array of two numbers a row. */
export function sparseRecord(
  into: Float32Array,
  rows: Int32Array,
  valueAt: (row: number) => number,
): Float32Array {
  let at = 0;
  for (const row of rows) {
    const value = valueAt(row);
    if (value === 0) continue;
    into[at++] = row;
    into[at++] = value;
  }
  return into.subarray(0, at);
}

function reduceByKernel(family: FamilyScan, kernel: TokenKernel, batch: TokenBatch): void {
  const { sums, kernelSums, shape, quantiles, top } = family;
  const { values, rows, run, windows } = batch;
  if (!kernelSums) throw bug(`${shape.id} has a kernel without sums`);
  if (values.buffer !== kernel.values.buffer) kernel.values.set(values);
  const taken = windows.map((window) => ({
    window,
    first: window * run.tokens,
    rows: rows[window] ?? new Int32Array(),
    priority: run.priorities[window] ?? 0,
  }));
  kernel.add(kernelSums, taken, sums);
  const read = recordReader(family, batch);
  const offerAll = offerOf(family, batch, kernel.maxima);
  kernel.offer(
    kernelSums,
    { width: quantiles.width, threshold: top.threshold },
    {
      candidate: (unit, at) => {
        const window = windows[at] ?? 0;
        const place = { sequence: run.windows[window]?.sequence ?? 0, priority: run.priorities[window] ?? 0 };
        const max = kernel.maxima[window * shape.units + unit] ?? 0;
        family.offerCounted(unit, max, place, () => read(unit, window));
      },
      rest: (unit) => {
        if (Number.isNaN(sums.powers[unit])) spoil(sums, unit, kernel.maxima, batch);
        offerAll(unit);
      },
    },
  );
  for (let unit = 0; unit < shape.units; unit++) {
    const high = kernel.high[unit] ?? 0;
    sums.extend(unit, kernel.low[unit] ?? 0, high);
    if (high < Infinity && !Number.isNaN(sums.powers[unit])) quantiles.raise(unit, high);
  }
}

/** NaN among a window's numbers is its largest and its smallest. */
function spoil(sums: UnitSums, unit: number, maxima: Float32Array, { values, rows, run }: TokenBatch): void {
  rows.forEach((own, window) => {
    const isNaN = (row: number): boolean =>
      Number.isNaN(values[(window * run.tokens + row) * sums.units + unit]);
    if (!own.some(isNaN)) return;
    maxima[window * sums.units + unit] = Number.NaN;
    sums.extend(unit, Number.NaN, Number.NaN);
  });
}

/** Adds numbers `start` to `end` of an array to one unit's sums. @returns the largest; NaN when any is */
export function addRun(
  sums: UnitSums,
  unit: number,
  values: Float32Array,
  start: number,
  end: number,
): number {
  const { units, powers } = sums;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let low = Infinity;
  let high = -Infinity;
  for (let at = start; at < end; at++) {
    const value = values[at] ?? 0;
    const square = value * value;
    s1 += value;
    s2 += square;
    s3 += square * value;
    s4 += square * square;
    if (value > high) high = value;
    if (value < low) low = value;
  }
  // Comparisons pass NaN over; the sum does not.
  if (Number.isNaN(s1) && values.subarray(start, end).some(Number.isNaN)) low = high = Number.NaN;
  powers[unit] = (powers[unit] ?? 0) + s1;
  powers[units + unit] = (powers[units + unit] ?? 0) + s2;
  powers[2 * units + unit] = (powers[2 * units + unit] ?? 0) + s3;
  powers[3 * units + unit] = (powers[3 * units + unit] ?? 0) + s4;
  sums.extend(unit, low, high);
  if (!(high <= 0)) countRun(sums, unit, values, start, end);
  return high;
}

function countRun(sums: UnitSums, unit: number, values: Float32Array, start: number, end: number): void {
  const { counts } = sums;
  const inverse = 1 / (sums.width[unit] ?? 1);
  const bins = unit * HISTOGRAM_BINS - 1;
  for (let at = start; at < end; at++) {
    const value = values[at] ?? 0;
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
  const counted = new Float32Array(triangle.length);
  const read = (): Float32Array => triangle;
  run.windows.forEach((window, index) => {
    const pairs = countedPairs(window);
    if (pairs === 0) return;
    family.count += pairs;
    const place = { sequence: window.sequence, priority: run.priorities[index] ?? 0 };
    for (let head = 0; head < units; head++) {
      const start = (index * units + head) * tokens;
      fillTriangle(triangle, { pattern, norms, start, tokens, window });
      dropRows(triangle, counted, window);
      family.offer(head, addRun(family.sums, head, counted, 0, pairs), place, read);
    }
  });
}

/** Entries of a lower triangle whose query is counted. */
function countedPairs({ counted }: CorpusWindow): number {
  return counted.reduce((sum, flag, query) => sum + flag * (query + 1), 0);
}

/** Packs the rows of counted queries. */
function dropRows(triangle: Float32Array, into: Float32Array, { counted }: CorpusWindow): void {
  for (let query = 0, at = 0, to = 0; query < counted.length; query++) {
    if (counted[query] === 1) {
      for (let key = 0; key <= query; key++) into[to++] = triangle[at + key] ?? 0;
    }
    at += query + 1;
  }
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
  const read = (latent: number): Float32Array => grouped.record(latent);
  run.windows.forEach((window, index) => {
    const rows = countedRows(window);
    if (rows.length === 0) return;
    family.count += rows.length;
    const place = { sequence: window.sequence, priority: run.priorities[index] ?? 0 };
    grouped.fill(acts, index * run.tokens, rows);
    for (const latent of grouped.latents) {
      const start = grouped.start[latent] ?? 0;
      const count = grouped.count[latent] ?? 0;
      const max = addRun(sums, latent, grouped.values, start, start + count);
      family.offer(latent, max, place, read);
    }
  });
}

/** Tokens of a window that are no BOS. */
export function countedRows({ counted }: CorpusWindow): Int32Array {
  const rows: number[] = [];
  counted.forEach((flag, row) => {
    if (flag === 1) rows.push(row);
  });
  return Int32Array.from(rows);
}
