import { writeFile } from 'node:fs/promises';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { checkGolden } from '../support/golden.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';
import { invoke } from './invoke.ts';

/** Half of what the last printed digit of a loss can move by. */
const TOLERANCE = 0.02;

const PROMPT = `---
model: model
target: n
distractor: [e, "\\u00e9"]
---
When Ann and J\u00fcrgen met,\tshe
`;

describe('printed pages', () => {
  it('help', async () => {
    const { out } = await invoke(['--help'], { cwd: '.' });
    checkGolden('cli/help.txt', out);
  });

  it('trace of a random model with a SAE and two hooks', () =>
    withTemporaryFolder(async (cwd) => {
      await writeRandomModel(join(cwd, 'model'));
      await writeRandomSae(join(cwd, 'model', 'saes', 'blocks.0.hook_mlp_out'), {
        architecture: 'jumprelu',
        hook_name: 'blocks.0.hook_mlp_out',
        d_in: 32,
      });
      await writeFile(join(cwd, 'ann.prompt'), PROMPT);
      const argv = ['trace', 'ann.prompt', '--top', '4', '--hook', 'pattern1', '--hook', '0-mlp'];
      const { code, out, err } = await invoke(argv, { cwd });
      assert.equal(code, 0, err);
      checkGolden('cli/trace.txt', out.replace(/\d+ ms/, '8 ms'), { tolerance: TOLERANCE });
    }));
});
