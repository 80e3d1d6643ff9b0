import type { Arena } from './arena.ts';
import { mergePairs, widthFor } from './bins.ts';
import { MAXIMUM_BINS } from './kernel/offerModule.ts';
import type { KernelSums } from './kernel/tokenKernel.ts';
import type { KeptRecord } from './topTable.ts';
import type { StateArrays } from './unitSums.ts';

/** Bins of the windows' maxima: 9 to 16 of them are in use, so that an interval's end lies within 6 % of its place. */
const BINS = MAXIMUM_BINS;
const NEVER = 0xffffffff;

/** Windows of one unit whose largest activation lies from `low` to `high`. */
export interface QuantileInterval {
  readonly low: number;
  readonly high: number;
  /** Windows of the corpus in the interval. */
  readonly windows: number;
  readonly records: readonly KeptRecord[];
}

/**
 * Random windows of every unit by their largest activation: of each bin of the maximum those of lowest priority number.
 * An interval is a run of whole bins, so that its records are exactly the first of all its windows in random order.
 */
export class QuantileTable {
  private readonly size: number;
  private readonly arena: Arena;
  /** Of a bin; 0 while no window was above zero. Shape [units]. */
  readonly width: Float64Array;
  private readonly max: Float64Array;
  /** Shape [units, BINS]. */
  private readonly windows: Uint32Array;
  private readonly filled: Uint8Array;
  /** Largest priority number of a full bin. */
  private readonly worst: Uint32Array;
  /** Shape [units, BINS, size]. */
  private readonly priority: Uint32Array;
  private readonly window: Int32Array;
  private readonly value: Float32Array;
  private readonly place: Float64Array;
  private readonly length: Int32Array;

  /** A kernel brings arrays of its own: counts of windows, and the priorities that a record must be below. */
  constructor(
    units: number,
    size: number,
    arena: Arena,
    arrays: Pick<KernelSums, 'maxima' | 'worst'> | null,
  ) {
    this.size = size;
    this.arena = arena;
    this.width = new Float64Array(units);
    this.max = new Float64Array(units);
    this.windows = arrays?.maxima ?? new Uint32Array(units * BINS);
    this.filled = new Uint8Array(units * BINS);
    this.worst = (arrays?.worst ?? new Uint32Array(units * BINS)).fill(size === 0 ? 0 : NEVER);
    const records = units * BINS * size;
    this.priority = new Uint32Array(records);
    this.window = new Int32Array(records);
    this.value = new Float32Array(records);
    this.place = new Float64Array(records);
    this.length = new Int32Array(records);
  }

  /** Counts a window whose maximum is above zero and finite; true when its record is to be kept. */
  count(unit: number, max: number, priority: number): boolean {
    if (max > (this.max[unit] ?? 0)) this.widen(unit, max);
    const bin = this.binAt(unit, max);
    this.windows[bin] = (this.windows[bin] ?? 0) + 1;
    return priority < (this.worst[bin] ?? 0);
  }

  /** As `count`, some windows in turn; windows whose maximum is not above zero or not finite are passed over. */
  countAll(unit: number, maxima: Float64Array, priorities: Float64Array, keep: (at: number) => void): void {
    const { windows, worst } = this;
    const start = unit * BINS - 1;
    let top = this.max[unit] ?? 0;
    // Widths are powers of two: the product is the quotient.
    let inverse = 1 / (this.width[unit] ?? 1);
    for (let at = 0; at < maxima.length; at++) {
      const max = maxima[at] ?? 0;
      if (!(max > 0) || max === Infinity) continue;
      if (max > top) {
        this.widen(unit, max);
        top = max;
        inverse = 1 / (this.width[unit] ?? 1);
      }
      const bin = start + Math.ceil(max * inverse);
      windows[bin] = (windows[bin] ?? 0) + 1;
      if ((priorities[at] ?? 0) < (worst[bin] ?? 0)) keep(at);
    }
  }

  /** A window that was counted elsewhere, of a maximum that has a bin: whether its record is to be kept. */
  isEarly(unit: number, max: number, priority: number): boolean {
    return priority < (this.worst[this.binAt(unit, max)] ?? 0);
  }

  /** The largest maximum of windows that were counted elsewhere. */
  raise(unit: number, max: number): void {
    if (max > (this.max[unit] ?? 0)) this.max[unit] = max;
  }

  /** After `count` said so. */
  add(unit: number, sequence: number, max: number, priority: number, values: Float32Array): void {
    const bin = this.binAt(unit, max);
    const at = this.slot(bin);
    this.priority[at] = priority;
    this.window[at] = sequence;
    this.value[at] = max;
    this.place[at] = this.arena.store(values);
    this.length[at] = values.length;
    this.noteWorst(bin);
  }

  /** `count` intervals of equal width as far as bins allow, from the lowest up. Empty for a unit that was never active. */
  intervals(unit: number, count: number): QuantileInterval[] {
    const width = this.width[unit] ?? 0;
    if (width === 0) return [];
    const max = this.max[unit] ?? 0;
    const used = Math.ceil(max / width);
    const ends = Array.from({ length: count + 1 }, (_, index) => Math.round((used * index) / count));
    return ends.slice(1).map((end, index) => {
      const from = ends[index] ?? 0;
      const bins = Array.from({ length: end - from }, (_, offset) => unit * BINS + from + offset);
      return {
        low: from * width,
        high: end === used ? max : end * width,
        windows: bins.reduce((sum, bin) => sum + (this.windows[bin] ?? 0), 0),
        records: this.first(bins),
      };
    });
  }

  state(): StateArrays {
    const { width, max, windows, filled, worst, priority, window, value, place, length } = this;
    return { width, max, windows, filled, worst, priority, window, value, place, length };
  }

  private binAt(unit: number, max: number): number {
    return unit * BINS + Math.ceil(max / (this.width[unit] ?? 1)) - 1;
  }

  private widen(unit: number, max: number): void {
    this.max[unit] = max;
    let width = this.width[unit] ?? 0;
    if (width === 0) width = widthFor(max, BINS);
    while (max > width * BINS) {
      this.merge(unit);
      width *= 2;
    }
    this.width[unit] = width;
  }

  /** Bins 1 and 2 become bin 1, and so on; of their records the first in random order stay. */
  private merge(unit: number): void {
    const start = unit * BINS;
    mergePairs(this.windows, start, BINS);
    for (let bin = 0; bin < BINS; bin++) {
      const sources = bin < BINS / 2 ? [start + 2 * bin, start + 2 * bin + 1] : [];
      this.refill(
        start + bin,
        sources.flatMap((source) => this.slots(source)),
      );
    }
  }

  /** Puts these slots' records into a bin at or before them, and frees what does not fit. */
  private refill(bin: number, from: readonly number[]): void {
    const records = from.map((at) => ({ at, priority: this.priority[at] ?? 0, ...this.recordAt(at) }));
    records.sort((a, b) => a.priority - b.priority);
    for (const { place, length } of records.slice(this.size)) this.arena.release(place, length);
    const kept = records.slice(0, this.size);
    kept.forEach((record, index) => {
      const at = bin * this.size + index;
      this.priority[at] = record.priority;
      this.window[at] = record.sequence;
      this.value[at] = record.max;
      this.place[at] = record.place;
      this.length[at] = record.length;
    });
    this.filled[bin] = kept.length;
    this.noteWorst(bin);
  }

  /** Place for one more record of a bin: a free one, or that of the worst. */
  private slot(bin: number): number {
    const filled = this.filled[bin] ?? 0;
    if (filled < this.size) {
      this.filled[bin] = filled + 1;
      return bin * this.size + filled;
    }
    const start = bin * this.size;
    let at = start;
    while (at < start + filled - 1 && this.priority[at] !== this.worst[bin]) at++;
    this.arena.release(this.place[at] ?? 0, this.length[at] ?? 0);
    return at;
  }

  private noteWorst(bin: number): void {
    const start = bin * this.size;
    let worst = (this.filled[bin] ?? 0) < this.size ? NEVER : 0;
    for (let at = start; at < start + this.size; at++) worst = Math.max(worst, this.priority[at] ?? 0);
    this.worst[bin] = worst;
  }

  private slots(bin: number): number[] {
    return Array.from({ length: this.filled[bin] ?? 0 }, (_, index) => bin * this.size + index);
  }

  private first(bins: readonly number[]): KeptRecord[] {
    return bins
      .flatMap((bin) => this.slots(bin))
      .toSorted((a, b) => (this.priority[a] ?? 0) - (this.priority[b] ?? 0))
      .slice(0, this.size)
      .map((at) => this.recordAt(at));
  }

  private recordAt(at: number): KeptRecord {
    return {
      sequence: this.window[at] ?? 0,
      max: this.value[at] ?? 0,
      place: this.place[at] ?? 0,
      length: this.length[at] ?? 0,
    };
  }
}
