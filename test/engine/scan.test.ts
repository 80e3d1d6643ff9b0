import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allFamilies, familyId, unitAt } from '../../src/core/records/family.ts';
import type {
  ActivationRecord,
  RecordsIndex,
  ScanOptions,
  UnitRecords,
} from '../../src/core/records/records.ts';
import { unitSpace } from '../../src/core/records/units/unitModel.ts';
import type { OpenModel } from '../../src/engine/openModel.ts';
import { naiveRandom, naiveRecords, naiveWindows, type NaiveRecord } from '../support/naiveScan.ts';
import { openFolder, openIndexes, quietJob } from '../support/openIndexes.ts';
import { seededRandom } from '../support/random.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { readAllWeights } from '../support/referenceWeights.ts';

const OPTIONS: ScanOptions = {
  context: 12,
  top: 4,
  random: 3,
  quantiles: 5,
  perQuantile: 2,
  seed: 3,
  maxTokens: null,
};
/** Largest difference of an activation from float64; they reach some tens. */
const TOLERANCE = 1e-4;
/** Float32 and float64 may disagree on which side of a bin's end a number lies when it is nearer than this. */
const EDGE = 1e-5;
const WORDS = ['the', ' the', ' Mary', ' John', ' and', ' to', 'é', ' gave', ' ball', '.\n', ' it', ' then'];

describe('a scan equals a float64 scan that keeps everything', function () {
  this.timeout(120_000);
  let folder = '';
  let model: OpenModel;
  let index: RecordsIndex;
  let expected: ReadonlyMap<string, readonly NaiveRecord[][]>;
  let windows: ReturnType<typeof naiveWindows>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'underglass-scan-'));
    const directory = join(folder, 'model');
    await writeRandomModel(directory);
    const saes = join(directory, 'saes');
    const shared = { d_in: 32, d_sae: 40 };
    const topk = { ...shared, architecture: 'topk', hook_name: 'blocks.0.hook_mlp_out' } as const;
    const standard = { ...shared, architecture: 'standard', hook_name: 'blocks.1.hook_resid_post' } as const;
    // Latents that no kernel sums, for their number.
    const early = {
      ...shared,
      d_sae: 42,
      architecture: 'jumprelu',
      hook_name: 'blocks.1.hook_resid_pre',
    } as const;
    const neurons = { ...topk, d_in: 128, hook_name: 'blocks.1.mlp.hook_post' } as const;
    for (const sae of [topk, standard, early, neurons]) await writeRandomSae(join(saes, sae.hook_name), sae);
    const random = seededRandom(17);
    const texts = Array.from({ length: 25 }, () =>
      Array.from({ length: random.below(40) }, () => WORDS[random.below(WORDS.length)] ?? '').join(''),
    );
    const lines = texts.map((text) => JSON.stringify({ text })).join('\n');
    await writeFile(join(folder, 'corpus.jsonl'), lines);
    model = await openFolder(directory);
    const corpus = { kind: 'files', paths: [join(folder, 'corpus.jsonl')], field: 'text' } as const;
    const indexes = openIndexes(join(folder, 'storage'));
    await indexes.scan(model, { corpus, families: [], options: OPTIONS }, quietJob());
    const current = await indexes.current(model);
    assert.ok(current);
    index = current.index;

    const documents = texts.map((text) => model.tokenizer.encode(text).map(({ id }) => id));
    windows = naiveWindows(
      documents.filter((ids) => ids.length > 0),
      OPTIONS.context,
      model.tokenizer.bosId ?? 0,
    );
    const references = await Promise.all(
      [...model.saes.values()].map(async ({ id, config, tensors }) => ({
        id,
        config,
        weights: await readAllWeights({ tensors }),
      })),
    );
    const weights = await readAllWeights(model.checkpoint);
    expected = naiveRecords({ config: model.runner.config, weights, saes: references }, windows);
  });
  after(async () => {
    await model.release();
    await rm(folder, { recursive: true, force: true });
  });

  const eachUnit = async (
    check: (unit: UnitRecords, records: readonly NaiveRecord[], id: string) => void,
  ): Promise<void> => {
    for (const family of allFamilies(unitSpace(model))) {
      for (const [place, records] of (expected.get(familyId(family)) ?? []).entries()) {
        check(await index.unit(unitAt(family, place)), records, `${familyId(family)}/${place}`);
      }
    }
  };

  it('covers every family, window and token', () => {
    assert.deepEqual(index.families, [
      '0-heads',
      '0-mlp-neurons',
      '0-mlp',
      '1-heads',
      '1-mlp-neurons',
      '1-post',
      '1-res',
      '1-res_pre',
    ]);
    assert.equal(index.windows, windows.length);
    assert.equal(
      index.tokens,
      windows.reduce((sum, { ids }) => sum + ids.length, 0),
    );
    assert.ok(index.windows > 40, 'too few windows to test anything');
  });

  it('statistics', async () => {
    let misplaced = 0;
    let values = 0;
    await eachUnit(({ statistics }, records, id) => {
      const all = records.flatMap(({ counted }) => counted);
      const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
      const central = (power: number): number =>
        all.reduce((sum, value) => sum + (value - mean) ** power, 0) / all.length;
      const variance = central(2);
      assert.equal(statistics.count, all.length, id);
      const active = all.filter((value) => value > 0);
      const unsure = all.filter((value) => Math.abs(value) < EDGE).length;
      assert.ok(Math.abs(Math.round(statistics.density * all.length) - active.length) <= unsure, id);
      close(statistics.central.mean, mean, id);
      close(statistics.central.variance, variance, id);
      if (variance > 1e-9) {
        close(statistics.central.skewness ?? 0, central(3) / variance ** 1.5, id);
        close(statistics.central.kurtosis ?? 0, central(4) / variance ** 2, id);
      }
      close(statistics.min, Math.min(...all), id);
      close(statistics.max, Math.max(...all), id);
      const { width, counts } = statistics.histogram;
      const onEdge = all.filter((value) => isOnEdge(value, width)).length;
      const naive = counts.map(
        (_, bin) => active.filter((value) => Math.ceil(value / width) === bin + 1).length,
      );
      const moved = counts.reduce((sum, count, bin) => sum + Math.abs(count - (naive[bin] ?? 0)), 0);
      assert.ok(moved <= 2 * onEdge, id);
      misplaced += moved;
      values += all.length;
    });
    assert.ok(misplaced <= values / 1000, `${misplaced} of ${values} values lie in another bin`);
  });

  it('top records', () =>
    eachUnit(({ top }, records, id) => {
      const maxima = records.map(({ sequence, counted }) => ({ sequence, max: Math.max(...counted) }));
      const best = maxima
        .filter(({ max }) => max > 0)
        .toSorted((a, b) => b.max - a.max || a.sequence - b.sequence)
        .slice(0, OPTIONS.top);
      assert.deepEqual(sequences(top), sequences(best), id);
      for (const record of top) sameRecord(record, records, id);
    }));

  it('random records: the same windows for every unit, active or not', () =>
    eachUnit(({ random }, records, id) => {
      assert.deepEqual(sequences(random), naiveRandom(windows.length, OPTIONS.random, OPTIONS.seed), id);
      for (const record of random) sameRecord(record, records, id);
    }));

  it('quantile records: first of their interval in random order, with its share of the windows', () =>
    eachUnit(({ quantiles, statistics }, records, id) => {
      const maxima = records.map(({ sequence, counted }) => ({ sequence, max: Math.max(...counted) }));
      assert.equal(quantiles.length, statistics.max > 0 ? OPTIONS.quantiles : 0, id);
      const ends = quantiles.map(({ high }) => high);
      assert.deepEqual(
        ends,
        ends.toSorted((a, b) => b - a),
        id,
      );
      for (const [at, { low, high, share, records: own }] of quantiles.entries()) {
        if (maxima.some(({ max }) => Math.abs(max - low) < EDGE || (at > 0 && Math.abs(max - high) < EDGE)))
          continue;
        // The highest interval ends at the largest activation as float32 has it.
        const top = at === 0 ? high + TOLERANCE : high;
        const inside = maxima.filter(({ max }) => max > low && max <= top).map(({ sequence }) => sequence);
        assert.equal(share, inside.length / windows.length, id);
        const first = naiveRandom(windows.length, windows.length, OPTIONS.seed ^ 0x5bd1e995);
        const chosen = first.filter((sequence) => inside.includes(sequence)).slice(0, OPTIONS.perQuantile);
        assert.deepEqual(sequences(own), chosen, id);
        for (const record of own) sameRecord(record, records, id);
      }
    }));

  it('tokens and sources of windows', async () => {
    const { top } = await index.unit({ kind: 'neuron', layer: 0, neuron: 0 });
    for (const { sequence, ids } of top) {
      assert.deepEqual(ids, windows[sequence]?.ids);
      assert.match(index.source(sequence), /corpus\.jsonl:\d+/);
    }
  });

  it('columns agree with units', async () => {
    for (const family of allFamilies(unitSpace(model))) {
      const columns = await index.columns(familyId(family));
      for (const place of columns.max.keys()) {
        const { statistics, top } = await index.unit(unitAt(family, place));
        assert.equal(columns.density[place], statistics.density);
        assert.equal(columns.max[place], statistics.max);
        assert.equal(columns.mean[place], statistics.central.mean);
        const [best] = top;
        const at = best ? best.activations.indexOf(Math.max(...best.activations)) : -1;
        assert.equal(columns.topToken[place], best ? best.ids[at] : -1);
      }
    }
  });

  it('a SAE of the neurons gives the same records without its neurons', async () => {
    const corpus = { kind: 'files', paths: [join(folder, 'corpus.jsonl')], field: 'text' } as const;
    const indexes = openIndexes(join(folder, 'alone'));
    await indexes.scan(model, { corpus, families: ['1-post'], options: OPTIONS }, quietJob());
    const alone = await indexes.current(model);
    assert.deepEqual(alone?.index.families, ['1-post']);
    let active = 0;
    for (let latent = 0; latent < 40; latent++) {
      const unit = { kind: 'latent', sae: '1-post', index: latent } as const;
      const records = await index.unit(unit);
      assert.deepEqual(await alone.index.unit(unit), records);
      active += records.statistics.density > 0 ? 1 : 0;
    }
    assert.ok(active > 10, `${active} latents are ever active`);
  });

  it('the unit of a family that was not scanned is refused', async () => {
    await assert.rejects(index.columns('9-heads'), { code: 'index/none' });
    await assert.rejects(index.unit({ kind: 'neuron', layer: 0, neuron: 99_999 }), { code: 'unit/unknown' });
  });
});

function isOnEdge(value: number, width: number): boolean {
  const rest = Math.abs(value / width - Math.round(value / width)) * width;
  return value > -EDGE && rest < EDGE;
}

function sequences(records: readonly { readonly sequence: number }[]): number[] {
  return records.map(({ sequence }) => sequence);
}

function sameRecord(record: ActivationRecord, records: readonly NaiveRecord[], id: string): void {
  const expected = records.find(({ sequence }) => sequence === record.sequence)?.values ?? [];
  const found = record.pairs ?? record.activations;
  assert.equal(found.length, expected.length, id);
  expected.forEach((value, at) => close(found[at] ?? Number.NaN, value, id));
}

function close(found: number, expected: number, id: string): void {
  const allowed = TOLERANCE * Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(found - expected) <= allowed, `${id}: ${found}, expected ${expected}`);
}
