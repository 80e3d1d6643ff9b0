import { central, HISTOGRAM_BINS, type PowerSums } from './bins.ts';
import { type FamilyScan } from './familyScan.ts';
import type { KeptRecord } from './topTable.ts';
import { density } from './unitSums.ts';

/** What a record was kept for: top, random, or interval `QUANTILE_SET + i` from the highest down. */
export const TOP_SET = 0;
export const RANDOM_SET = 1;
export const QUANTILE_SET = 2;

/** A record ready to be stored: sparse ones hold token and number in turn. */
export interface OutgoingRecord {
  readonly sequence: number;
  readonly set: number;
  readonly values: Float32Array;
}

/**
 * Everything that an index keeps of one family, as flat arrays. R records in order of units; `record_start` counts
 * numbers of `values`, R + 1 of them. `positions` belongs to sparse families: the token of each value.
 */
export interface FamilyTensors {
  readonly density: Float64Array;
  readonly mean: Float64Array;
  readonly max: Float64Array;
  readonly kurtosis: Float64Array;
  readonly top_token: Int32Array;
  readonly powers: Float64Array;
  readonly min: Float64Array;
  readonly width: Float64Array;
  readonly histogram: Float64Array;
  /** Shape [units, quantiles, 3]: low, high and windows of each interval from the highest down; zeros without any. */
  readonly intervals: Float64Array;
  /** Shape [units + 1]: first record of each unit. */
  readonly unit_records: Int32Array;
  readonly record_window: Int32Array;
  readonly record_set: Uint8Array;
  readonly record_start: Float64Array;
  readonly values: Float32Array;
  readonly positions: Uint16Array;
}

/** Gathers what a scan holds of a family. `random` gives a unit's records of the random windows. */
export function familyTensors(
  family: FamilyScan,
  options: { readonly quantiles: number; idsOf(sequence: number): Int32Array },
  random: (unit: number) => readonly OutgoingRecord[],
): FamilyTensors {
  const { units, records: kind } = family.shape;
  if (kind === 'sparse') family.sums.addZeros(family.count);
  const columns = columnsOf(family, options);
  const intervals = new Float64Array(units * options.quantiles * 3);
  const unit_records = new Int32Array(units + 1);
  const all: OutgoingRecord[] = [];
  for (let unit = 0; unit < units; unit++) {
    unit_records[unit] = all.length;
    all.push(...kept(family, family.top.records(unit), TOP_SET), ...random(unit));
    const found = family.quantiles.intervals(unit, options.quantiles).toReversed();
    found.forEach(({ low, high, windows, records }, index) => {
      intervals.set([low, high, windows], (unit * options.quantiles + index) * 3);
      all.push(...kept(family, records, QUANTILE_SET + index));
    });
  }
  unit_records[units] = all.length;
  return { ...columns, intervals, unit_records, ...pack(all, { sparse: kind === 'sparse' }) };
}

function kept(family: FamilyScan, records: readonly KeptRecord[], set: number): OutgoingRecord[] {
  return records.map(({ sequence, place, length }) => ({
    sequence,
    set,
    values: family.arena.read(place, length),
  }));
}

function columnsOf(
  family: FamilyScan,
  { idsOf }: { idsOf(sequence: number): Int32Array },
): Pick<
  FamilyTensors,
  'density' | 'mean' | 'max' | 'kurtosis' | 'top_token' | 'powers' | 'min' | 'width' | 'histogram'
> {
  const { sums, count } = family;
  const { units } = sums;
  const columns = {
    density: new Float64Array(units),
    mean: new Float64Array(units),
    max: new Float64Array(units),
    kurtosis: new Float64Array(units),
    top_token: new Int32Array(units),
    powers: new Float64Array(4 * units),
    min: sums.min.map((value) => (count === 0 ? 0 : value)),
    width: sums.width,
    histogram: Float64Array.from(sums.counts),
  };
  for (let unit = 0; unit < units; unit++) {
    const powers = [0, 1, 2, 3].map((power) => sums.powers[power * units + unit] ?? 0);
    columns.powers.set(powers, 4 * unit);
    const moments = central(count, powers as unknown as PowerSums);
    const counts = sums.counts.subarray(unit * HISTOGRAM_BINS, (unit + 1) * HISTOGRAM_BINS);
    columns.density[unit] = density({ count, counts });
    columns.mean[unit] = moments.mean;
    columns.max[unit] = count === 0 ? 0 : (sums.max[unit] ?? 0);
    columns.kurtosis[unit] = moments.kurtosis ?? Number.NaN;
    columns.top_token[unit] = topToken(family, unit, idsOf);
  }
  return columns;
}

/** Token at the largest activation, of heads the query; -1 = never active. */
function topToken(family: FamilyScan, unit: number, idsOf: (sequence: number) => Int32Array): number {
  const [best] = family.top.records(unit);
  if (!best) return -1;
  const at = peak(family.shape.records, family.arena.read(best.place, best.length));
  return idsOf(best.sequence)[at.position] ?? -1;
}

/** Where the largest number of a stored record is: token, or of heads the query, and the key. */
export function peak(
  records: FamilyScan['shape']['records'],
  values: Float32Array,
): { readonly position: number; readonly key: number | null } {
  if (records === 'sparse') {
    const numbers = values.filter((_, at) => at % 2 === 1);
    return { position: values[2 * largest(numbers)] ?? 0, key: null };
  }
  const at = largest(values);
  if (records === 'tokens') return { position: at, key: null };
  const query = Math.floor((Math.sqrt(8 * at + 1) - 1) / 2);
  return { position: query, key: at - (query * (query + 1)) / 2 };
}

/** The first of the largest; NaN is larger than anything. */
function largest(values: Float32Array): number {
  let best = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (Number.isNaN(value)) return at;
    if (value > (values[best] ?? 0)) best = at;
  }
  return best;
}

function pack(
  records: readonly OutgoingRecord[],
  { sparse }: { readonly sparse: boolean },
): Pick<FamilyTensors, 'record_window' | 'record_set' | 'record_start' | 'values' | 'positions'> {
  const size = ({ values }: OutgoingRecord): number => (sparse ? values.length / 2 : values.length);
  const record_start = new Float64Array(records.length + 1);
  records.forEach((record, index) => {
    record_start[index + 1] = (record_start[index] ?? 0) + size(record);
  });
  const values = new Float32Array(record_start[records.length] ?? 0);
  const positions = new Uint16Array(sparse ? values.length : 0);
  records.forEach((record, index) => {
    const start = record_start[index] ?? 0;
    if (!sparse) return values.set(record.values, start);
    for (let at = 0; at < record.values.length / 2; at++) {
      positions[start + at] = record.values[2 * at] ?? 0;
      values[start + at] = record.values[2 * at + 1] ?? 0;
    }
  });
  return {
    record_window: Int32Array.from(records, ({ sequence }) => sequence),
    record_set: Uint8Array.from(records, ({ set }) => set),
    record_start,
    values,
    positions,
  };
}
