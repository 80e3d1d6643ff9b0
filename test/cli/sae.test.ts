import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';
import { invoke } from './invoke.ts';

const AROUND = { cwd: process.cwd(), models: fileURLToPath(new URL('../../models', import.meta.url)) };
const SMALL = ['--max-tokens', '64'];

describe('underglass sae', () => {
  // What is measured is kept in the storage, which must not be a person's.
  const before_ = process.env['UNDERGLASS_STORAGE'];
  let storage: string;
  before(async () => {
    storage = await mkdtemp(join(tmpdir(), 'underglass-test-'));
  });
  beforeEach(() => {
    process.env['UNDERGLASS_STORAGE'] = storage;
  });
  after(async () => {
    if (before_ === undefined) delete process.env['UNDERGLASS_STORAGE'];
    else process.env['UNDERGLASS_STORAGE'] = before_;
    await rm(storage, { recursive: true, force: true });
  });

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

  it('lists what lies with models and what was measured, and attaches and detaches, as VS Code does', () =>
    withTemporaryFolder(async (own) => {
      process.env['UNDERGLASS_STORAGE'] = own;
      const list = async () => (await invoke(['sae', '--list', '3-res'], AROUND)).out;
      assert.match(
        await list(),
        /underglass-tiny\/3-res +blocks\.3\.hook_resid_post +\d+ +yes +not measured/,
      );
      await invoke(['sae', '3-res', ...SMALL], AROUND);
      assert.match(await list(), / yes +(?:good|fair|poor): L0 32\.0, explained variance 0\.\d{3}/);
      const detached = await invoke(['sae', 'underglass-tiny/3-res', '--detach'], AROUND);
      assert.match(detached.out, /^Detached underglass-tiny\/3-res: prompts get it only when they name it/);
      assert.match(await list(), / no +(?:good|fair|poor): /);
      const gone = await invoke(['sae', '3-res', ...SMALL], AROUND);
      assert.match(gone.err, /has no SAE "3-res"; attached: /);
      const attached = await invoke(['sae', '3-res', '--attach', '--json'], AROUND);
      assert.deepEqual(JSON.parse(attached.out), {
        version: 1,
        sae: 'underglass-tiny/3-res',
        isAttached: true,
      });
      const json = JSON.parse((await invoke(['sae', '--list', '--json'], AROUND)).out) as {
        models: { model: string; saes: { id: string; isAttached: boolean; health: object | null }[] }[];
      };
      const tiny = json.models.find(({ model }) => model === 'underglass-tiny');
      assert.equal(tiny?.saes.length, 8);
      assert.ok(tiny.saes.every(({ isAttached }) => isAttached));
      assert.deepEqual(
        tiny.saes.filter(({ health }) => health !== null).map(({ id }) => id),
        ['3-res'],
      );
      const none = await invoke(['sae', '9-res', '--attach'], AROUND);
      assert.match(none.err, /No SAE "9-res" lies with underglass-tiny; there: 0-mlp/);
      for (const flags of [['--attach'], ['3-res', '--attach', '--detach']])
        assert.equal((await invoke(['sae', ...flags], AROUND)).code, 2);
    }));

  it('takes the ids that other lists show: with the model, or of a latent', async () => {
    for (const id of [
      'underglass-tiny/3-res',
      '3-res/412',
      'https://www.neuronpedia.org/underglass-tiny/3-res/412',
    ]) {
      const { code, out, err } = await invoke(['sae', id, ...SMALL], AROUND);
      assert.equal(code, 0, err);
      assert.match(out, /^3-res · /);
    }
    const other = await invoke(['sae', 'gpt2-small/6-res-jb'], AROUND);
    assert.match(other.err, /gpt2-small is not installed/);
  });
});
