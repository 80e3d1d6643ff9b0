import assert from 'node:assert/strict';
import { InterpError } from '../../../../../src/core/errors.ts';
import { Resource } from '../../../../../webview-ui/src/controls/resource.ts';

interface Asked {
  readonly resource: Resource<string>;
  readonly requests: {
    readonly key: string;
    readonly signal: AbortSignal;
    readonly resolve: (value: string) => void;
    readonly reject: (error: unknown) => void;
  }[];
  ask(key: string): void;
  changes: number;
}

function setUp(): Asked {
  const asked: Asked = {
    resource: new Resource<string>(() => void asked.changes++),
    requests: [],
    ask: (key) =>
      asked.resource.load(
        key,
        (signal) =>
          new Promise((resolve, reject) => void asked.requests.push({ key, signal, resolve, reject })),
      ),
    changes: 0,
  };
  return asked;
}

/** Lets promises that are settled by now be heard. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a resource', () => {
  it('asks once per key', () => {
    const asked = setUp();
    asked.ask('a');
    asked.ask('a');
    assert.equal(asked.requests.length, 1);
    assert.equal(asked.resource.reading.status, 'loading');
  });

  it('keeps the last value while a newer one loads', async () => {
    const asked = setUp();
    asked.ask('a');
    asked.requests[0]?.resolve('A');
    await settle();
    asked.ask('b');
    assert.deepEqual(asked.resource.reading, { status: 'loading', key: 'a', value: 'A', error: null });
  });

  it('drops a late result and cancels its request', async () => {
    const asked = setUp();
    asked.ask('a');
    asked.ask('b');
    assert.equal(asked.requests[0]?.signal.aborted, true);
    asked.requests[1]?.resolve('B');
    await settle();
    asked.requests[0]?.resolve('A');
    await settle();
    assert.deepEqual(asked.resource.reading, { status: 'ready', key: 'b', value: 'B', error: null });
  });

  it('drops a late error', async () => {
    const asked = setUp();
    asked.ask('a');
    asked.ask('b');
    asked.requests[0]?.reject(new InterpError('cancelled', 'late'));
    asked.requests[1]?.resolve('B');
    await settle();
    assert.equal(asked.resource.reading.status, 'ready');
  });

  it('shows an error beside the last value and asks again on retry', async () => {
    const asked = setUp();
    asked.ask('a');
    asked.requests[0]?.resolve('A');
    await settle();
    asked.ask('b');
    asked.requests[1]?.reject(new InterpError('engine/hung', 'too slow'));
    await settle();
    assert.equal(asked.resource.reading.status, 'error');
    assert.equal(asked.resource.reading.value, 'A');
    assert.equal(asked.resource.reading.error?.code, 'engine/hung');
    asked.resource.retry();
    asked.requests[2]?.resolve('B');
    await settle();
    assert.deepEqual(asked.resource.reading, { status: 'ready', key: 'b', value: 'B', error: null });
  });

  it('forgets everything on reset, and what was under way never arrives', async () => {
    const asked = setUp();
    asked.ask('a');
    asked.resource.reset();
    asked.requests[0]?.resolve('A');
    await settle();
    assert.deepEqual(asked.resource.reading, { status: 'idle', key: null, value: null, error: null });
    asked.ask('a');
    assert.equal(asked.requests.length, 2);
  });
});
