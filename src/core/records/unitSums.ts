import {
  central,
  HISTOGRAM_BINS,
  histogramOf,
  mergePairs,
  widthFor,
  zeroCentered,
  type PowerSums,
} from './bins.ts';
import type { UnitStatistics } from './statistics.ts';

/** Arrays that a scan keeps, by name: what a checkpoint holds. */
export type StateArrays = Record<string, Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array>;

/** Raw sums of every unit of a family, float64. */
export class UnitSums {
  readonly units: number;
  /** Shape [4, units]: sums of the first four powers. */
  readonly powers: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** Of a bin; 0 while no activation was above zero. */
  readonly width: Float64Array;
  /** Shape [units, HISTOGRAM_BINS]. */
  readonly counts: Float64Array | Uint32Array;

  /** `counts` in float64 where there may be more than 2^32 of them; a kernel brings arrays of its own. */
  constructor(units: number, arrays: Pick<UnitSums, 'powers' | 'counts'>) {
    this.units = units;
    this.powers = arrays.powers;
    this.counts = arrays.counts;
    this.min = new Float64Array(units).fill(Infinity);
    this.max = new Float64Array(units).fill(-Infinity);
    this.width = new Float64Array(units);
  }

  /**
   * Takes a window's extremes, and makes room for them in the histogram. NaN stays whatever follows.
   * @returns the width of a bin
   */
  extend(unit: number, low: number, high: number): number {
    const least = this.min[unit] ?? 0;
    if (!(low >= least) && !Number.isNaN(least)) this.min[unit] = low;
    const known = this.max[unit] ?? 0;
    const width = this.width[unit] ?? 0;
    if (high <= known) return width;
    if (!Number.isNaN(known)) this.max[unit] = high;
    if (!(high > width * HISTOGRAM_BINS) || high === Infinity) return width;
    if (width === 0) this.width[unit] = widthFor(high, HISTOGRAM_BINS);
    else this.double(unit, high);
    return this.width[unit] ?? 0;
  }

  /** Of units whose zeros were passed over: a unit that was not active `count` times was 0 at some. */
  addZeros(count: number): void {
    for (let unit = 0; unit < this.units; unit++) {
      let active = 0;
      for (let bin = 0; bin < HISTOGRAM_BINS; bin++) active += this.counts[unit * HISTOGRAM_BINS + bin] ?? 0;
      if (active < count) this.extend(unit, 0, 0);
    }
  }

  private double(unit: number, max: number): void {
    let width = this.width[unit] ?? 0;
    while (max > width * HISTOGRAM_BINS) {
      mergePairs(this.counts, unit * HISTOGRAM_BINS, HISTOGRAM_BINS);
      width *= 2;
    }
    this.width[unit] = width;
  }

  state(): StateArrays {
    const { powers, min, max, width, counts } = this;
    return { powers, min, max, width, counts };
  }
}

/** Raw sums of one unit, as an index keeps them. */
export interface RawStatistics {
  readonly count: number;
  readonly powers: PowerSums;
  readonly min: number;
  readonly max: number;
  readonly width: number;
  readonly counts: ArrayLike<number>;
}

/** What a page shows of a unit's sums. */
export function unitStatistics(raw: RawStatistics): UnitStatistics {
  const { count, powers, min, max, width, counts } = raw;
  return {
    count,
    density: density(raw),
    central: central(count, powers),
    zeroCentered: zeroCentered(count, powers),
    min: count === 0 ? 0 : min,
    max: count === 0 ? 0 : max,
    histogram: histogramOf(width, counts),
  };
}

/** Share of activations above zero. */
export function density({ count, counts }: Pick<RawStatistics, 'count' | 'counts'>): number {
  let active = 0;
  for (let bin = 0; bin < counts.length; bin++) active += counts[bin] ?? 0;
  return active / Math.max(count, 1);
}
