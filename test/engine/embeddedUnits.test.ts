import assert from 'node:assert/strict';
import { join } from 'node:path';
import { familyId, familySize, parseFamily, unitAt } from '../../src/core/records/family.ts';
import { DEFAULT_SCAN, type ActivationRecord, type RecordsIndex } from '../../src/core/records/records.ts';
import { unitActivations, withoutToken } from '../../src/core/records/units/activations.ts';
import { unitSpace } from '../../src/core/records/units/unitModel.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { createModels } from '../../src/engine/models.ts';
import type { OpenModel } from '../../src/engine/openModel.ts';
import { createCorpora } from '../../src/engine/records/corpora.ts';
import { createFingerprints } from '../../src/engine/records/fingerprints.ts';
import { createFolders } from '../../src/engine/records/folders.ts';
import { createIndexes } from '../../src/engine/records/indexes.ts';
import { unitReadJobs } from '../../src/engine/records/unitReads.ts';
import type { EngineUnitReads } from '../../src/protocol/recordsContract.ts';
import type { Handlers } from '../../src/protocol/rpc.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { TEST_THREADS } from '../support/openRunner.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const MODEL = join(import.meta.dirname, '..', '..', 'models', 'underglass-tiny');
const FAMILIES = ['1-heads', '2-mlp-neurons', '3-res'];
const JOB = { signal: new AbortController().signal, progress: () => undefined };
/** Batches of windows and single ones go through kernels of other shapes. */
const TOLERANCE = 1e-3;

interface Opened {
  readonly model: OpenModel;
  readonly index: RecordsIndex;
  readonly reads: Handlers<EngineUnitReads>;
  readonly modelId: string;
}

describe('units of the embedded model, on an index of its own world', function () {
  this.timeout(120_000);

  it('the page, the browser and the live reads agree with the index and the model', () =>
    withTemporaryFolder(async (storage) => {
      const opened = await scanned(storage);
      await checkRandom(opened);
      await checkRecords(opened);
      await checkSummaries(opened);
      await checkEffects(opened);
      await checkList(opened);
      await opened.model.release();
    }));
});

async function scanned(storage: string): Promise<Opened> {
  const models = createModels(ortSessions({ threads: TEST_THREADS }));
  const model = await models.openRef({ model: MODEL, saes: [] }, MODEL);
  const folders = createFolders();
  folders.set({ storage, workspace: null });
  const indexes = createIndexes({
    folders,
    fingerprints: createFingerprints(() => join(storage, 'fingerprints.json')),
    embeddedFolder: storage,
    openCorpus: createCorpora(() => join(storage, 'corpora.json')),
  });
  const corpus = { kind: 'world', seed: 5_000_000, documents: 60 } as const;
  await indexes.scan(model, { corpus, families: FAMILIES, options: DEFAULT_SCAN }, JOB);
  const current = await indexes.current(model, '3-res');
  assert.ok(current);
  const reads = unitReadJobs({ models, current: (of, family) => indexes.current(of, family) });
  return { model, index: current.index, reads, modelId: model.info.modelId };
}

/** A family's random records at once are those of its units one by one; silent windows may be left out. */
async function checkRandom({ model, index }: Opened): Promise<void> {
  for (const id of FAMILIES) {
    const family = parseFamily(id, unitSpace(model));
    let unit = 0;
    for await (const records of index.random?.(id) ?? []) {
      if (unit % 97 === 0) {
        const { random } = await index.unit(unitAt(family, unit));
        assert.equal(random.length, DEFAULT_SCAN.random);
        const heard = new Set(records.map(({ sequence }) => sequence));
        const silent = random.filter(({ sequence }) => !heard.has(sequence));
        const inOrder = (some: readonly ActivationRecord[]): readonly ActivationRecord[] =>
          some.toSorted((a, b) => a.sequence - b.sequence);
        assert.deepEqual(inOrder(records), inOrder(random.filter(({ sequence }) => heard.has(sequence))), id);
        assert.ok(
          silent.every(({ activations }) => activations.every((value) => value === 0)),
          id,
        );
      }
      unit++;
    }
    assert.equal(unit, familySize(family, unitSpace(model)), id);
  }
}

/** A record of the index is what the model does on its window, as `unit/test` reads it. */
async function checkRecords({ model, index }: Opened): Promise<void> {
  const space = unitSpace(model);
  for (const id of FAMILIES) {
    const family = parseFamily(id, space);
    for (const place of [0, 3]) {
      const unit = unitAt(family, place);
      const [record] = (await index.unit(unit)).random;
      assert.ok(record);
      const trace = await Trace.run(model.runner, record.ids);
      const own = withoutToken(await unitActivations(model, trace, unit), record.ids, model.tokenizer.bosId);
      const name = `${familyId(family)} ${place}`;
      near(record.activations, own.activations, name);
      if (own.pairs) near(record.pairs ?? [], own.pairs, name);
    }
  }
}

async function checkSummaries({ reads, modelId, index }: Opened): Promise<void> {
  for (const unit of ['L1H3', 'L2N5', '3-res/10']) {
    const summary = await reads['unit/summary']({ modelId, unit }, JOB);
    const asked = { modelId, unit, set: 'top', from: 0, count: 3 } as const;
    const [top] = await reads['unit/examples'](asked, JOB);
    const [best] = top?.examples ?? [];
    assert.ok(best && summary.statistics, unit);
    assert.equal(best.activations[best.position], Math.fround(summary.statistics.max), unit);
    assert.match(best.source, /^world #\d+$/);
    const { coactive } = await reads['unit/related']({ modelId, unit, k: 4 }, JOB);
    assert.ok(
      coactive.length > 0 && coactive.every(({ id, value }) => id !== unit && Math.abs(value) < 1.0001),
    );
  }
  const latent = await reads['unit/summary']({ modelId, unit: '3-res/10' }, JOB);
  assert.equal(latent.label?.words, 'inside a DNA sequence');
  assert.ok(index.families.includes(latent.family));
}

/** C7 on windows of the index: the latent is silent at first, and its removal changes nothing there. */
async function checkEffects({ reads, modelId, index, model }: Opened): Promise<void> {
  let late = 0;
  for (const place of [10, 118, 31]) {
    const unit = unitAt(parseFamily('3-res', unitSpace(model)), place);
    const [best] = (await index.unit(unit)).top;
    if (!best) continue;
    const asked = { modelId, unit: `3-res/${place}`, sequence: best.sequence, text: null, k: 3 };
    const found = await reads['unit/effects'](asked, JOB);
    const first = found.activations.findIndex((value) => value > 0);
    assert.ok(found.kl.slice(0, first).every((value) => value === 0));
    assert.ok(found.kl.every((value) => value >= 0) && found.kl.some((value) => value > 0));
    assert.deepEqual(found.upvoted.slice(0, first).flat(), []);
    assert.equal(found.lossDifference.length, found.tokens.length);
    if (first > 1) late++;
  }
  assert.ok(late > 0, 'a latent that is silent at first');
}

async function checkList({ reads, modelId, index }: Opened): Promise<void> {
  const { density } = await index.columns('3-res');
  const base = { modelId, family: '3-res', text: '', category: 'all', from: 0, count: 5 } as const;
  const dense = await reads['unit/list']({ ...base, sort: 'density', falling: true }, JOB);
  assert.deepEqual([dense.total, dense.rows[0]?.density], [2048, density.toSorted().at(-1)]);
  let classified = 0;
  for (const category of ['dead', 'rare', 'sparse', 'dense'] as const)
    classified += (await reads['unit/list']({ ...base, category, sort: 'id', falling: false }, JOB)).total;
  assert.equal(classified, 2048);
  const dna = await reads['unit/list']({ ...base, text: 'DNA', sort: 'score', falling: true }, JOB);
  assert.equal(dna.rows[0]?.id, '3-res/10');
  const on = 'The sequence is ACGTACGTTAGC.';
  const matched = await reads['unit/match'](
    { modelId, families: ['3-res'], on, off: 'Mary went home.', k: 5 },
    JOB,
  );
  assert.ok(matched.every((each) => each.on > each.off));
  assert.ok(
    matched.some(({ words }) => words?.includes('DNA')),
    JSON.stringify(matched),
  );
}

function near(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(found.length, expected.length, what);
  for (let at = 0; at < expected.length; at++) {
    const [value, wanted] = [found[at] ?? Number.NaN, expected[at] ?? Number.NaN];
    const error = Math.abs(value - wanted);
    assert.ok(error < TOLERANCE * Math.max(1, Math.abs(wanted)), `${what} at ${at}: ${value}, ${wanted}`);
  }
}
