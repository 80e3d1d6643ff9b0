import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NAMES_FILE, WINDOWS_FILE, writeWindows } from '../../../../src/engine/records/writeWindows.ts';
import { readTensors } from '../../../../src/runtime/files/tensorFile.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

/** As many as a corpus of ten million tokens leaves: more than a call takes arguments. */
const WINDOWS = 200_000;

describe('windows of an index', () => {
  it('of a large corpus are stored one behind the other, with the names of their documents', () =>
    withTemporaryFolder(async (folder) => {
      const part = { document: 0, firstToken: 0, position: 0, count: 1 };
      const windows = Array.from({ length: WINDOWS }, (_, at) => ({
        sequence: 3 * at,
        ids: Int32Array.of(at, -at),
        counted: Uint8Array.of(1, 1),
        parts: [
          { ...part, document: at },
          { ...part, document: at + 1, position: 1 },
        ],
      }));
      const names = async (wanted: ReadonlySet<number>): Promise<ReadonlyMap<number, string>> =>
        new Map([...wanted].filter((document) => document < 2).map((document) => [document, `#${document}`]));
      await writeWindows(folder, windows, { names });
      const read = await readTensors(join(folder, WINDOWS_FILE), async ({ int32 }) => {
        const [sequence, tokens, ids] = [
          await int32('sequence'),
          await int32('token_start'),
          await int32('ids'),
        ];
        const [starts, parts] = [await int32('part_start'), await int32('parts')];
        const last = WINDOWS - 1;
        return {
          ends: [sequence.length, tokens.length, ids.length, starts.length, parts.length],
          last: [
            sequence[last],
            tokens[last],
            tokens[WINDOWS],
            ids[2 * last + 1],
            starts[last],
            starts[WINDOWS],
          ],
          part: [...parts.subarray(8 * last)],
        };
      });
      const last = WINDOWS - 1;
      assert.deepEqual(read, {
        ends: [WINDOWS, WINDOWS + 1, 2 * WINDOWS, WINDOWS + 1, 8 * WINDOWS],
        last: [3 * last, 2 * last, 2 * WINDOWS, -last, 2 * last, 2 * WINDOWS],
        part: [last, 0, 0, 1, WINDOWS, 0, 1, 1],
      });
      assert.equal(await readFile(join(folder, NAMES_FILE), 'utf8'), '[0,"#0"]\n[1,"#1"]\n');
    }));
});
