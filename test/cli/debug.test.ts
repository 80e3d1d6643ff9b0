import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printRecord } from '../../src/core/explain/recordJson.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { someRecord } from '../support/someRecord.ts';
import { invoke, type Invocation } from './invoke.ts';

const PROMPT = `---
model: model
target: n
distractor: e
ablate:
  - off L0H1@last zero
---
Mary and Joh`;

interface Sum {
  readonly direct: number;
  readonly residual: number;
  readonly value: number;
  readonly notAdditive: string | null;
}

interface DebugObject {
  readonly version: number;
  readonly logitDiff: number | null;
  readonly title: string;
  readonly trace: { readonly at: string; readonly via: string | null } | null;
  readonly sumCheck: Sum;
  readonly sumCheckRight: Sum | null;
  readonly nodes: readonly Readonly<Record<string, unknown>>[];
  readonly right: { readonly logitDiff: number | null; readonly tokens: unknown[] } | null;
  readonly edits: readonly { readonly text: string; readonly enabled: boolean }[];
  readonly sweep: { readonly complete: boolean; readonly rows: { unit: string; effect: number }[] } | null;
  readonly patch: readonly Patch[] | null;
}

interface Patch {
  readonly hook: string;
  readonly columns: string;
  readonly measured: readonly (readonly (number | null)[])[];
  readonly estimated: readonly (readonly (number | null)[])[];
  readonly correlation: number | null;
}

interface RunObject {
  readonly before: { readonly logitDiff: number; readonly text: string | null } | null;
  readonly after: { readonly logitDiff: number; readonly text: string | null; readonly kl: number[] | null };
}

describe('underglass debug', function () {
  this.timeout(60_000);
  let cwd = '';
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'underglass-debug-'));
    const { d_model } = await writeRandomModel(join(cwd, 'model'));
    const hook_name = 'blocks.1.hook_mlp_out';
    const sae = join(cwd, 'model', 'saes', hook_name);
    await mkdir(sae, { recursive: true });
    await writeRandomSae(sae, { architecture: 'topk', hook_name, d_in: d_model });
    await writeFile(join(cwd, 'a.prompt'), PROMPT);
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  const debug = (...argv: string[]): Promise<Invocation> => invoke(['debug', ...argv], { cwd });
  const json = async (...argv: string[]): Promise<DebugObject> => {
    const { code, out, err } = await debug(...argv, '--json');
    assert.equal(code, 0, err);
    return JSON.parse(out) as DebugObject;
  };

  it('says of the units in the table what is known of them, its score, and that it is stale', async () => {
    const { nodes } = await json('a.prompt', '--k', '4');
    const [unit = ''] = nodes.flatMap(({ name, kind, wordsBy }) =>
      kind === 'neuron' && wordsBy === null ? [String(name).split('@')[0]] : [],
    );
    const said = someRecord({
      unit,
      explanation: 'the sea',
      score: 0.5,
      from: { model: 'other', sae: null, index: null },
    });
    await writeFile(join(cwd, 'said.jsonl'), printRecord(said));
    const imported = await invoke(['import', 'said.jsonl', '--model', 'model'], { cwd });
    assert.equal(imported.code, 0, imported.err);
    const again = await json('a.prompt', '--k', '4');
    const row = again.nodes.find(({ name }) => String(name).startsWith(`${unit}@`));
    assert.deepEqual(
      ['words', 'wordsBy', 'score', 'isPattern', 'stale'].map((key) => row?.[key]),
      ['the sea', 'summary', 0.5, false, true],
    );
    const { out } = await debug('a.prompt', '--k', '4');
    assert.match(out, new RegExp(`${unit}@.* the sea +score 0\\.50, stale`, 'u'));
    await rm(join(cwd, '.underglass'), { recursive: true });
  });

  it('prints nodes whose direct effects add up to the logit difference', async () => {
    const object = await json('a.prompt', '--k', '4', '--measure', '5');
    assert.deepEqual([object.version, object.trace, object.right], [1, null, null]);
    assert.ok(Math.abs((object.logitDiff ?? 0) - object.sumCheck.value) < 1e-4);
    assert.ok(Math.abs(object.sumCheck.residual) < 1e-3);
    assert.equal(object.sumCheck.notAdditive, null);
    const keys = [
      'name',
      'kind',
      'layer',
      'position',
      'source',
      'activation',
      'writeMagnitude',
      'directEffect',
      'estimatedTotalEffect',
      'measuredTotalEffect',
    ];
    for (const node of object.nodes) for (const key of keys) assert.ok(key in node, key);
    const measured = object.nodes.filter((node) => node['measuredTotalEffect'] !== null);
    assert.equal(measured.length, 5);
    assert.deepEqual(object.edits, [{ text: 'off L0H1@last zero', enabled: false, alreadySo: false }]);
  });

  it('flags win over the front matter', async () => {
    const object = await json('a.prompt', '--target', 'x', '--scalar', 'log_prob', '--position', '3');
    assert.equal(object.title, 'log-probability of "x" at 3');
    assert.notEqual(object.sumCheck.notAdditive, null);
    const edited = await json('a.prompt', '--ablate', 'L1H2@last zero');
    assert.notEqual(edited.logitDiff, edited.right?.logitDiff);
    assert.deepEqual(
      edited.edits.map(({ text }) => text),
      ['L1H2@last zero'],
    );
  });

  it('traces upstream', async () => {
    const object = await json('a.prompt', '--trace', 'L1H2.v@last->2', '--via', 'L1N5@last');
    assert.deepEqual(object.trace, { at: 'L1H2.v@last->2', via: 'L1N5@last' });
    assert.ok(Math.abs(object.sumCheck.residual) < 1e-3);
  });

  it('takes latents for nodes', async () => {
    const object = await json('a.prompt', '--splice', 'all');
    assert.ok(object.nodes.some(({ kind }) => kind === 'latent'));
    assert.ok(Math.abs(object.sumCheck.residual) < 1e-3);
  });

  it('sweeps, largest effect first', async () => {
    const { sweep } = await json('a.prompt', '--sweep', 'heads', '--at', 'last');
    assert.ok(sweep?.complete);
    assert.equal(sweep.rows.length, 8);
    const sizes = sweep.rows.map(({ effect }) => Math.abs(effect));
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => b - a),
    );
  });

  it('patches from a corrupted text or file', async () => {
    await writeFile(join(cwd, 'corrupted.txt'), 'Mary xnd Jah\n');
    const [text, file] = [
      await json('a.prompt', '--patch', 'Mary xnd Jah', '--hook', 'resid_pre', '--hook', 'z'),
      await json('a.prompt', '--patch', 'corrupted.txt', '--hook', 'resid_pre', '--hook', 'z'),
    ];
    assert.deepEqual(text.patch, file.patch);
    assert.deepEqual(
      text.patch?.map(({ hook, columns, measured }) => [hook, columns, measured.length, measured[0]?.length]),
      [
        ['resid_pre', 'position', 2, 13],
        ['z', 'head', 2, 4],
      ],
    );
    assert.equal(text.right?.tokens.length, 13);
  });

  it('says how well attribution patching foresees what patching measures', async () => {
    const asked = ['a.prompt', '--patch', 'Mary xnd Jah', '--hook', 'attn_out', '--hook', 'z'];
    const { patch } = await json(...asked);
    const { out } = await debug(...asked);
    const lines = out.split('\n').filter((line) => line.includes('correlation with attribution patching'));
    const expected = (patch ?? []).map(({ measured, estimated }) => {
      const [x, y] = [measured.flat().map(Number), estimated.flat().map(Number)];
      assert.equal(x.length, y.length);
      return covariance(x, y) / Math.sqrt(covariance(x, x) * covariance(y, y));
    });
    assert.equal(expected.length, 2);
    for (const [index, correlation] of expected.entries()) {
      assert.ok(Math.abs(correlation) <= 1 && correlation !== 0);
      assert.ok(Math.abs(correlation - (patch?.[index]?.correlation ?? Number.NaN)) < 1e-9);
      assert.ok(lines[index]?.endsWith(` ${correlation.toFixed(2)}`), lines[index]);
    }
  });

  it('gives no correlation where nothing varies', async () => {
    const { code, out } = await debug('a.prompt', '--patch', 'Mary and Joh', '--hook', 'z');
    assert.equal(code, 0);
    assert.match(out, /correlation with attribution patching \(gradient estimate\) is not defined here/);
  });

  it('prints the same as text', async () => {
    const { code, out } = await debug('a.prompt', '--k', '3', '--measure', '3', '--sweep', 'heads');
    assert.equal(code, 0);
    for (const words of [
      'Logit "n" - logit "e" at 12',
      'Next token',
      'Nodes',
      'Sum of direct effects',
      'Sweep of heads',
    ])
      assert.ok(out.includes(words), words);
    assert.doesNotMatch(out, /NaN|undefined|\[object|prediction/);
    const upstream = await debug('a.prompt', '--k', '3', '--trace', 'L1N5@last');
    assert.match(
      upstream.out,
      /^Pre-activation of L1N5 at 12: [-+]?[\d.]+\nupstream of the prediction, \S+\n/m,
    );
  });

  it('averages a folder, and names what failed', async () => {
    const folder = join(cwd, 'many');
    await mkdir(folder);
    for (const [name, text] of Object.entries({ one: 'Mary and Joh', two: 'Ann and Be', three: 'So i' }))
      await writeFile(
        join(folder, `${name}.prompt`),
        PROMPT.replace('Mary and Joh', text).replace(': model', ': ../model'),
      );
    const whole = await debug('many', '--k', '5', '--json');
    assert.equal(whole.code, 0, whole.err);
    const object = JSON.parse(whole.out) as {
      prompts: unknown[];
      value: { mean: number; low: number; high: number };
      columns: { directEffect: { name: string; mean: number; each: number[] }[] };
    };
    assert.equal(object.prompts.length, 3);
    assert.ok(object.value.low < object.value.mean && object.value.mean < object.value.high);
    const total = object.columns.directEffect.reduce((sum, { mean }) => sum + mean, 0);
    assert.ok(Number.isFinite(total));
    await writeFile(join(folder, 'bad.prompt'), '---\nmodel: ../model\n---\nNo target');
    const partly = await debug('many', '--k', '5');
    assert.equal(partly.code, 1);
    assert.match(partly.err, /many.bad\.prompt: No target token is given.*\[scalar\/no-target\]/);
    assert.match(partly.out, /^3 prompts, mean /);
    await mkdir(join(cwd, 'none'));
    assert.equal((await debug('none')).code, 1);
  });

  it('a cancelled one ends with its own exit code', async () => {
    const job = new AbortController();
    job.abort();
    const { code } = await invoke(['debug', 'a.prompt'], { cwd, signal: job.signal });
    assert.equal(code, 130);
  });

  describe('fails', () => {
    const check = (argv: readonly string[], code: number, words: string): void => {
      it(argv.join(' '), async () => {
        const failed = await invoke(argv, { cwd });
        assert.deepEqual([failed.code, failed.out], [code, '']);
        assert.ok(failed.err.includes(words), failed.err);
      });
    };
    check(['debug', 'a.prompt', '--target', 'no'], 1, 'scalar/not-one-token');
    check(['debug', 'a.prompt', '--ablate', 'L9H0@last zero'], 1, 'edit/no-match');
    check(['debug', 'a.prompt', '--ablate', 'L1H0 zero'], 1, 'edit/malformed');
    check(['debug', 'a.prompt', '--trace', 'L1H0@2'], 1, 'through q, k, qk or v');
    check(['debug', 'a.prompt', '--patch', ''], 1, 'edit/incomplete');
    check(['debug', 'a.prompt', '--splice', '9-mlp'], 1, 'No SAE "9-mlp"');
    check(['debug', 'a.prompt', '--via', 'L1N1@2'], 2, '--via belongs to --trace');
    check(['debug', 'a.prompt', '--sweep', 'all'], 2, '--sweep is one of');
    check(['debug', 'a.prompt', '--position', 'here'], 2, '--position wants');
    check(['debug', 'a.prompt', '--hook', 'resid_post'], 2, '--hook is one of');
    check(['debug', 'a.prompt', '--max', '3'], 2, 'debug has no --max');
    check(['debug', 'gone.prompt'], 1, 'file/not-found');
    check(['run', 'a.prompt', '--measure', '3'], 2, 'run has no --measure');
  });

  describe('run', () => {
    const run = async (...argv: string[]): Promise<RunObject> => {
      const { code, out, err } = await invoke(['run', 'a.prompt', '--json', ...argv], { cwd });
      assert.equal(code, 0, err);
      return JSON.parse(out) as RunObject;
    };

    it('without an edit has one side', async () => {
      const { before: none, after: only } = await run('--max', '3');
      assert.equal(none, null);
      assert.equal(only.kl, null);
      assert.equal(typeof only.text, 'string');
    });

    it('shows both sides of its edits, and repeats itself with the same seed', async () => {
      const argv = ['--ablate', 'L1.mlp_out@* zero', '--max', '6', '--temperature', '1', '--seed', '5'];
      const [first, again] = [await run(...argv), await run(...argv)];
      assert.deepEqual(first, again);
      assert.notEqual(first.before?.logitDiff, first.after.logitDiff);
      assert.notEqual(first.before?.text, first.after.text);
      assert.ok(first.after.kl?.some((kl) => kl > 0));
      const plain = await run('--max', '0');
      assert.equal(plain.after.logitDiff, first.before?.logitDiff);
      assert.equal(plain.after.text, null);
    });

    it('prints the same as text', async () => {
      const { out } = await invoke(['run', 'a.prompt', '--ablate', 'L1H0@last zero', '--max', '4'], { cwd });
      for (const words of ['before the edits', 'Next token', 'What the edits change', 'Continuation'])
        assert.ok(out.includes(words), words);
      assert.doesNotMatch(out, /NaN|undefined/);
    });
  });
});

/** Times the number of pairs. */
function covariance(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  return x.reduce((sum, value, index) => sum + (value - meanX) * ((y[index] ?? Number.NaN) - meanY), 0);
}
