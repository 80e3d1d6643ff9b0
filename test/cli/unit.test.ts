import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SCAN } from '../../src/core/records/records.ts';
import { openTestJobs } from '../support/openTestJobs.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { invoke, type Invocation } from './invoke.ts';

const TEXT = 'The quick brown fox jumps over the lazy dog, and the dog sleeps on. ';
const WINDOW = 16;

interface Example {
  readonly tokens: readonly string[];
  readonly activations: readonly number[];
  readonly position: number;
  readonly key: number | null;
  readonly pairs: readonly number[] | null;
}

interface UnitObject {
  readonly version: number;
  readonly id: string;
  readonly scan: { readonly windows: number } | null;
  readonly statistics: { readonly max: number; readonly density: number } | null;
  readonly label: { readonly words: string } | null;
  readonly examples: {
    readonly top: readonly { readonly total: number; readonly examples: readonly Example[] }[];
  };
  readonly logits: { readonly output: { readonly top: readonly unknown[] } | null };
  readonly related: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly head: { readonly induction: number; readonly topPairs: readonly unknown[] } | null;
}

describe('underglass unit', function () {
  this.timeout(120_000);
  let cwd = '';
  const before_ = process.env['UNDERGLASS_STORAGE'];

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'underglass-unit-'));
    process.env['UNDERGLASS_STORAGE'] = join(cwd, 'storage');
    await writeModel(cwd);
    await scan(cwd);
  });
  after(async () => {
    if (before_ === undefined) delete process.env['UNDERGLASS_STORAGE'];
    else process.env['UNDERGLASS_STORAGE'] = before_;
    await rm(cwd, { recursive: true, force: true });
  });

  const ask = async (unit: string, ...more: string[]): Promise<Invocation> =>
    invoke(['unit', unit, '--model', 'model', ...more], { cwd });
  const askJson = async (unit: string, ...more: string[]): Promise<UnitObject> => {
    const { code, out, err } = await ask(unit, '--json', ...more);
    assert.equal(code, 0, err);
    return JSON.parse(out) as UnitObject;
  };

  it('prints statistics, examples with their active tokens marked, tokens and units by weight', async () => {
    const neuron = await askJson('L0N3', '--top', '2');
    assert.deepEqual([neuron.version, neuron.id], [1, 'L0N3']);
    assert.ok((neuron.scan?.windows ?? 0) > 4);
    const [best] = neuron.examples.top[0]?.examples ?? [];
    assert.ok(best);
    assert.equal(neuron.statistics?.max, best.activations[best.position]);
    assert.equal(neuron.examples.top[0]?.examples.length, 2);
    assert.deepEqual([neuron.logits.output?.top.length, neuron.related['downstream']?.length], [2, 2]);

    const { code, out, err } = await ask('L0N3', '--top', '2');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^L0N3 model · MLP neuron at blocks\.0\.mlp\.hook_post · c \(1 file\), \d+ tokens$/m);
    assert.match(out, /^4 of 128; beside L0N2 and L0N4$/m);
    assert.match(out, /^ {2}density [\d.]+ % of \d+ tokens, max /m);
    assert.match(out, /^Top activations \(2 of \d+\)$/m);
    const token = (best.tokens[best.position] ?? '').replace(' ', '·');
    const first = out.split('\n').find((line) => line.includes('«')) ?? '';
    assert.ok(first.includes(`«${token}»`), first);
    for (const title of ['Tokens by weight', 'Downstream', 'Fires with', 'Writes like'])
      assert.ok(out.includes(title), title);
    assert.ok(!out.includes('Attention'));
  });

  it('of a latent shows the words that ship with it', async () => {
    const latent = await askJson('0-mlp/2');
    assert.equal(latent.label?.words, 'a small letter');
    const { out } = await ask('model/0-mlp/2');
    assert.match(out, /^Explanations\n {2}a small letter \(concept label, F1 0\.500\)$/m);
    assert.match(out, /Input: none/);
  });

  it('takes the model with the id, as lists and Neuronpedia have it', async () => {
    for (const unit of ['model/0-mlp/2', 'model@0-mlp:2', 'https://www.neuronpedia.org/model/0-mlp/2']) {
      const { code, out, err } = await invoke(['unit', unit], { cwd });
      assert.equal(code, 0, err);
      assert.match(out, /^0-mlp\/2 model · /);
    }
    assert.match((await invoke(['unit', 'model/L0N3'], { cwd })).out, /^L0N3 model · /);
    const absent = await invoke(['unit', 'gpt2-small/6-res-jb/650'], { cwd });
    assert.match(absent.err, /gpt2-small is not installed/);
    const other = await invoke(['unit', 'https://example.com/model/0-mlp/2'], { cwd });
    assert.match(other.err, /hub\/unknown/);
  });

  it('of a head shows its scores, pairs, and the key of each example', async () => {
    const head = await askJson('L1H2', '--top', '3');
    assert.ok(head.head && head.head.induction >= 0 && head.head.topPairs.length === 3);
    assert.equal(head.logits.output, null);
    for (const { pairs, tokens, key, position } of head.examples.top[0]?.examples ?? []) {
      assert.equal(pairs?.length, (tokens.length * (tokens.length + 1)) / 2);
      assert.ok(key !== null && key <= position);
    }
    const { out } = await ask('L1H2', '--top', '3');
    assert.match(out, /^Attention \(mean weights on repeated random tokens\)$/m);
    assert.match(out, /^ {2}previous token .*, induction .*, entropy [\d.]+ nats$/m);
    assert.match(out, /\[[^\]]+\].*«/);
  });

  it('without an index says how to get one, and prints what needs none', async () => {
    const others = { cwd };
    await mkdir(join(cwd, 'other'), { recursive: true });
    await writeRandomModel(join(cwd, 'other'), { seed: 9 });
    const { code, out, err } = await invoke(['unit', 'L0N3', '--model', 'other'], others);
    assert.equal(code, 0);
    assert.match(err, /No index covers 0-mlp-neurons yet: run `underglass scan`/);
    assert.match(out, /Tokens by weight/);
    assert.ok(!out.includes('Top activations'));
  });

  it('errors: what is no unit, or none of this model, or nothing at all', async () => {
    const check = async (argv: readonly string[], code: number, words: string): Promise<void> => {
      const found = await invoke(['unit', ...argv, '--model', 'model'], { cwd });
      assert.deepEqual([found.code, found.out], [code, '']);
      assert.ok(found.err.includes(words), found.err);
    };
    await check(['L9N1'], 1, 'unit/unknown');
    await check(['L0N128'], 1, '127');
    await check(['neuron'], 1, 'Ids look like');
    await check([], 2, 'unit wants an ID');
    await check(['L0N1', 'L0N2'], 2, '"L0N2" is too much');
    await check(['L0N1', '--bos', 'true'], 2, 'unit has no --bos');
  });
});

async function writeModel(cwd: string): Promise<void> {
  const sae = join(cwd, 'model', 'saes', 'blocks.0.hook_mlp_out');
  await writeRandomModel(join(cwd, 'model'));
  await writeRandomSae(sae, { architecture: 'standard', hook_name: 'blocks.0.hook_mlp_out', d_in: 32 });
  const label = { index: 2, words: 'a small letter', f1: 0.5 };
  await writeFile(join(sae, 'latents.jsonl'), `${JSON.stringify(label)}\n`);
}

/** An index of the model over a small text, where the command looks for it. */
async function scan(cwd: string): Promise<void> {
  await mkdir(join(cwd, 'c'));
  await writeFile(join(cwd, 'c', 'a.txt'), TEXT.repeat(4));
  const { jobs, call } = openTestJobs({ embeddedFolder: join(cwd, 'none') });
  await call('folders/set', { storage: join(cwd, 'storage'), workspace: null });
  const { modelId } = await call('model/open', { model: join(cwd, 'model'), saes: [] });
  const corpus = { kind: 'files', paths: [join(cwd, 'c')], field: 'text' } as const;
  const options = { ...DEFAULT_SCAN, context: WINDOW };
  await call('index/scan', { modelId, corpus, families: [], options });
  await jobs.release();
}
