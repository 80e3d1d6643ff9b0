import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensorsHeader, toEntry } from '../../../../src/core/weights/safetensors.ts';
import type { TensorEntry, WeightDtype } from '../../../../src/core/weights/tensorEntry.ts';
import { writeSafetensors } from '../../../../src/core/weights/writeSafetensors.ts';
import { withFile } from '../../../../src/runtime/files/fileByteSource.ts';
import { assertFinite, readEachRow, readRows, readTensor } from '../../../../src/runtime/files/tensors.ts';
import { expectError } from '../../../support/expectError.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

/** Writes one tensor after a small odd-sized one, and gives its entry. */
async function store(
  folder: string,
  dtype: WeightDtype,
  dims: readonly number[],
  data: Float32Array,
): Promise<TensorEntry> {
  const file = join(folder, 'w.safetensors');
  const before = { name: 'before', dtype: 'F16' as const, dims: [3], data: new Float32Array(3) };
  await writeFile(file, writeSafetensors([before, { name: 'x', dtype, dims, data }]));
  return withFile(file, async (source) => {
    const tensor = (await readSafetensorsHeader(source)).tensors.get('x');
    assert.ok(tensor);
    return toEntry(tensor, source.name);
  });
}

describe('tensors of files', () => {
  it('are read whole and by rows in every dtype', async () => {
    const data = Float32Array.from({ length: 24 }, (_, i) => i - 7);
    for (const dtype of ['F32', 'F16', 'BF16'] as const) {
      await withTemporaryFolder(async (folder) => {
        const entry = await store(folder, dtype, [4, 3, 2], data);
        assert.deepEqual(await readTensor(entry), { dims: [4, 3, 2], data });
        assert.deepEqual(await readRows(entry, 1, 2), { dims: [2, 3, 2], data: data.slice(6, 18) });
        assert.deepEqual((await readRows(entry, 4, 0)).dims, [0, 3, 2]);
        const rows = [2, 0, 2].map((row) => ({ entry, row }));
        assert.deepEqual(await readEachRow(rows), [data.slice(12, 18), data.slice(0, 6), data.slice(12, 18)]);
        await expectError(() => readEachRow([{ entry, row: 4 }]), 'request/invalid', '"x"', 'it has 4');
        for (const [start, count] of [
          [3, 2],
          [-1, 1],
          [0.5, 1],
          [0, -1],
        ] as const) {
          await expectError(() => readRows(entry, start, count), 'request/invalid', '"x"', 'it has 4');
        }
      });
    }
  });

  it('are scanned over pieces, to the index of the first number that is not finite', async () => {
    for (const dtype of ['F32', 'F16', 'BF16'] as const) {
      await withTemporaryFolder(async (folder) => {
        const data = new Float32Array(700 * 1000);
        await assertFinite([await store(folder, dtype, [700, 1000], data)]);
        data[699 * 1000 + 3] = Infinity;
        const entry = await store(folder, dtype, [700, 1000], data);
        await expectError(
          () => assertFinite([entry]),
          'weights/not-finite',
          entry.file,
          '"x"',
          'at [699, 3]',
        );
      });
    }
  });

  it('say so when the file became shorter or went away', async () => {
    await withTemporaryFolder(async (folder) => {
      const entry = await store(folder, 'F32', [2], Float32Array.of(1, 2));
      await writeFile(entry.file, 'short');
      await expectError(() => readTensor(entry), 'file/unreadable', 'the file has 5');
      await expectError(() => readTensor({ ...entry, file: join(folder, 'gone') }), 'file/not-found', 'gone');
      await expectError(() => readTensor({ ...entry, file: folder }), 'file/unreadable', 'is not a file');
    });
  });
});
