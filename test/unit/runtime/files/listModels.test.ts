import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { listModels, ownSaeFolders, readModelCard } from '../../../../src/runtime/files/listModels.ts';
import { writeRandomModel } from '../../../support/randomModel.ts';
import { writeRandomSae } from '../../../support/randomSae.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

describe('listModels', () => {
  it('finds models, counts their SAEs, and says why one cannot be opened', async () => {
    await withTemporaryFolder(async (root) => {
      await writeRandomModel(join(root, 'a'));
      await writeFile(join(root, 'a', 'card.json'), '{"name":"Alpha","bos":false}');
      const hook_name = 'blocks.0.hook_resid_post';
      await writeRandomSae(join(root, 'a', 'saes', hook_name), { architecture: 'topk', hook_name, d_in: 32 });
      await writeRandomModel(join(root, 'b'));
      await rm(join(root, 'b', 'vocab.json'));
      await mkdir(join(root, 'empty'));
      const models = await listModels([root, join(root, 'a'), join(root, 'none')]);
      assert.deepEqual(
        models.map(({ name, saes }) => [name, saes]),
        [
          ['Alpha', 1],
          ['b', 0],
        ],
      );
      assert.ok((models[0]?.weightBytes ?? 0) > 100_000);
      assert.equal(models[0]?.problem, null);
      assert.match(models[1]?.problem ?? '', /neither tokenizer.json nor/);
    });
  });

  it("reads the card, or takes GPT-2's manner and the folder's name", async () => {
    await withTemporaryFolder(async (folder) => {
      assert.deepEqual(await readModelCard(folder), { name: basename(folder), bos: true, description: null });
      await writeFile(join(folder, 'card.json'), '{"bos":false}');
      assert.deepEqual(await readModelCard(`${folder}/`), {
        name: basename(folder),
        bos: false,
        description: null,
      });
      assert.deepEqual(await ownSaeFolders(folder), []);
    });
  });
});
