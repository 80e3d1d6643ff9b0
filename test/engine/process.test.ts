import assert from 'node:assert/strict';
import { join } from 'node:path';
import { forkEngine, type EngineChild } from '../support/engineChild.ts';
import { expectError } from '../support/expectError.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

describe('engine process', () => {
  it('answers over the channel, and its death rejects what is pending', () =>
    withEngine(async ({ client, child, models }) => {
      const status = await client.request('engine/status', {});
      assert.ok(status.runtime.startsWith('onnxruntime 1.'));
      await writeRandomModel(join(models, 'random'), {
        config: { n_layer: 12, n_positions: 512, n_embd: 192 },
      });
      const info = await client.request('model/open', { model: 'random', saes: [] });
      const run = client.request('trace/run', {
        modelId: info.modelId,
        text: 'word '.repeat(100),
        bos: 'auto',
      });
      child.kill('SIGKILL');
      await expectError(() => run, 'closed');
      await expectError(() => client.request('engine/status', {}), 'closed');
    }));

  it('a cancelled run stops between blocks, and the engine answers on', () =>
    withEngine(async ({ client, models }) => {
      await writeRandomModel(join(models, 'random'), {
        config: { n_layer: 6, n_positions: 512, n_embd: 96 },
      });
      const info = await client.request('model/open', { model: 'random', saes: [] });
      const controller = new AbortController();
      const seen: number[] = [];
      const run = client.request(
        'trace/run',
        { modelId: info.modelId, text: 'word '.repeat(100), bos: 'auto' },
        {
          signal: controller.signal,
          onProgress: ({ done }) => {
            seen.push(done);
            controller.abort();
          },
        },
      );
      await expectError(() => run, 'cancelled');
      assert.deepEqual(seen, [1], 'no layer was reported after the cancel');
      assert.equal((await client.request('engine/status', {})).traces, 0);
    }));

  it('an unknown method is an error reply', () =>
    withEngine(async ({ client }) => {
      const ask = client.request as (method: string, params: unknown) => Promise<unknown>;
      await expectError(() => ask('trace/nothing', {}), 'request/unknown-method', 'trace/nothing');
      await expectError(() => ask('constructor', {}), 'request/unknown-method');
    }));
});

interface Fixture extends EngineChild {
  readonly models: string;
}

async function withEngine(use: (fixture: Fixture) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (models) => {
    const engine = forkEngine(models);
    try {
      await use({ ...engine, models });
    } finally {
      engine.child.kill('SIGKILL');
    }
  });
}
