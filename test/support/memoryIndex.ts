import assert from 'node:assert/strict';
import { formatUnit, type Unit } from '../../src/core/model/units.ts';
import { familyId, familySize, placeOf, unitAt, type Family } from '../../src/core/records/family.ts';
import {
  DEFAULT_SCAN,
  type ActivationRecord,
  type FamilyColumns,
  type RecordsIndex,
  type UnitRecords,
} from '../../src/core/records/records.ts';
import type { Moments, UnitStatistics } from '../../src/core/records/statistics.ts';
import { latentActs, unitActivations, withoutToken } from '../../src/core/records/units/activations.ts';
import { unitSpace, type UnitModel } from '../../src/core/records/units/unitModel.ts';
import { latentColumn } from '../../src/core/trace/saeRunner.ts';
import { Trace } from '../../src/core/trace/trace.ts';

export interface MemoryIndexOptions {
  readonly windows: readonly (readonly number[])[];
  readonly families: readonly Family[];
  /** Numbers of the windows that are the random ones. */
  readonly random: readonly number[];
  readonly top: number;
  readonly bosId: number | null;
}

const BIN = 0.2;
const WORLD = { kind: 'world', seed: 1, documents: 1 } as const;

type Activations = Pick<ActivationRecord, 'activations' | 'pairs'>;

/** An index in memory, by the plainest means: every window through the model, everything of every unit kept. */
export async function memoryIndex(model: UnitModel, options: MemoryIndexOptions): Promise<RecordsIndex> {
  const units = new Map<string, UnitRecords>();
  const columns = new Map<string, FamilyColumns>();
  const traces: Trace[] = [];
  for (const ids of options.windows) traces.push(await Trace.run(model.runner, ids));
  for (const family of options.families) {
    const size = familySize(family, unitSpace(model));
    const read = await Promise.all(traces.map((trace) => familyReader(model, trace, family)));
    const all: UnitRecords[] = [];
    for (let index = 0; index < size; index++) {
      const unit = unitAt(family, index);
      const records = await Promise.all(
        read.map(async (of, sequence): Promise<ActivationRecord> => ({
          sequence,
          ids: options.windows[sequence] ?? [],
          ...withoutToken(await of(unit), options.windows[sequence] ?? [], options.bosId),
        })),
      );
      all.push(recordsOf(unit, records, options));
      units.set(formatUnit(unit), all.at(-1) ?? assert.fail());
    }
    columns.set(familyId(family), columnsOf(all));
  }
  return {
    key: { version: 1, model: 'm', saes: {}, corpus: 'c', options: DEFAULT_SCAN },
    corpus: WORLD,
    families: options.families.map(familyId),
    windows: options.windows.length,
    tokens: options.windows.flat().length,
    source: (sequence) => `world #${sequence}`,
    parts: () => [],
    ids: (sequence) => options.windows[sequence] ?? assert.fail(`no window ${sequence}`),
    columns: (family) => Promise.resolve(columns.get(family) ?? assert.fail(`no ${family}`)),
    unit: (unit) => Promise.resolve(units.get(formatUnit(unit)) ?? assert.fail(formatUnit(unit))),
  };
}

/** Latents of a window are encoded once for all of them. */
async function familyReader(
  model: UnitModel,
  trace: Trace,
  family: Family,
): Promise<(unit: Unit) => Promise<Activations>> {
  if (family.kind !== 'latents') return (unit) => unitActivations(model, trace, unit);
  const acts = await latentActs(model, trace, family.sae);
  return (unit) => {
    return Promise.resolve({ activations: latentColumn(acts, placeOf(unit).index), pairs: null });
  };
}

function recordsOf(
  unit: Unit,
  records: readonly ActivationRecord[],
  { top, random }: MemoryIndexOptions,
): UnitRecords {
  const most = ({ activations }: ActivationRecord): number => Math.max(...activations);
  const active = records.filter((record) => most(record) > 0);
  const ranked = active.toSorted((a, b) => most(b) - most(a) || a.sequence - b.sequence);
  const half = Math.max(...records.map(most), 0) / 2;
  const quantile = (low: number, high: number): UnitRecords['quantiles'][number] => {
    const own = active.filter((record) => most(record) > low && most(record) <= high);
    return { low, high, share: own.length / records.length, records: own };
  };
  return {
    unit,
    statistics: statisticsOf(records.flatMap(({ activations, pairs }) => [...(pairs ?? activations)])),
    top: ranked.slice(0, top),
    random: random.flatMap((sequence) => records[sequence] ?? []),
    quantiles: half > 0 ? [quantile(half, 2 * half), quantile(0, half)] : [],
  };
}

function statisticsOf(values: readonly number[]): UnitStatistics {
  const counts: number[] = [];
  for (const value of values) {
    if (value <= 0) continue;
    const bin = Math.ceil(value / BIN) - 1;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return {
    count: values.length,
    density: values.filter((value) => value > 0).length / values.length,
    central: moments(values, mean(values)),
    zeroCentered: moments(values, 0),
    min: values.reduce((least, value) => Math.min(least, value), Infinity),
    max: values.reduce((most, value) => Math.max(most, value), -Infinity),
    histogram: { width: BIN, counts: Array.from(counts, (count) => count ?? 0) },
  };
}

function moments(values: readonly number[], around: number): Moments {
  const power = (exponent: number): number => mean(values.map((value) => (value - around) ** exponent));
  const variance = power(2);
  const none = variance === 0;
  return {
    mean: mean(values),
    variance,
    skewness: none ? null : power(3) / variance ** 1.5,
    kurtosis: none ? null : power(4) / variance ** 2,
  };
}

function columnsOf(all: readonly UnitRecords[]): FamilyColumns {
  const column = (of: (records: UnitRecords) => number): Float64Array => Float64Array.from(all, of);
  return {
    density: column(({ statistics }) => statistics.density),
    mean: column(({ statistics }) => statistics.central.mean),
    max: column(({ statistics }) => statistics.max),
    kurtosis: column(({ statistics }) => statistics.central.kurtosis ?? Number.NaN),
    topToken: Int32Array.from(all, ({ top: [first] }) => {
      if (!first) return -1;
      return first.ids[first.activations.indexOf(Math.max(...first.activations))] ?? -1;
    }),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
