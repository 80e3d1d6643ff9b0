import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';
import { invoke } from './invoke.ts';

const AROUND = { cwd: process.cwd(), models: fileURLToPath(new URL('../../models', import.meta.url)) };
const SMALL = ['--max-tokens', '64'];

describe('underglass sae', () => {
  it('measures one SAE and says what it means', async () => {
    const { code, out } = await invoke(['sae', '3-res', ...SMALL], AROUND);
    assert.equal(code, 0);
    for (const words of [
      '3-res · topk SAE of blocks.3.hook_resid_post (SAELens)',
      'published 32',
      'recovered',
    ])
      assert.ok(out.includes(words), out);
    assert.ok(!out.includes('2-res'));
  });

  it('prints every SAE as JSON, on text of one’s own', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'text.txt');
      await writeFile(file, 'The old king walked to the river and gave the lamp to Anna. '.repeat(8));
      const { code, out } = await invoke(['sae', '--corpus', file, '--json', ...SMALL], AROUND);
      assert.equal(code, 0);
      const { version, saes } = JSON.parse(out) as {
        version: number;
        saes: {
          sae: { id: string; preparation: string[] };
          health: { fit: { tokens: number; l0: number } };
        }[];
      };
      assert.equal(version, 1);
      assert.equal(saes.length, 8);
      for (const { sae, health } of saes) {
        const k = /^[23]-mlp$/u.test(sae.id) ? 48 : 32;
        assert.deepEqual([health.fit.tokens, health.fit.l0], [64, k], sae.id);
      }
    }));

  it('names what is attached when asked for another', async () => {
    const { code, err } = await invoke(['sae', '9-res', ...SMALL], AROUND);
    assert.equal(code, 1);
    assert.match(err, /underglass-tiny has no SAE "9-res"; attached: 0-mlp.*\[sae\/not-found\]/);
  });

  it('takes the ids that other lists show: with the model, or of a latent', async () => {
    for (const id of ['underglass-tiny/3-res', '3-res/412']) {
      const { code, out, err } = await invoke(['sae', id, ...SMALL], AROUND);
      assert.equal(code, 0, err);
      assert.match(out, /^3-res · /);
    }
    const other = await invoke(['sae', 'gpt2-small/6-res-jb'], AROUND);
    assert.match(other.err, /gpt2-small is not installed/);
  });
});
