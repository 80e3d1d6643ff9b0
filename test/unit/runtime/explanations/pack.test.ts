import assert from 'node:assert/strict';
import { appendFile, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ENTRY_BYTES, indexOf, openPack } from '../../../../src/runtime/explanations/pack.ts';
import { openPackWriter } from '../../../../src/runtime/explanations/packWriter.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

function withPack(use: (file: string) => Promise<void>): () => Promise<void> {
  return () => withTemporaryFolder((folder) => use(join(folder, 'deep', 'x.words.jsonl')));
}

async function write(
  file: string,
  pieces: readonly (readonly [unit: number, text: string | null])[],
): Promise<void> {
  const writer = await openPackWriter(file);
  for (const [unit, text] of pieces) writer.append(unit, text === null ? null : Buffer.from(text));
  await writer.close();
}

async function read(file: string, unit: number): Promise<string[]> {
  const pack = await openPack(file);
  return ((await pack?.read(unit)) ?? []).map((piece) => piece.toString());
}

async function all(file: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { unit, piece } of (await openPack(file))?.all() ?? [])
    found.push([unit, piece.toString()]);
  return found;
}

describe('pack of explanations', () => {
  it(
    'finds one unit, all of its pieces, and what was published nowhere',
    withPack(async (file) => {
      assert.equal(await openPack(file), null);
      await write(file, [
        [7, 'seven\n'],
        [3, 'three\n'],
        [9, null],
      ]);
      await write(file, [[7, 'seven again\n']]);
      assert.deepEqual(await read(file, 7), ['seven\n', 'seven again\n']);
      assert.deepEqual(await read(file, 9), []);
      const pack = await openPack(file);
      assert.deepEqual([pack?.has(9), pack?.has(4), pack?.count], [true, false, 2]);
      assert.deepEqual(await all(file), [
        [7, 'seven\n'],
        [3, 'three\n'],
        [7, 'seven again\n'],
      ]);
      assert.equal(await readFile(file, 'utf8'), 'seven\nthree\nseven again\n', 'which is text by itself');
    }),
  );

  it(
    'goes on after an end in the middle of a piece or of an entry',
    withPack(async (file) => {
      await write(file, [
        [1, 'one'],
        [2, 'two'],
      ]);
      // A piece whose entry was not written yet.
      await appendFile(file, 'thr');
      assert.deepEqual(await all(file), [
        [1, 'one'],
        [2, 'two'],
      ]);
      await write(file, [[4, 'four']]);
      assert.deepEqual(await read(file, 4), ['four']);
      // Half an entry, and an entry whose piece is not there.
      await truncate(indexOf(file), 2 * ENTRY_BYTES + 5);
      assert.deepEqual(await read(file, 4), []);
      await write(file, [[4, 'FOUR']]);
      assert.deepEqual(await all(file), [
        [1, 'one'],
        [2, 'two'],
        [4, 'FOUR'],
      ]);
      await truncate(file, 4);
      await write(file, [[5, 'five']]);
      assert.deepEqual(await all(file), [
        [1, 'one'],
        [5, 'five'],
      ]);
      const writer = await openPackWriter(file);
      assert.deepEqual(
        [1, 2, 5].map((unit) => writer.has(unit)),
        [true, false, true],
      );
      await writer.close();
    }),
  );

  it(
    'leaves out what the disk damaged, and believes no entry after a damaged one',
    withPack(async (file) => {
      await write(file, [
        [1, 'one'],
        [2, 'two'],
      ]);
      const handle = await open(file, 'r+');
      await handle.write('X', 0);
      await handle.close();
      assert.deepEqual(await read(file, 1), []);
      assert.deepEqual(await read(file, 2), ['two']);
      const index = await readFile(indexOf(file));
      index.writeDoubleLE(-1, ENTRY_BYTES + 8);
      await writeFile(indexOf(file), index);
      assert.deepEqual(await all(file), []);
      assert.deepEqual(await read(file, 2), []);
    }),
  );

  it(
    'writes what was taken while it writes in the order of its places',
    withPack(async (file) => {
      const writer = await openPackWriter(file);
      await Promise.all(
        Array.from({ length: 200 }, async (_, unit) => {
          writer.append(unit, Buffer.from(`piece ${unit}`));
          await writer.flush();
        }),
      );
      await writer.close();
      const found = await all(file);
      assert.equal(found.length, 200);
      assert.deepEqual(found[150], [150, 'piece 150']);
      assert.equal((await stat(indexOf(file))).size, 200 * ENTRY_BYTES);
    }),
  );
});
