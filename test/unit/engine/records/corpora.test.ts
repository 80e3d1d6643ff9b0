import assert from 'node:assert/strict';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCorpora } from '../../../../src/engine/records/corpora.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

describe('corpora', () => {
  it('are read once for their fingerprint, in any process, until a file changes', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'a.jsonl');
      const cache = join(folder, 'cache', 'corpora.json');
      const ask = async (): Promise<{ fingerprint: string; bytes: number | null }> => {
        // Made anew each time, as in another process.
        const corpus = await createCorpora(() => cache)({ kind: 'files', paths: [file], field: 'text' });
        return { fingerprint: await corpus.fingerprint(), bytes: corpus.bytes };
      };
      const write = async (text: string, second: number): Promise<void> => {
        await writeFile(file, JSON.stringify({ text }));
        await utimes(file, second, second);
      };
      await write('one', 1e9);
      const first = await ask();
      assert.equal(first.bytes, 3);
      await write('two', 1e9);
      assert.deepEqual(await ask(), first, 'same size and time: not read again');
      await write('two', 1e9 + 5);
      assert.notEqual((await ask()).fingerprint, first.fingerprint);
      for (const damaged of ['{"a":', '[1]', '{"a":{"hash":1}}']) {
        await writeFile(cache, damaged);
        assert.equal((await ask()).bytes, 3, damaged);
      }
    }));
});
