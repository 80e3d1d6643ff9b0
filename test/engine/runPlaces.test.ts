import assert from 'node:assert/strict';
import { join } from 'node:path';
import { BLOCK_OUTPUTS } from '../../src/core/graph/block.ts';
import { RunPlaces } from '../../src/core/records/runPlaces.ts';
import { openRunner } from '../support/openRunner.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const SIZE = { windows: 2, tokens: 3 };
const IDS = [1, 2, 3, 4, 5, 6];

describe('places of a scan', () => {
  it('take every output of a block: the same numbers, in the same memory each time', () =>
    withTemporaryFolder(async (folder) => {
      const directory = join(folder, 'model');
      await writeRandomModel(directory);
      const { runner, graphs } = await openRunner(directory);
      const { residPre } = await runner.embed(IDS);
      const run = { layer: 0, x: residPre, batch: SIZE.windows, want: BLOCK_OUTPUTS };
      const expected = await runner.block(run);
      const places = new RunPlaces(runner.config);
      const into = Object.fromEntries(BLOCK_OUTPUTS.map((name) => [name, places.of(name, SIZE)]));
      const done = await runner.block({ ...run, into });
      for (const name of BLOCK_OUTPUTS) {
        const [actual, plain] = [done.get(name), expected.get(name)];
        assert.deepEqual(actual, plain, name);
        assert.equal(actual?.data.buffer, places.of(name, { windows: 1, tokens: 3 }).data.buffer, name);
      }
      await graphs.release();
    }));

  it('keep apart what is named apart, and grow', () => {
    const config = { n_heads: 2, d_head: 4, d_model: 8, d_mlp: 32 };
    const places = new RunPlaces(config);
    const even = places.of('resid_post', SIZE, 'even');
    assert.notEqual(places.of('resid_post', SIZE, 'odd').data.buffer, even.data.buffer);
    const larger = places.of('resid_post', { windows: 4, tokens: 3 }, 'even');
    assert.deepEqual([even.dims, larger.dims, larger.data.length], [[6, 8], [12, 8], 96]);
  });
});
