import assert from 'node:assert/strict';
import { InterpError } from '../../../src/core/errors.ts';
import { connect, serve, type Port } from '../../../src/protocol/rpc.ts';
import { expectError } from '../../support/expectError.ts';
import { memoryPorts } from '../../support/memoryPorts.ts';

interface TestContract {
  'sum/of': { params: { numbers: readonly number[] }; result: number };
  'fail/typed': { params: null; result: null };
  'fail/plain': { params: null; result: null };
  'fail/unsendable': { params: null; result: unknown };
  'wait/forever': { params: null; result: null };
  'wait/progress': { params: null; result: string };
}

describe('rpc: every request settles', () => {
  it('with its result', async () => {
    const { client } = pair();
    assert.equal(await client.request('sum/of', { numbers: [1, 2, 3] }), 6);
  });

  it('with the typed error and its cause', async () => {
    const { client } = pair();
    const error = await expectError(() => client.request('fail/typed', null), 'hook/unknown', 'no such hook');
    assert.deepEqual(error.data, { hook: 'x' });
    assert.ok(String(error.cause).includes('the reason'));
  });

  it('with internal/bug for anything else that was thrown', async () => {
    const { client } = pair();
    await expectError(() => client.request('fail/plain', null), 'internal/bug', 'plain');
  });

  it('with an error when the result cannot be sent', async () => {
    const { client } = pair();
    await expectError(() => client.request('fail/unsendable', null), 'internal/bug');
  });

  it('with request/unknown-method', async () => {
    const { client } = pair();
    const ask = client.request as (method: string, params: unknown) => Promise<unknown>;
    await expectError(() => ask('toString', null), 'request/unknown-method', 'toString');
  });

  it('with cancelled, and the handler hears of it', async () => {
    const { client, aborted } = pair();
    const controller = new AbortController();
    const waiting = client.request('wait/forever', null, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expectError(() => waiting, 'cancelled');
    assert.equal(await aborted, true);
  });

  it('with cancelled at once when the signal was aborted before', async () => {
    const { client } = pair();
    await expectError(
      () => client.request('wait/forever', null, { signal: AbortSignal.abort() }),
      'cancelled',
    );
  });

  it('with closed when the channel closes, and for every later request', async () => {
    const { client, close } = pair();
    const waiting = client.request('wait/forever', null);
    close('gone');
    await expectError(() => waiting, 'closed', 'gone');
    await expectError(() => client.request('sum/of', { numbers: [] }), 'closed');
  });

  it('with request/invalid when the parameters cannot be sent', async () => {
    const port: Port = {
      send: () => {
        throw new Error('cannot clone');
      },
      listen: () => () => {},
    };
    await expectError(() => connect<TestContract>(port).request('fail/plain', null), 'request/invalid');
  });
});

describe('rpc: what flows beside results', () => {
  it('progress reaches its own request only', async () => {
    const { client } = pair();
    const seen: number[] = [];
    const result = await client.request('wait/progress', null, { onProgress: ({ done }) => seen.push(done) });
    assert.equal(result, 'done');
    assert.deepEqual(seen, [1, 2]);
  });

  it('events reach listeners until they stop listening', async () => {
    const { client, server } = pair();
    const seen: unknown[] = [];
    const stop = client.on('view/didOpen', (payload) => seen.push(payload));
    server.emit('view/didOpen', { a: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    stop();
    server.emit('view/didOpen', { a: 2 });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(seen, [{ a: 1 }]);
  });

  it('frames that are no frames are ignored', async () => {
    const { client, near } = pair();
    for (const junk of [null, 7, 'x', {}, { t: 'nonsense' }]) near.send(junk);
    assert.equal(await client.request('sum/of', { numbers: [4] }), 4);
  });
});

function pair() {
  const { near, far, close } = memoryPorts();
  let heard: (value: boolean) => void = () => {};
  const aborted = new Promise<boolean>((resolve) => (heard = resolve));
  const server = serve<TestContract, { 'view/didOpen': { a: number } }>(far, {
    'sum/of': ({ numbers }) => numbers.reduce((sum, each) => sum + each, 0),
    'fail/typed': () => {
      throw new InterpError('hook/unknown', 'no such hook', {
        data: { hook: 'x' },
        cause: new Error('the reason'),
      });
    },
    'fail/plain': () => Promise.reject(new Error('plain')),
    'fail/unsendable': () => () => 1,
    'wait/forever': (_, { signal }) =>
      new Promise(() => signal.addEventListener('abort', () => heard(signal.aborted))),
    'wait/progress': (_, job) => {
      job.progress({ done: 1, total: 2, message: '' });
      job.progress({ done: 2, total: 2, message: '' });
      return 'done';
    },
  });
  return { client: connect<TestContract>(near), server, near, close, aborted };
}
