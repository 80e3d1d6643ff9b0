import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FamilyScan, type FamilyShape } from '../../../../src/core/records/familyScan.ts';
import { windowPriority } from '../../../../src/core/records/priority.ts';
import {
  reducePairs,
  reduceSparse,
  reduceTokens,
  type RunWindows,
} from '../../../../src/core/records/reduce.ts';
import { unitStatistics } from '../../../../src/core/records/unitSums.ts';
import type { UnitStatistics } from '../../../../src/core/records/statistics.ts';
import { seededRandom } from '../../../support/random.ts';

const CONTEXT = 6;
const COUNTS = { top: 3, perQuantile: 2 };
const QUANTILES = 5;

/** One window of one unit as plain numbers: BOS tokens are left out. */
interface Seen {
  readonly sequence: number;
  readonly values: readonly number[];
}

function runOf(first: number, flags: readonly (readonly number[])[]): RunWindows {
  const windows = flags.map((counted, index) => ({
    sequence: first + index,
    ids: new Int32Array(counted.length),
    counted: Uint8Array.from(counted),
    parts: [],
  }));
  const priorities = windows.map(({ sequence }) => windowPriority(0, sequence));
  return { windows, tokens: flags[0]?.length ?? 0, priorities };
}

function shape(records: FamilyShape['records'], units: number): FamilyShape {
  return { id: 'test', units, records, context: CONTEXT };
}

function statisticsOf(family: FamilyScan, unit: number): UnitStatistics {
  const { powers, min, max, width, counts } = family.sums;
  const { units } = family.shape;
  const power = (index: number): number => powers[index * units + unit] ?? 0;
  return unitStatistics({
    count: family.count,
    powers: [power(0), power(1), power(2), power(3)],
    min: min[unit] ?? 0,
    max: max[unit] ?? 0,
    width: width[unit] ?? 0,
    counts: counts.subarray(unit * 64, (unit + 1) * 64),
  });
}

/** The same by sorting everything. */
function naive(seen: readonly Seen[], width: number, quantileWidth: number) {
  const all = seen.flatMap(({ values }) => values);
  const active = all.filter((value) => value > 0);
  const maxima = seen
    .map(({ sequence, values }) => ({ sequence, max: Math.max(...values) }))
    .filter(({ max }) => max > 0);
  const top = maxima.toSorted((a, b) => b.max - a.max || a.sequence - b.sequence).slice(0, COUNTS.top);
  const used = Math.ceil(Math.max(0, ...maxima.map(({ max }) => max)) / quantileWidth);
  const quantiles = Array.from({ length: maxima.length === 0 ? 0 : QUANTILES }, (_, index) => {
    const low = Math.round((used * index) / QUANTILES) * quantileWidth;
    const high = Math.round((used * (index + 1)) / QUANTILES) * quantileWidth;
    const own = maxima.filter(({ max }) => max > low && max <= high);
    const first = own.toSorted((a, b) => windowPriority(0, a.sequence) - windowPriority(0, b.sequence));
    return {
      windows: own.length,
      records: first.slice(0, COUNTS.perQuantile).map(({ sequence }) => sequence),
    };
  });
  const bins = active.map((value) => Math.ceil(value / width));
  return {
    density: active.length / Math.max(all.length, 1),
    mean: all.reduce((sum, value) => sum + value, 0) / all.length,
    min: Math.min(...all),
    max: Math.max(...all),
    histogram: Array.from(
      { length: Math.max(0, ...bins) },
      (_, bin) => bins.filter((id) => id === bin + 1).length,
    ),
    top,
    quantiles,
  };
}

function checkUnit(family: FamilyScan, unit: number, seen: readonly Seen[]): void {
  const found = statisticsOf(family, unit);
  const expected = naive(seen, found.histogram.width, family.quantiles.width[unit] ?? 0);
  assert.equal(found.count, seen.flatMap(({ values }) => values).length);
  assert.equal(found.density, expected.density);
  assert.ok(Math.abs(found.central.mean - expected.mean) < 1e-12);
  // -0 and 0 are one number to a sum.
  assert.deepEqual([found.min + 0, found.max + 0], [expected.min + 0, expected.max + 0]);
  assert.deepEqual(found.histogram.counts, expected.histogram);
  const top = family.top.records(unit).map(({ sequence, max }) => ({ sequence, max }));
  assert.deepEqual(top, expected.top);
  const quantiles = family.quantiles.intervals(unit, QUANTILES).map(({ windows, records }) => ({
    windows,
    records: records.map(({ sequence }) => sequence),
  }));
  assert.deepEqual(quantiles, expected.quantiles);
}

/** Numbers as GELU gives them: many small negatives, some large, exact zeros now and then. */
const activation = fc.oneof(
  fc.float({ min: Math.fround(-0.17), max: 0, noNaN: true }),
  fc.float({ min: 0, max: 100, noNaN: true }),
  fc.constantFrom(0, 0.25, 1, 2),
);

describe('what a scan keeps of a family', () => {
  for (const units of [4, 5]) {
    it(`neurons: statistics, top records and quantiles are those of sorting everything (${units} units)`, () => {
      const flags = fc.array(fc.constantFrom(0, 1), { minLength: CONTEXT, maxLength: CONTEXT });
      const batch = fc.array(flags, { minLength: 1, maxLength: 3 }).chain((windows) =>
        fc.record({
          windows: fc.constant(windows),
          values: fc.array(activation, {
            minLength: windows.length * CONTEXT * units,
            maxLength: windows.length * CONTEXT * units,
          }),
        }),
      );
      fc.assert(
        fc.property(fc.array(batch, { minLength: 1, maxLength: 6 }), (batches) => {
          const family = new FamilyScan(shape('tokens', units), COUNTS);
          const seen: Seen[][] = Array.from({ length: units }, () => []);
          let sequence = 0;
          for (const { windows, values } of batches) {
            reduceTokens(family, Float32Array.from(values), runOf(sequence, windows));
            windows.forEach((counted, index) => {
              for (let unit = 0; unit < units; unit++) {
                const own = counted.flatMap((flag, row) =>
                  flag === 1 ? [values[(index * CONTEXT + row) * units + unit] ?? 0] : [],
                );
                if (own.length > 0) seen[unit]?.push({ sequence: sequence + index, values: own });
              }
            });
            sequence += windows.length;
          }
          if (family.count === 0) return;
          seen.forEach((own, unit) => checkUnit(family, unit, own));
        }),
        { numRuns: 60 },
      );
    });
  }

  it('latents: what is not active counts as 0', () => {
    const random = seededRandom(5);
    const [units, k] = [6, 2];
    const family = new FamilyScan(shape('sparse', units), COUNTS);
    const seen: Seen[][] = Array.from({ length: units }, () => []);
    for (let sequence = 0; sequence < 40; sequence++) {
      const counted = Array.from({ length: CONTEXT }, (_, row) => (row === 0 ? 0 : 1));
      const dense = Array.from({ length: CONTEXT }, () => new Float64Array(units));
      const acts = {
        rows: CONTEXT,
        k,
        values: new Float32Array(CONTEXT * k),
        indices: new Int32Array(CONTEXT * k),
        counts: new Int32Array(CONTEXT),
        scale: { dims: [1, 1], data: Float32Array.of(1) },
        shift: { dims: [1, 1], data: Float32Array.of(0) },
      };
      for (let row = 0; row < CONTEXT; row++) {
        const count = random.below(k + 1);
        acts.counts[row] = count;
        const latents = [random.below(units - 1), units - 1 - random.below(2)];
        for (let at = 0; at < count; at++) {
          const latent = latents[at] ?? 0;
          if (at === 1 && latent === latents[0]) {
            acts.counts[row] = 1;
            continue;
          }
          acts.indices[row * k + at] = latent;
          acts.values[row * k + at] = 1 + 9 * random.next();
          dense[row]?.fill(acts.values[row * k + at] ?? 0, latent, latent + 1);
        }
      }
      reduceSparse(family, acts, runOf(sequence, [counted]));
      for (let unit = 0; unit < units; unit++) {
        const values = dense.slice(1).map((row) => row[unit] ?? 0);
        seen[unit]?.push({ sequence, values });
      }
    }
    family.sums.addZeros(family.count);
    seen.forEach((own, unit) => checkUnit(family, unit, own));
    const [best] = family.top.records(5);
    const record = family.arena.read(best?.place ?? 0, best?.length ?? 0);
    assert.equal(Math.max(...record.filter((_, at) => at % 2 === 1)), best?.max);
  });

  it('heads: pattern times norm over the lower triangle, without rows of BOS', () => {
    const random = seededRandom(8);
    const heads = 2;
    const family = new FamilyScan(shape('pairs', heads), COUNTS);
    const seen: Seen[][] = Array.from({ length: heads }, () => []);
    for (let sequence = 0; sequence < 20; sequence++) {
      const counted = Array.from({ length: CONTEXT }, (_, row) =>
        row === 0 || row === sequence % 4 ? 0 : 1,
      );
      const pattern = Float32Array.from({ length: heads * CONTEXT * CONTEXT }, () => random.next());
      const norms = Float32Array.from({ length: heads * CONTEXT }, () => random.next());
      reducePairs(family, pattern, norms, runOf(sequence, [counted]));
      for (let head = 0; head < heads; head++) {
        const values = counted.flatMap((flag, query) =>
          Array.from({ length: flag === 1 ? query + 1 : 0 }, (_, key) =>
            Math.fround(
              (pattern[(head * CONTEXT + query) * CONTEXT + key] ?? 0) * (norms[head * CONTEXT + key] ?? 0),
            ),
          ),
        );
        seen[head]?.push({ sequence, values });
      }
    }
    seen.forEach((own, head) => checkUnit(family, head, own));
  });

  it('a dead unit has statistics and no records', () => {
    const family = new FamilyScan(shape('tokens', 4), COUNTS);
    reduceTokens(family, new Float32Array(CONTEXT * 4).fill(-0.1), runOf(0, [[0, 1, 1, 1, 1, 1]]));
    const { density, max, min, histogram } = statisticsOf(family, 2);
    const small = Math.fround(-0.1);
    assert.deepEqual({ density, max, min }, { density: 0, max: small, min: small });
    assert.deepEqual(histogram, { width: 0, counts: [] });
    assert.deepEqual(family.top.records(2), []);
    assert.deepEqual(family.quantiles.intervals(2, 5), []);
  });

  for (const units of [4, 5]) {
    it(`NaN and infinity are never hidden (${units} units)`, () => {
      const family = new FamilyScan(shape('tokens', units), COUNTS);
      const values = new Float32Array(CONTEXT * units).fill(0.5);
      values[1 * units + 1] = Number.NaN;
      values[2 * units + 2] = Infinity;
      reduceTokens(family, values, runOf(0, [[0, 1, 1, 1, 1, 1]]));
      reduceTokens(family, new Float32Array(CONTEXT * units).fill(9), runOf(1, [[0, 1, 1, 1, 1, 1]]));
      const broken = statisticsOf(family, 1);
      assert.ok(Number.isNaN(broken.central.mean) && Number.isNaN(broken.max) && Number.isNaN(broken.min));
      assert.equal(statisticsOf(family, 2).max, Infinity);
      assert.deepEqual(statisticsOf(family, 0).max, 9);
      assert.deepEqual(
        family.top.records(1).map(({ sequence }) => sequence),
        [0, 1],
      );
      const [first] = family.top.records(1);
      assert.ok(Number.isNaN(family.arena.read(first?.place ?? 0, CONTEXT)[1]));
    });
  }
});
