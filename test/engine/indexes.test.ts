import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SCAN, type IndexKey } from '../../src/core/records/records.ts';
import type { OpenModel } from '../../src/engine/openModel.ts';
import type { IndexInfo } from '../../src/protocol/recordsContract.ts';
import { openFolder, openIndexes, quietJob } from '../support/openIndexes.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';

const SAE = { architecture: 'topk', hook_name: 'blocks.0.hook_mlp_out', d_in: 32, d_sae: 40 } as const;
const OPTIONS = { ...DEFAULT_SCAN, context: 16, top: 3, random: 2, perQuantile: 2 };

describe('indexes', function () {
  this.timeout(60_000);
  let folder = '';
  const at = (...names: readonly string[]): string => join(folder, ...names);
  const models: OpenModel[] = [];
  const open = async (): Promise<OpenModel> => {
    const model = await openFolder(at('model'));
    models.push(model);
    return model;
  };
  const what = () => ({
    corpus: { kind: 'files', paths: [at('corpus.txt')], field: 'text' } as const,
    families: [],
    options: OPTIONS,
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'underglass-indexes-'));
    await writeRandomModel(at('model'), { config: { n_layer: 1 } });
    await writeRandomSae(at('model', 'saes', SAE.hook_name), SAE);
    await writeFile(at('corpus.txt'), 'Mary gave the ball to John and John gave it to Mary. '.repeat(10));
  });
  afterEach(async () => {
    for (const model of models.splice(0)) await model.release();
    await rm(folder, { recursive: true, force: true });
  });

  /** Scans, changes something, and says what is thought of the index then. */
  const after = async (change: () => Promise<void>): Promise<IndexInfo | undefined> => {
    await openIndexes(at('storage')).scan(await open(), what(), quietJob());
    await change();
    const indexes = openIndexes(at('storage'));
    const model = await open();
    const [info] = await indexes.list(model);
    const current = await indexes.current(model);
    assert.equal(current === null, info?.state !== 'ready', 'only a fresh index is read');
    return info;
  };
  const changeKey = async (change: (key: IndexKey) => Partial<IndexKey>): Promise<void> => {
    const [info] = await openIndexes(at('storage')).list(await open());
    const file = at('storage', 'indexes', info?.indexId ?? '', 'index.json');
    const head = JSON.parse(await readFile(file, 'utf8')) as { key: IndexKey };
    await writeFile(file, JSON.stringify({ ...head, key: { ...head.key, ...change(head.key) } }));
  };

  it('nothing changed: ready', async () => {
    const info = await after(() => Promise.resolve());
    assert.deepEqual({ state: info?.state, reason: info?.reason }, { state: 'ready', reason: null });
  });

  it('files were touched or copied, not changed: ready', async () => {
    const info = await after(async () => {
      const later = new Date(Date.now() + 60_000);
      await utimes(at('model', 'model.safetensors'), later, later);
      await utimes(at('corpus.txt'), later, later);
    });
    assert.equal(info?.state, 'ready');
  });

  for (const { name, change, reason } of [
    {
      name: 'other weights',
      change: () => writeRandomModel(at('model'), { config: { n_layer: 1 }, seed: 2 }).then(() => {}),
      reason: /^The model has other weights/,
    },
    {
      name: 'another configuration',
      change: () =>
        writeRandomModel(at('model'), { config: { n_layer: 1, layer_norm_epsilon: 1e-4 } }).then(() => {}),
      reason: /^The model has other weights, configuration/,
    },
    {
      name: 'another rule of BOS',
      change: () => writeFile(at('model', 'card.json'), '{"bos": false}'),
      reason: /^The model has other weights/,
    },
    {
      name: 'another SAE of the same name',
      change: () => writeRandomSae(at('model', 'saes', SAE.hook_name), { ...SAE, seed: 9 }),
      reason: /^SAE 0-mlp is another one now\.$/,
    },
    {
      name: 'other text',
      change: () => writeFile(at('corpus.txt'), 'Another text altogether.'),
      reason: /^The text of its corpus changed\.$/,
    },
    {
      name: 'text that is gone',
      change: () => rm(at('corpus.txt')),
      reason: /^Its corpus cannot be read: .*corpus\.txt/,
    },
    {
      name: 'another version of scanning',
      change: () => changeKey(({ version }) => ({ version: version - 1 })),
      reason: /^It was made by another version of Underglass\.$/,
    },
  ]) {
    it(`${name}: stale`, async () => {
      const info = await after(change);
      assert.equal(info?.state, 'stale');
      assert.match(info?.reason ?? '', reason);
    });
  }

  it('other options make another index', async () => {
    const indexes = openIndexes(at('storage'));
    const model = await open();
    const first = await indexes.scan(model, what(), quietJob());
    const second = await indexes.scan(model, { ...what(), options: { ...OPTIONS, seed: 1 } }, quietJob());
    assert.notEqual(first.indexId, second.indexId);
    assert.equal((await indexes.list(model)).length, 2);
    assert.equal((await indexes.current(model))?.info.indexId, second.indexId, 'the newest is read');
  });

  it('of some families is read for those alone', async () => {
    const indexes = openIndexes(at('storage'));
    const model = await open();
    const all = await indexes.scan(model, what(), quietJob());
    const heads = await indexes.scan(model, { ...what(), families: ['0-heads'] }, quietJob());
    assert.equal((await indexes.current(model, '0-heads'))?.info.indexId, heads.indexId);
    assert.equal((await indexes.current(model, '0-mlp-neurons'))?.info.indexId, all.indexId);
    assert.equal(await indexes.current(model, '9-heads'), null);
  });

  it('of another model is not listed', async () => {
    const indexes = openIndexes(at('storage'));
    await indexes.scan(await open(), what(), quietJob());
    await writeRandomModel(at('other'), { config: { n_layer: 1 }, seed: 5 });
    const other = await openFolder(at('other'));
    models.push(other);
    assert.deepEqual(await indexes.list(other), []);
  });

  it('a model that was moved keeps its index', async () => {
    await openIndexes(at('storage')).scan(await open(), what(), quietJob());
    await cp(at('model'), at('moved'), { recursive: true });
    const moved = await openFolder(at('moved'));
    models.push(moved);
    const [info] = await openIndexes(at('storage')).list(moved);
    assert.equal(info?.state, 'ready');
  });

  it('two askers of one scan share it', async () => {
    const indexes = openIndexes(at('storage'), { checkpointMs: 0 });
    const model = await open();
    const cancel = new AbortController();
    const reports: number[] = [];
    const first = indexes.scan(model, what(), quietJob(cancel.signal));
    const progress = (): void => void reports.push(1);
    const second = indexes.scan(model, what(), { ...quietJob(), progress });
    const left = assert.rejects(first, { code: 'cancelled' });
    cancel.abort();
    assert.equal((await second).state, 'ready', 'one who leaves does not stop the other');
    await left;
    assert.ok(reports.length > 0);
  });

  it('are removed', async () => {
    const indexes = openIndexes(at('storage'));
    const model = await open();
    const { indexId } = await indexes.scan(model, what(), quietJob());
    await indexes.remove(indexId);
    assert.deepEqual(await indexes.list(model), []);
    assert.equal(await indexes.current(model), null);
    await assert.rejects(indexes.remove('../model'), { code: 'request/invalid' });
  });

  it('of an embedded model is made when it is asked for, of another model not', async () => {
    const model = await open();
    assert.equal(await openIndexes(at('storage')).ready(model, quietJob()), null);
    const world = { kind: 'world', seed: 1, documents: 3 } as const;
    const embedded = openIndexes(at('storage'), { embeddedFolder: folder, defaultCorpus: world });
    const [first, second] = await Promise.all([
      embedded.ready(model, quietJob()),
      embedded.ready(model, quietJob()),
    ]);
    assert.equal(first?.state, 'ready');
    assert.deepEqual(first, second);
    assert.deepEqual(await embedded.ready(model, quietJob()), first);
  });
});
