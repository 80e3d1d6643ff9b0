import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createGraphs } from '../../src/core/graph/graphs.ts';
import type { WeightPolicy } from '../../src/core/graph/session.ts';
import { sessionPool } from '../../src/core/graph/sessionPool.ts';
import { allHooks } from '../../src/core/model/hooks.ts';
import { Runner } from '../../src/core/trace/runner.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { openCheckpoint } from '../../src/runtime/files/openCheckpoint.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { openRunner, TEST_THREADS } from '../support/openRunner.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const IDS = [256, 1, 2, 3, 4, 5, 6, 7];

describe('a model whose sessions are released by need', () => {
  const check = (dtype: 'F32' | 'F16', policy: WeightPolicy): unknown =>
    it(`gives the same bits at every hook: ${dtype}, ${policy}`, () =>
      withTemporaryFolder(async (folder) => {
        const directory = join(folder, 'model');
        await writeRandomModel(directory, { dtype, config: { n_layer: 3 } });
        const plain = await openRunner(directory, policy);
        const { checkpoint } = await openCheckpoint(directory);
        // Room for the copies of no session at all: each is released as soon as another is loaded.
        const pool = sessionPool(ortSessions({ threads: TEST_THREADS }), { budget: () => 0, maxSessions: 1 });
        const graphs = createGraphs(checkpoint, pool, policy);
        const expected = await Trace.run(plain.runner, IDS);
        const actual = await Trace.run(new Runner(checkpoint.config, graphs), IDS);
        for (const { name } of allHooks(checkpoint.config)) {
          assert.deepEqual(await actual.hook(name), await expected.hook(name), name);
        }
        assert.deepEqual(await actual.foresight(), await expected.foresight());
        await graphs.release();
        assert.equal(pool.heldBytes(), 0);
        await plain.graphs.release();
      }));
  check('F32', 'prepack');
  check('F32', 'mapped');
  check('F16', 'mapped');
  check('F16', 'cast');
});
