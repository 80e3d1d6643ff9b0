import assert from 'node:assert/strict';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { VerifyReport } from '../../src/core/verify/report.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';
import { invoke } from './invoke.ts';
import { cp, readFile, writeFile } from 'node:fs/promises';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MODELS = path.join(ROOT, 'models');

describe('underglass verify', () => {
  it('finds the embedded model as published, in words first', async () => {
    const { code, out, err } = await invoke(['verify'], { cwd: ROOT, models: MODELS });
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^Verdict: as published\. underglass-tiny is the embedded model\./);
    assert.match(out, /^ {2}ok +L\d+H\d+ induction score /m);
    assert.match(out, /^ {2}ok +blocks\.\{l\}\.attn\.hook_pattern +\de-\d+ +\d$/m);
  });

  it('exits with 1 and says what to mend when the model differs', () =>
    withTemporaryFolder(async (folder) => {
      await cp(path.join(MODELS, 'underglass-tiny'), folder, { recursive: true });
      const config = path.join(folder, 'config.json');
      await writeFile(config, (await readFile(config, 'utf8')).replace('"gelu_new"', '"gelu"'));
      const { code, out } = await invoke(['verify', '--model', folder, '--json'], { cwd: folder });
      assert.equal(code, 1);
      const report = JSON.parse(out) as VerifyReport & { readonly version: number };
      assert.deepEqual([report.version, report.verdict], [1, 'differs']);
      assert.equal(report.published?.recognised, 'file');
      assert.match(report.next.join(), /activation_function gelu_new/);
    }));

  it('agrees on a model of which nothing was published', () =>
    withTemporaryFolder(async (folder) => {
      await writeRandomModel(path.join(folder, 'mine'));
      const { code, out } = await invoke(['verify', './mine'], { cwd: folder });
      assert.equal(code, 0);
      assert.match(out, /^Verdict: agrees\. Every hook agrees/);
      assert.ok(!out.includes('Published facts'));
    }));

  for (const argv of [
    ['verify', 'a', 'b'],
    ['verify', 'a', '--model', 'b'],
    ['verify', '--top', '3'],
  ]) {
    it(`refuses: ${argv.join(' ')}`, async () => {
      assert.equal((await invoke(argv, { cwd: ROOT, models: MODELS })).code, 2);
    });
  }
});
