import assert from 'node:assert/strict';
import { mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { keepHealth, readHealth } from '../../../src/engine/healthFile.ts';
import type { SaeHealth } from '../../../src/protocol/saeContract.ts';
import { withTemporaryFolder } from '../../support/temporaryFolder.ts';

const HEALTH: SaeHealth = {
  sae: '1-res',
  hook_name: 'blocks.1.hook_resid_post',
  sample: 'generated text',
  bos: true,
  context: 64,
  fit: { tokens: 100, l0: 8, silent_share: 0.25, explained_variance: null },
  loss: { clean: 1, reconstruction: 1.5, zero: 3, mean: 2 },
  recovered: { zero: 0.75, mean: null },
  stated: { l0: null, explained_variance: 0.9 },
  verdict: { grade: 'good', words: ['It keeps most.'] },
};

describe('what was last measured of SAEs', () => {
  it('is kept of each by those that measure at the same time', () =>
    withTemporaryFolder(async (folder) => {
      const storage = join(folder, 'storage');
      const saes = await Promise.all(['one', 'two', 'three'].map((name) => madeFolder(folder, name)));
      const kept = saes.map((directory) => [directory, { ...HEALTH, sae: directory }] as const);
      await Promise.all(kept.map(([directory, health]) => keepHealth(storage, directory, health)));
      assert.deepEqual(await readHealth(storage), new Map(kept));
      assert.deepEqual(await readdir(storage), ['sae-health.json'], 'no lock is left');
    }));

  it('is forgotten when the SAE changes or goes', () =>
    withTemporaryFolder(async (folder) => {
      const [same, other] = [await madeFolder(folder, 'same'), await madeFolder(folder, 'other')];
      for (const directory of [same, other, join(folder, 'gone')])
        await keepHealth(folder, directory, HEALTH);
      const later = new Date(Date.now() + 60_000);
      await utimes(other, later, later);
      assert.deepEqual([...(await readHealth(folder)).keys()], [same]);
    }));
});

/** One that was made long before anything of it is measured. */
async function madeFolder(folder: string, name: string): Promise<string> {
  const directory = join(folder, name);
  await mkdir(directory);
  await utimes(directory, new Date(0), new Date(0));
  return directory;
}
