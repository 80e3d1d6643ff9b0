import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { EngineContract } from '../../src/protocol/engineContract.ts';
import { connect, type Client, type Port } from '../../src/protocol/rpc.ts';
import { expectError } from '../support/expectError.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const ENGINE = join(import.meta.dirname, '..', '..', 'dist', 'engine.cjs');

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

interface Fixture {
  readonly client: Client<EngineContract>;
  readonly child: ChildProcess;
  readonly models: string;
}

async function withEngine(use: (fixture: Fixture) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (models) => {
    const child = fork(ENGINE, [models], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    try {
      await use({ client: connect<EngineContract>(childPort(child)), child, models });
    } finally {
      child.kill('SIGKILL');
    }
  });
}

function childPort(child: ChildProcess): Port {
  return {
    send: (frame) => void child.send(frame as object),
    listen: (onFrame, onClose) => {
      child.on('message', onFrame);
      child.once('exit', (code, signal) => onClose(`the engine ended (${signal ?? code})`));
      return () => void child.off('message', onFrame);
    },
  };
}
