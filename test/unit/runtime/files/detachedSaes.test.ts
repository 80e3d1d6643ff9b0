import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDetached, setDetached } from '../../../../src/runtime/files/detachedSaes.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

describe('detached SAEs', () => {
  it('are remembered by folder until they are attached or gone', () =>
    withTemporaryFolder(async (folder) => {
      const [one, two] = [join(folder, 'one'), join(folder, 'two')];
      await mkdir(one);
      await mkdir(two);
      assert.deepEqual([...(await readDetached(folder))], []);
      await setDetached(folder, two, { isDetached: true });
      await setDetached(folder, one, { isDetached: true });
      await setDetached(folder, join(folder, 'gone'), { isDetached: true });
      await setDetached(folder, two, { isDetached: false });
      assert.deepEqual([...(await readDetached(folder))], [one]);
    }));

  it('are all remembered when several are detached at the same time', () =>
    withTemporaryFolder(async (folder) => {
      const saes = ['one', 'three', 'two'].map((name) => join(folder, name));
      for (const sae of saes) await mkdir(sae);
      await Promise.all(saes.map((sae) => setDetached(folder, sae, { isDetached: true })));
      assert.deepEqual([...(await readDetached(folder))], saes);
    }));

  it('a file that cannot be read detaches nothing', () =>
    withTemporaryFolder(async (folder) => {
      for (const text of ['', '{}', '[1, null]', '[']) {
        await writeFile(join(folder, 'detached-saes.json'), text);
        assert.deepEqual([...(await readDetached(folder))], []);
      }
    }));
});
