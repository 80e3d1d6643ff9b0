import { central, histogramOf, mergePairs, widthFor, zeroCentered, type PowerSums } from './bins.ts';
import type { UnitStatistics } from './statistics.ts';

/** Bins of a histogram; from half of them up to all are in use. */
export const HISTOGRAM_BINS = 64;

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

  /** `pairs`: counts may pass 2^32. */
  constructor(units: number, kind: 'tokens' | 'pairs') {
    this.units = units;
    this.powers = new Float64Array(4 * units);
    this.min = new Float64Array(units).fill(Infinity);
    this.max = new Float64Array(units).fill(-Infinity);
    this.width = new Float64Array(units);
    const size = units * HISTOGRAM_BINS;
    this.counts = kind === 'pairs' ? new Float64Array(size) : new Uint32Array(size);
  }

  /** Makes room for a maximum. NaN stays: it is never replaced by what follows. */
  widen(unit: number, max: number): void {
    const known = this.max[unit] ?? 0;
    if (max > known || Number.isNaN(max)) this.max[unit] = max;
    if (!(max > 0) || max === Infinity) return;
    const width = this.width[unit] ?? 0;
    if (width === 0) this.width[unit] = widthFor(max, HISTOGRAM_BINS);
    else if (max > width * HISTOGRAM_BINS) this.double(unit, max);
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
