import assert from 'node:assert/strict';
import { stat, utimes, writeFile } from 'node:fs/promises';
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
      await writeFile(file, '{"text":"one"}');
      const first = await ask();
      assert.equal(first.bytes, 3);
      const { atime, mtime } = await stat(file);
      await writeFile(file, '{"text":"two"}');
      await utimes(file, atime, mtime);
      assert.deepEqual(await ask(), first, 'same size and time: not read again');
      await utimes(file, atime, new Date(mtime.getTime() + 5000));
      assert.notEqual((await ask()).fingerprint, first.fingerprint);
      for (const damaged of ['{"a":', '[1]', '{"a":{"hash":1}}']) {
        await writeFile(cache, damaged);
        assert.equal((await ask()).bytes, 3, damaged);
      }
    }));
});
