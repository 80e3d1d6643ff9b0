import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openStore, type ExplanationStore } from '../../../../src/runtime/explanations/store.ts';
import { printRecord } from '../../../../src/core/explain/recordJson.ts';
import { someRecord } from '../../../support/someRecord.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

const MODEL = 'tiny';
const FAMILY = '1-mlp-neurons';
const CHILD = join(import.meta.dirname, '..', '..', '..', 'support', 'storeChild.ts');

describe('store of explanations', function () {
  this.timeout(70_000);
  const test = (name: string, run: (store: ExplanationStore, file: string) => Promise<void>): void => {
    it(name, () =>
      withTemporaryFolder((folder) =>
        run(openStore(folder), join(folder, 'explanations', MODEL, `${FAMILY}.jsonl`)),
      ),
    );
  };

  test('has nothing where there is no file', async (store) => {
    assert.deepEqual(await store.family(MODEL, FAMILY), { records: [], unread: [] });
    assert.deepEqual(await store.families(MODEL), []);
  });

  test('keeps records sorted by unit, one a line', async (store, file) => {
    const [first, second, third] = ['L1N2', 'L1N10', 'L1N3'].map((unit) => someRecord({ unit }));
    assert.ok(first && second && third);
    await store.put(MODEL, FAMILY, [second]);
    await store.put(MODEL, FAMILY, [first, third]);
    assert.equal(
      await readFile(file, 'utf8'),
      [first, third, second].map((each) => `${printRecord(each)}\n`).join(''),
    );
    assert.deepEqual(await store.families(MODEL), [FAMILY]);
  });

  test('puts a record in the place of the same explanation', async (store) => {
    await store.put(MODEL, FAMILY, [someRecord({}), someRecord({ explanation: 'other' })]);
    await store.put(MODEL, FAMILY, [someRecord({ score: 0.5 })]);
    const { records } = await store.family(MODEL, FAMILY);
    assert.deepEqual(records.map(({ score }) => score).toSorted(), [0.5, null]);
    await store.remove(MODEL, FAMILY, someRecord({}).id);
    assert.deepEqual(
      (await store.family(MODEL, FAMILY)).records.map(({ explanation }) => explanation),
      ['other'],
    );
  });

  test('loses nothing of writers that meet', async (store) => {
    const records = Array.from({ length: 20 }, (_, index) => someRecord({ unit: `L1N${index}` }));
    await Promise.all(records.map((record) => store.put(MODEL, FAMILY, [record])));
    assert.equal((await store.family(MODEL, FAMILY)).records.length, 20);
  });

  test('loses nothing of processes that meet', async (store, file) => {
    const write = (first: number) =>
      promisify(execFile)(
        process.execPath,
        ['--import=tsx', CHILD, store.folder, MODEL, FAMILY, `${first}`, '15'],
        { timeout: 60_000 },
      );
    const own = Array.from({ length: 15 }, (_, index) => someRecord({ unit: `L1N${index}` }));
    await Promise.all([write(100), write(200), ...own.map((record) => store.put(MODEL, FAMILY, [record]))]);
    assert.equal((await store.family(MODEL, FAMILY)).records.length, 45);
    assert.deepEqual(await readdir(join(file, '..')), [`${FAMILY}.jsonl`], 'no lock is left');
  });

  test('sees what another program wrote, and keeps it', async (store, file) => {
    await store.put(MODEL, FAMILY, [someRecord({})]);
    await store.family(MODEL, FAMILY);
    await writeFile(file, `${printRecord(someRecord({ unit: 'L1N7' }))}\n`);
    assert.deepEqual(
      (await store.family(MODEL, FAMILY)).records.map(({ unit }) => unit),
      ['L1N7'],
    );
    await store.put(MODEL, FAMILY, [someRecord({ unit: 'L1N8' })]);
    assert.deepEqual(
      (await store.family(MODEL, FAMILY)).records.map(({ unit }) => unit),
      ['L1N7', 'L1N8'],
    );
  });

  test('keeps lines that it cannot read, and says why', async (store, file) => {
    const strange = '{"version":9,"of":"the future"}';
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, `${strange}\n\n${printRecord(someRecord({}))}\n`);
    const { records, unread } = await store.family(MODEL, FAMILY);
    assert.equal(records.length, 1);
    assert.equal(unread[0]?.line, strange);
    assert.match(unread[0].reason, /line 1: "version" must be 1/u);
    await store.put(MODEL, FAMILY, [someRecord({ unit: 'L1N8' })]);
    assert.ok((await readFile(file, 'utf8')).endsWith(`${strange}\n`));
  });

  test('leaves no half-written file when a write fails', async (store, file) => {
    await store.put(MODEL, FAMILY, [someRecord({})]);
    const before = await readFile(file, 'utf8');
    const folder = join(file, '..');
    if (process.getuid?.() === 0) return; // root may write everywhere
    await chmod(folder, 0o500);
    try {
      await assert.rejects(store.put(MODEL, FAMILY, [someRecord({ unit: 'L1N8' })]), {
        code: 'file/unwritable',
      });
    } finally {
      await chmod(folder, 0o700);
    }
    assert.equal(await readFile(file, 'utf8'), before);
    assert.deepEqual(await readdir(folder), [`${FAMILY}.jsonl`]);
  });

  test('never leaves its folder, whatever a model is called', async (store) => {
    await store.put('../../evil', FAMILY, [someRecord({})]);
    assert.deepEqual(await readdir(join(store.folder, 'explanations')), ['__.._evil']);
  });
});
