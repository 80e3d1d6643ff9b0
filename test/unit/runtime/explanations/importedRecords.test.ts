import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importedExamples } from '../../../../src/core/explain/formats/importedExamples.ts';
import type { ImportedRecords } from '../../../../src/core/explain/formats/neuronRecord.ts';
import { openImported } from '../../../../src/runtime/explanations/importedRecords.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

const MOMENTS = { mean: null, variance: null, skewness: null, kurtosis: null };
const record = (text: string, activations: readonly number[]) => ({ tokens: [...text], activations });

function records(changes: Partial<ImportedRecords>): ImportedRecords {
  return { unit: '3-res/4', top: [], random: [], quantiles: [], ...MOMENTS, ...changes };
}

describe('records of other tools', () => {
  it('are kept by unit and file; the same file replaces what it told', () =>
    withTemporaryFolder(async (storage) => {
      const store = openImported(storage);
      assert.deepEqual(await store.read('tiny', '3-res/4'), []);
      const write = (source: string, all: readonly ImportedRecords[]) =>
        store.write('tiny', '3-res/4', { source, records: all });
      await write('a.json', [records({ top: [record('ab', [0, 1])] })]);
      await write('b.jsonl', [
        records({
          top: [record('cd', [2, 0])],
          quantiles: [{ boundaries: [0, 0.5], records: [record('e', [0.4])] }],
        }),
        records({ top: [record('f', [1])], random: [record('gh', [0, -0.1])] }),
      ]);
      await write('a.json', [records({ top: [record('xy', [3, 1])] })]);
      const groups = importedExamples(await store.read('tiny', '3-res/4'), { from: 0, count: 9 });
      assert.deepEqual(
        groups.map(({ set, title, examples }) => [set, title, examples.map(({ tokens }) => tokens.join(''))]),
        [
          ['imported', 'Imported from b.jsonl: top activations', ['cd', 'f']],
          ['imported', 'Imported from b.jsonl: 0 to 0.5', ['e']],
          ['imported', 'Imported from b.jsonl: random windows', ['gh']],
          ['imported', 'Imported from a.json: top activations', ['xy']],
        ],
      );
      assert.deepEqual(
        groups.flatMap(({ examples }) => examples.map(({ sequence }) => sequence)),
        [-2, -3, -4, -5, -6],
      );
      const page = importedExamples(await store.read('tiny', '3-res/4'), { from: 1, count: 1 });
      assert.deepEqual([page[0]?.total, page[0]?.examples.map(({ sequence }) => sequence)], [2, [-3]]);
    }));

  it('of heads are pairs: the largest of each query is its activation', () => {
    const pairs = records({ top: [record('abc', [1, 0, 5, 2, 0, 4])] });
    const groups = [{ title: 'top activations', records: pairs.top }];
    const [group] = importedExamples([{ source: 'h.json', groups }], { from: 0, count: 1 });
    const example = group?.examples[0] ?? assert.fail();
    assert.deepEqual([...example.activations], [1, 5, 4]);
    assert.deepEqual([example.position, example.key, example.pairs?.length], [1, 1, 6]);
  });

  it('that are damaged count as none', () =>
    withTemporaryFolder(async (storage) => {
      const store = openImported(storage);
      await store.write('tiny', 'L0N1', { source: 'a', records: [records({ top: [record('a', [1])] })] });
      const folder = join(storage, 'imported', 'tiny');
      const [file = ''] = await readdir(folder);
      for (const text of ['{', '{"version":1}', '{"sources":[{"groups":[{"records":[{"tokens":1}]}]}]}']) {
        await writeFile(join(folder, file), text);
        assert.deepEqual(await store.read('tiny', 'L0N1'), [], text);
      }
    }));
});
