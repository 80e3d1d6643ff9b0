import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printRecord } from '../../src/core/explain/recordJson.ts';
import { eventually } from '../support/eventually.ts';
import { someRecord } from '../support/someRecord.ts';
import { invoke, type Invocation } from './invoke.ts';

const MODELS = join(import.meta.dirname, '..', '..', 'models');

describe('underglass explain, import and export', function () {
  this.timeout(120_000);
  let cwd = '';
  const before_ = process.env['UNDERGLASS_STORAGE'];
  const run = (line: readonly string[], stdin = ''): Promise<Invocation> =>
    invoke(line, { cwd, models: MODELS, stdin });
  const lines = ({ out }: Invocation): Readonly<Record<string, unknown>>[] =>
    out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'underglass-cli-explain-'));
    process.env['UNDERGLASS_STORAGE'] = join(cwd, 'storage');
    const scanned = await run(['scan', '--families', '2-res,2-mlp-neurons', '--max-tokens', '20000']);
    assert.equal(scanned.code, 0, scanned.err);
  });
  after(async () => {
    if (before_ === undefined) delete process.env['UNDERGLASS_STORAGE'];
    else process.env['UNDERGLASS_STORAGE'] = before_;
    await rm(cwd, { recursive: true, force: true });
  });

  it('prints a JSON line for each unit', async () => {
    const ran = await run(['explain', '--units', 'L2N10?', '--json']);
    assert.equal(ran.code, 0, ran.err);
    const records = lines(ran);
    assert.ok(records.length > 5 && records.length <= 10);
    for (const record of records) {
      const { unit, explanation, explainer, simulator, score, scores, sequences, failures } = record;
      assert.match(String(unit), /^L2N10\d$/);
      assert.ok(typeof explanation === 'string' && explanation !== '');
      assert.deepEqual([explainer, simulator], ['summary', 'words']);
      assert.ok((score === null || typeof score === 'number') && typeof scores === 'object');
      assert.ok(typeof sequences === 'number' && Array.isArray(failures));
    }
    assert.match(ran.err, /^explained \d+ of 10 units in \d/m);
    const again = await run(['explain', '--units', 'L2N10?', '--json']);
    assert.equal(again.out, ran.out);
    assert.match(again.err, /explained already \(--redo/);
    const file = await readFile(
      join(cwd, '.underglass/explanations/underglass-tiny/2-mlp-neurons.jsonl'),
      'utf8',
    );
    assert.equal(file, ran.out, 'the lines of the file are what is printed');
  });

  it('prints a line with the same keys for a unit that cannot be explained; fails when none can', async () => {
    const ran = await run(['explain', '--units', 'L1N2,L2N100', '--json']);
    assert.equal(ran.code, 0, ran.err);
    const [done, failed] = lines(ran);
    assert.deepEqual(Object.keys(failed ?? {}), Object.keys(done ?? {}));
    const { unit, explanation, explainer, simulator, score, scores, sequences, failures } = failed ?? {};
    assert.deepEqual(
      { unit, explanation, explainer, simulator, score, scores, sequences },
      {
        unit: 'L1N2',
        explanation: null,
        explainer: 'summary',
        simulator: null,
        score: null,
        scores: null,
        sequences: 0,
      },
    );
    const [{ reason, sequence } = { reason: '', sequence: 0 }] = failures as {
      reason: string;
      sequence: number | null;
    }[];
    assert.match(reason, /L1N2|1-mlp-neurons/u);
    assert.equal(sequence, null);
    const none = await run(['explain', '--units', 'L1N2', '--json']);
    assert.equal(none.code, 1);
    assert.deepEqual(lines(none), [failed]);
  });

  it('prints a table, of a file of units and of stdin', async () => {
    await writeFile(join(cwd, 'units.txt'), '# chosen\nL2N100\n\nL2N101 # twice\n');
    const fromFile = await run(['explain', 'units.txt']);
    assert.equal(fromFile.code, 0, fromFile.err);
    assert.match(fromFile.out, /^ +unit +score/m);
    assert.match(fromFile.out, /L2N100 .*summary\/words/);
    assert.match(fromFile.out, /median score/);
    const fromStdin = await run(['explain', '--units', '-'], 'L2N100\nL2N101\n');
    assert.equal(fromStdin.out, fromFile.out);
  });

  it('scores words of your own', async () => {
    const ran = await run(['explain', '--units', '2-res/100', '--words', 'fires on digits', '--json']);
    assert.equal(ran.code, 0, ran.err);
    const [record] = lines(ran);
    assert.deepEqual([record?.['explanation'], record?.['explainer']], ['fires on digits', 'human']);
  });

  it('revises words offline: one line a unit, the better record, and both held-out scores', async () => {
    const ask = ['explain', '--units', '2-res/100,2-res/101', '--revise'];
    const text = await run(ask);
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /Revised: new words kept for [012] of 2 units/);
    assert.equal(text.out.match(/2-res\/10[01] +held out \S+ -> \S+ {2}kept (new|old) {2}/g)?.length, 2);
    const records = lines(await run([...ask, '--json']));
    const units = ['2-res/100', '2-res/101'];
    assert.deepEqual(
      records.map(({ unit }) => unit),
      units,
    );
    const again = lines(await run([...ask.slice(0, -1), '--json']));
    assert.deepEqual(
      again.map(({ unit }) => unit),
      units,
      'words before and after a revision are one line',
    );
  });

  it('reports what is kept, of the offline explainer or of another one', async () => {
    await run(['explain', '--units', '2-res/10?,2-res/20?']);
    const text = await run(['explain', '--report']);
    assert.equal(text.code, 0, text.err);
    for (const part of [
      /2-mlp-neurons +\d+ of 768/,
      /2-res +\d+ of 2048/,
      /Medians at equal density/,
      /Spearman/,
      /^Best$/m,
      /^Worst$/m,
    ]) {
      assert.match(text.out, part);
    }
    const [report] = lines(await run(['explain', '--report', '--json']));
    assert.equal(report?.['explainer'], 'summary');
    const [own] = lines(await run(['explain', '--report', '--explainer', 'n2g', '--json']));
    assert.deepEqual([own?.['explainer'], own?.['best']], ['n2g', []]);
    const many = await run(['explain', '--units', 'L2N10?,L2N11?,L2N12?,L2N13?,L2N14?', '--report']);
    assert.match(many.out, /^Explanations of underglass-tiny/, 'a long table gives way to the report');
  });

  it('names the score of a pattern so, apart from that of words', async () => {
    await run(['explain', '--units', '2-res/101']);
    const ran = await run(['explain', '--units', '2-res/101', '--explainer', 'n2g']);
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.out, /2-res\/101 +pattern -?\d\.\d\d .*n2g\/pattern/);
    assert.match(ran.out, /median pattern -?\d\.\d\d over 1 scored unit of 1/);
    assert.doesNotMatch(ran.out, /median score/);
    const { out } = await run(['unit', '2-res/101']);
    assert.match(out, /\(summary, score [^]*\(n2g, pattern -?\d/);
  });

  it('says of related units what is known of them, its score, and that it is stale', async () => {
    interface Related {
      readonly related: { readonly cosine: readonly Readonly<Record<string, unknown>>[] };
    }
    const cosine = async () =>
      (JSON.parse((await run(['unit', '2-res/100', '--json'])).out) as Related).related.cosine;
    const unit = String((await cosine())[0]?.['id']);
    const from = { model: 'other', sae: null, index: null };
    await writeFile(
      join(cwd, 'said.jsonl'),
      printRecord(someRecord({ unit, explanation: 'the sea', score: 0.5, from })),
    );
    assert.equal((await run(['import', 'said.jsonl'])).code, 0);
    const [first] = await cosine();
    assert.deepEqual(
      ['id', 'words', 'wordsBy', 'score', 'isPattern', 'stale'].map((key) => first?.[key]),
      [unit, 'the sea', 'summary', 0.5, false, true],
    );
    const { out } = await run(['unit', '2-res/100']);
    assert.match(out, new RegExp(`${unit} .* the sea +score 0\\.50, stale`, 'u'));
  });

  const fails = (line: readonly string[], code: number, said: RegExp): void => {
    it(`${line.join(' ')} ends with ${code}`, async () => {
      const ran = await run(line);
      assert.equal(ran.code, code, ran.err);
      assert.match(ran.err, said);
    });
  };
  fails(['explain'], 2, /--units PATTERN/);
  fails(['explain', '--revise', '--report'], 2, /--revise wants --units/);
  fails(['explain', '--units', 'L2N1', '--revise', '--scores', 'none'], 2, /--scores none excludes it/);
  const server = ['--language', 'm', '--base-url', 'http://127.0.0.1:9/v1'];
  fails(['explain', '--units', 'L2N1', '--revise', ...server], 2, /--revise works offline/);
  fails(['explain', '--units', 'L2N1', '--scores', 'vibes'], 2, /--scores is simulation/);
  fails(['explain', '--units', 'L2N1', '--words', 'x', '--explainer', 'n2g'], 2, /exclude each other/);
  fails(['explain', '--units', 'L9N1'], 1, /L9N1/);
  fails(['explain', '--units', 'L1H2'], 1, /index\/none/);
  fails(['explain', '--units', 'L2N1', '--explainer', 'language'], 1, /nothing was sent/);
  fails(['explain', '--units', 'L2N1', '--simulator', 'json'], 1, /language\/not-configured/);
  fails(['explain', '--units', 'L2N1', '--base-url', 'http://127.0.0.1:9/v1'], 2, /--language MODEL/);
  fails(['export', '--format', 'pdf'], 2, /--format is/);
  fails(['import', 'nowhere.json'], 1, /nowhere.json/);

  it('exports for other tools, and takes it back', async () => {
    await run(['explain', '--units', '2-res/100']);
    const out = await run([
      'export',
      '--units',
      '2-res/100',
      '--format',
      'neuron-record',
      '--out',
      'records.jsonl',
    ]);
    assert.equal(out.err, '1 line written to records.jsonl\n');
    const records = await run(['import', 'records.jsonl']);
    assert.equal(records.out, 'records.jsonl: 0 explanations, activations of 1 unit (NeuronRecord)\n');
    const results = await run(['export', '--units', '2-res/100']);
    await writeFile(join(cwd, 'results.jsonl'), results.out);
    const taken = lines(await run(['import', 'results.jsonl', '--json']));
    assert.deepEqual([taken[0]?.['format'], taken[0]?.['records']], ['NeuronSimulationResults', 0]);
    assert.ok(Number(taken[0]?.['explanations']) >= 1);
    const neuronpedia = lines(await run(['export', '--units', '2-res/100', '--format', 'neuronpedia']));
    assert.deepEqual([neuronpedia[0]?.['layer'], neuronpedia[0]?.['index']], ['2-res', '100']);
    const own = await run(['export', '--units', '2-res/100', '--format', 'underglass']);
    assert.ok(lines(own).every(({ unit }) => unit === '2-res/100'));
  });

  it('stops when it is cancelled, and keeps what was done', async () => {
    const file = join(cwd, '.underglass/explanations/underglass-tiny/2-res.jsonl');
    const read = () => readFile(file, 'utf8').catch(() => '');
    const { length } = await read();
    const stop = new AbortController();
    const going = invoke(['explain', '--units', '2-res/1*'], { cwd, models: MODELS, signal: stop.signal });
    await eventually(read, (text) => assert.ok(text.length > length));
    stop.abort();
    const ran = await going;
    assert.equal(ran.code, 130);
    assert.match(ran.err, /what was done is kept/);
  });
});
