import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExplainInput } from '../../src/core/explain/parts.ts';
import { summaryExplainer } from '../../src/core/explain/words/summary.ts';
import { readRule } from '../../src/core/explain/words/read.ts';
import { evaluateRule } from '../../src/core/explain/words/rule.ts';
import type { ExplainOptions } from '../../src/protocol/explainContract.ts';
import { expectError } from '../support/expectError.ts';
import { busyUnits, OFFLINE, openExplainBench, type ExplainBench } from '../support/explainBench.ts';

const FAMILIES = ['1-heads', '2-mlp-neurons', '2-res'];

describe('explaining offline', function () {
  this.timeout(120_000);
  let folder = '';
  let bench: ExplainBench;
  let latents: readonly string[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'underglass-explain-'));
    bench = await openExplainBench(folder, FAMILIES);
    latents = await busyUnits(bench, '2-res', 6);
  });
  after(async () => {
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  });
  const explain = (unit: string, options: Partial<ExplainOptions> = {}) =>
    bench.call('explain/unit', { modelId: bench.modelId, unit, options: { ...OFFLINE, ...options } });

  it('explains, simulates and scores a latent on windows that neither explained nor calibrated', async () => {
    const [unit = ''] = latents;
    const scorers = ['simulation', 'detection', 'fuzzing', 'ablation'] as const;
    const record = await explain(unit, { scorers });
    assert.deepEqual(
      [
        record.unit,
        record.explainer,
        record.simulatorKind,
        record.pattern,
        record.sequences,
        record.cost.requests,
      ],
      [unit, 'summary', 'words', null, 6, 0],
    );
    const { topAndRandom, randomOnly, ablation } = record.scores ?? assert.fail('no scores');
    assert.equal(record.score, topAndRandom?.correlation?.value);
    assert.equal(topAndRandom?.sequences, 6);
    assert.equal(randomOnly?.sequences, 3);
    assert.ok((ablation?.topAndRandom?.value ?? Infinity) <= 1);
    const { splits, sequences, calls } = await bench.call('explain/detail', {
      modelId: bench.modelId,
      unit,
      id: record.id,
    });
    const windows = [...splits.train, ...splits.calibration, ...splits.test];
    assert.equal(new Set(windows).size, 3 + 6 + 6);
    assert.deepEqual(
      sequences.map(({ sequence }) => sequence),
      splits.test,
    );
    assert.deepEqual(calls, []);
    const lines = (
      await readFile(join(folder, 'workspace/explanations/underglass-tiny/2-res.jsonl'), 'utf8')
    ).split('\n');
    assert.ok(lines.some((line) => line.includes(record.id)));
    assert.ok(bench.told.includes('explain/didRecord'));
  });

  it('shows explainers windows of no split that calibrates or scores, and counts those that they read', async () => {
    const [unit = ''] = latents;
    const { modelId } = bench;
    const { explain: own } = summaryExplainer;
    const seen: ExplainInput[] = [];
    const spied: { explain: typeof own } = summaryExplainer;
    spied.explain = (input) => {
      seen.push(input);
      return own(input);
    };
    try {
      const { id } = await explain(unit);
      const { splits } = await bench.call('explain/detail', { modelId, unit, id });
      const random = await explain(unit, { explainer: { kind: 'human', words: 'digits' } });
      await bench.call('explain/revise', { modelId, unit, id: random.id, options: OFFLINE });
      assert.equal(seen.length, 2, 'explained, and revised');
      const kept = new Set([...splits.calibration, ...splits.test]);
      assert.equal(kept.size, 12);
      for (const { train, contrast } of seen) {
        const windows = [...train.filter(({ sequence }) => sequence >= 0), ...contrast];
        assert.deepEqual(
          windows.map(({ sequence }) => sequence),
          [...splits.train, ...(splits.contrast ?? [])],
        );
        assert.deepEqual(
          contrast.map(({ set }) => set),
          ['random', 'random', 'random'],
        );
        assert.ok(windows.every(({ sequence }) => !kept.has(sequence)));
      }
      const ofWords = await bench.call('explain/detail', { modelId, unit, id: random.id });
      assert.deepEqual(ofWords.splits.contrast, [], 'words that were typed were counted against nothing');
      await bench.call('explain/remove', { modelId, unit, id: random.id });
    } finally {
      spied.explain = own;
    }
  });

  it('counts words that say nothing of a unit that fires as 0, in what is kept and in the report', async () => {
    const [unit = ''] = latents;
    const record = await explain(unit, { explainer: { kind: 'human', words: 'fires on "qzxv"' } });
    const nothing = { value: 0, low: 0, high: 0 };
    assert.deepEqual([record.score, record.scores?.topAndRandom?.correlation], [0, nothing]);
    const report = await bench.call('explain/report', { modelId: bench.modelId, explainer: 'human' });
    assert.deepEqual(
      report.families.map(({ family, topAndRandom }) => [
        family,
        topAndRandom.count,
        topAndRandom.saysNothing,
      ]),
      [['2-res', 1, 1]],
    );
    const [relation] = report.concepts;
    assert.ok(relation && relation.units <= 1);
    assert.deepEqual(
      [...report.best, ...report.worst].map((entry) => [entry.unit, entry.score]),
      [[unit, 0]],
    );
    const asked = { modelId: bench.modelId, unit, id: record.id };
    await bench.call('explain/remove', asked);
  });

  it('scores a head by pairs, and refuses what is of single tokens', async () => {
    const record = await explain('L1H2');
    assert.equal(record.simulatorKind, 'words');
    assert.equal(record.score, record.scores?.pairs?.auc?.value ?? null);
    assert.ok(
      record.scores?.pairs && record.scores.pairs.examples > 0 && record.scores.topAndRandom === null,
    );
    assert.equal(record.sequences, 6);
    const detail = await bench.call('explain/detail', {
      modelId: bench.modelId,
      unit: 'L1H2',
      id: record.id,
    });
    assert.deepEqual(
      detail.sequences.map(({ tokens, activations, simulated }) => [
        activations.length,
        simulated,
        tokens.length,
      ]),
      detail.sequences.map(({ tokens }) => [tokens.length, null, tokens.length]),
    );
    assert.equal(detail.sequences.length, 6, 'the windows that were asked about');
    assert.ok(detail.sequences.some(({ activations }) => Math.max(...activations) > 0));
    await expectError(() => explain('L1H2', { explainer: { kind: 'n2g' } }), 'explain/not-possible');
    const asked = { modelId: bench.modelId, unit: 'L1H2', id: record.id, options: OFFLINE };
    await expectError(() => bench.call('explain/revise', asked), 'explain/not-possible', 'head');
  });

  it("labels a trie's score as the pattern's", async () => {
    const [unit = ''] = await busyUnits(bench, '2-mlp-neurons', 1);
    const record = await explain(unit, { explainer: { kind: 'n2g' } });
    assert.equal(record.simulatorKind, 'pattern');
    assert.notEqual(record.pattern, null);
    const words = await explain(unit, { explainer: { kind: 'human', words: 'digits' } });
    assert.deepEqual([words.simulatorKind, words.explainer], ['words', 'human']);
    const error = () => explain(unit, { simulator: 'pattern' });
    await expectError(error, 'explain/not-possible');
  });

  it('asks only what it was asked for', async () => {
    const unit = latents[1] ?? '';
    const { scores, simulatorKind } = await explain(unit, { scorers: ['detection'] });
    assert.deepEqual([scores?.topAndRandom, scores?.fuzzing, simulatorKind], [null, null, 'words']);
    const none = await explain(unit, { scorers: [] });
    assert.deepEqual([none.scores, none.simulator, none.score], [null, null, null]);
  });

  it('opens no language model where nothing asks one', async () => {
    const language = {
      kind: 'openai',
      baseUrl: 'http://127.0.0.1:9/v1',
      model: 'm',
      key: null,
      concurrency: 1,
    } as const;
    const unit = latents[0] ?? '';
    const n2g = await explain(unit, { language, explainer: { kind: 'n2g' } });
    assert.equal(n2g.simulatorKind, 'pattern');
    const words = await explain(unit, { language, simulator: 'words' });
    assert.equal(words.simulatorKind, 'words');
    const kept = await bench.call('explain/many', {
      modelId: bench.modelId,
      units: [unit],
      options: { ...OFFLINE, language, simulator: 'words' },
      concurrency: 2,
      redo: false,
    });
    assert.deepEqual([kept.skipped, kept.done], [1, 0]);
  });

  it('revises with the generator: the better words are kept, with the sentences that were tried', async () => {
    const unit = latents[2] ?? '';
    const before = await explain(unit, { explainer: { kind: 'human', words: 'any token' } });
    const asked = { modelId: bench.modelId, unit, id: before.id, options: OFFLINE };
    const revision = await bench.call('explain/revise', asked);
    assert.equal(revision.before.id, before.id);
    assert.deepEqual(new Set(revision.examples.map(({ use }) => use)), new Set(['revise', 'score']));
    const listed = (await bench.call('explain/list', asked)).map(({ record }) => record.id);
    assert.equal(listed.includes(revision.after.id), revision.kept === 'after');
    const { heldOut, kept } = revision;
    assert.equal(kept === 'after', (heldOut.after?.value ?? -2) > (heldOut.before?.value ?? -2));
    if (kept === 'after') assert.equal(revision.after.revises, before.id);
  });

  it('scores a revision by what is read from the words, on windows and sentences that neither has seen', async () => {
    const unit = latents[2] ?? '';
    const { modelId } = bench;
    const words = 'fires on "." and "the"';
    const before = await explain(unit, { explainer: { kind: 'human', words } });
    const { heldOut, examples } = await bench.call('explain/revise', {
      modelId,
      unit,
      id: before.id,
      options: OFFLINE,
    });
    const { sequences } = await bench.call('explain/detail', { modelId, unit, id: before.id });
    const kept = examples.filter(({ use }) => use === 'score');
    const rule = readRule(words) ?? assert.fail('the words are read');
    const truth: number[] = [];
    const read: number[] = [];
    for (const { tokens, activations } of [...sequences, ...kept]) {
      truth.push(...activations);
      read.push(...evaluateRule(rule, tokens));
    }
    assert.ok(kept.length > 0 && new Set(read).size === 2);
    const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
    const [t, p] = [mean(truth), mean(read)];
    const over = (of: (i: number) => number): number => truth.reduce((sum, _, i) => sum + of(i), 0);
    const r =
      over((i) => ((truth[i] ?? 0) - t) * ((read[i] ?? 0) - p)) /
      Math.sqrt(over((i) => ((truth[i] ?? 0) - t) ** 2) * over((i) => ((read[i] ?? 0) - p) ** 2));
    assert.ok(Math.abs((heldOut.before?.value ?? 2) - r) < 1e-6, `${heldOut.before?.value} is not ${r}`);
  });

  it('explains many, goes on where it was, does all again when asked; reports what came out', async () => {
    const units = [...latents.slice(3), '2-mlp-neurons/1', 'L2N2', 'L2N3'];
    const asked = { modelId: bench.modelId, units, options: OFFLINE, concurrency: 2, redo: false };
    const first = await bench.call('explain/many', asked);
    assert.deepEqual([first.asked, first.done + first.failed.length, first.stopped], [6, 6, null]);
    const second = await bench.call('explain/many', asked);
    assert.equal(second.skipped, first.done);
    const store = join(folder, 'workspace/explanations/underglass-tiny/2-mlp-neurons.jsonl');
    const lines = await readFile(store, 'utf8');
    await bench.call('explain/many', { ...asked, redo: true });
    assert.equal(await readFile(store, 'utf8'), lines, 'the same run writes the same lines');
    const more = { ...asked, options: { ...OFFLINE, scorers: ['ablation'] as const } };
    assert.equal((await bench.call('explain/many', more)).skipped, 0, 'other scores are no known ones');
    const report = await bench.call('explain/report', { modelId: bench.modelId, explainer: '*' });
    const neurons = report.families.find(({ family }) => family === '2-mlp-neurons');
    const [concepts] = report.concepts;
    assert.ok(neurons && neurons.explained >= 3 && neurons.units === 768);
    assert.ok(concepts && concepts.family === '2-res' && concepts.units > 0);
    assert.deepEqual(
      report.matches.map(({ neurons: a, latents: b }) => [a, b]),
      [['2-mlp-neurons', '2-res']],
    );
  });

  it('names units that it cannot explain, and goes on', async () => {
    const asked = { modelId: bench.modelId, options: OFFLINE, concurrency: 1, redo: true };
    const units = ['L0N1', latents[3] ?? ''];
    const { done, failed } = await bench.call('explain/many', { ...asked, units });
    assert.deepEqual([done, failed.map(({ unit, code }) => [unit, code])], [1, [['L0N1', 'index/none']]]);
    await expectError(() => bench.call('explain/many', { ...asked, units: ['L9N1'] }), 'unit/unknown');
  });

  it('takes its own exports back, and records of other tools as examples', async () => {
    const unit = latents[0] ?? '';
    const { modelId } = bench;
    const write = async (format: 'simulation-results' | 'neuron-record' | 'underglass'): Promise<string> => {
      const { text } = await bench.call('explain/export', { modelId, units: [unit], format });
      const file = join(folder, `${format}.jsonl`);
      await writeFile(file, text);
      return file;
    };
    const results = await write('simulation-results');
    const records = await write('neuron-record');
    const own = await write('underglass');
    const stored = (await bench.call('explain/list', { modelId, unit })).map(({ record }) => record);
    assert.ok(stored.some(({ simulatorKind }) => simulatorKind === 'pattern'));
    const other = await openExplainBench(folder, [], join(folder, 'other'));
    try {
      const taken = await other.call('explain/import', { modelId: other.modelId, file: results });
      assert.deepEqual([taken.format, taken.explanations], ['NeuronSimulationResults', stored.length]);
      const listed = await other.call('explain/list', { modelId: other.modelId, unit });
      for (const { record, stale, hasDetail } of listed) {
        const same = stored.find(({ explanation }) => explanation === record.explanation);
        assert.deepEqual(
          [record.score, record.simulatorKind, stale],
          [same?.score ?? null, same?.simulatorKind === 'pattern' ? 'pattern' : 'imported', null],
        );
        assert.equal(hasDetail, record.sequences > 0);
      }
      const again = await other.call('explain/import', { modelId: other.modelId, file: own });
      assert.equal(again.explanations, stored.length);
      const kept = await other.call('explain/import', { modelId: other.modelId, file: records });
      assert.deepEqual([kept.explanations, kept.records], [0, 1]);
      await other.call('explain/import', { modelId: other.modelId, file: records });
      const ask = { modelId: other.modelId, unit, from: 0, count: 50 };
      const groups = await other.call('unit/examples', { ...ask, set: 'imported' });
      const [top] = await other.call('unit/examples', { ...ask, set: 'top' });
      assert.equal(groups[0]?.title, 'Imported from neuron-record.jsonl: top activations');
      assert.deepEqual(
        groups[0]?.examples.map(({ tokens, activations, position }) => [tokens, [...activations], position]),
        top?.examples.map(({ tokens, activations, position }) => [tokens, [...activations], position]),
      );
      const sequences = groups.flatMap(({ examples }) => examples.map(({ sequence }) => sequence));
      assert.equal(new Set(sequences).size, sequences.length);
      assert.ok(sequences.every((sequence) => sequence < -1));
    } finally {
      await other.close();
    }
  });

  it('deals cards that tell neither kind nor layer, and keeps ratings', async () => {
    const { modelId, call } = bench;
    const families = ['2-mlp-neurons', '2-res'];
    const cards = await call('rating/deal', { modelId, families, count: 6, seed: 3 });
    assert.equal(cards.length, 6);
    for (const { examples, logits } of cards) {
      assert.deepEqual(Object.keys(logits), ['output']);
      const values = examples.flatMap((group) =>
        group.examples.flatMap(({ activations }) => [...activations]),
      );
      assert.ok(values.every((value) => value >= 0 && value <= 1) && values.includes(1));
      const text = JSON.stringify(
        examples.map(({ title, examples: all }) => [title, all.map(({ source }) => source)]),
      );
      assert.doesNotMatch(text, /L\d+N\d+|2-res|mlp|neuron|latent|activations/);
    }
    const rating = { words: 'marks', confidence: 3, strong: 5, weak: 3, logits: 0 };
    const unit: string[] = [];
    await Promise.all(
      cards.map(async ({ cardId }) =>
        unit.push((await call('rating/save', { modelId, cardId, rating })).unit),
      ),
    );
    assert.equal(unit.filter((id) => id.startsWith('L2N')).length, 3);
    const report = await call('rating/report', { modelId });
    assert.deepEqual(report.families.map(({ family, ratings, median }) => [family, ratings, median]).sort(), [
      ['2-mlp-neurons', 3, 11],
      ['2-res', 3, 11],
    ]);
    await expectError(
      () => call('rating/deal', { modelId, families: ['1-heads'], count: 1, seed: 0 }),
      'explain/not-possible',
    );
    const wrong = { modelId, cardId: cards[0]?.cardId ?? '', rating: { ...rating, weak: 4 } };
    await expectError(() => call('rating/save', wrong), 'request/invalid');
    await expectError(() => call('rating/save', { ...wrong, cardId: 'nobody' }), 'explain/unknown');
  });
});
