import assert from 'node:assert/strict';
import { InterpError } from '../../../../../src/core/errors.ts';
import { PartsJob } from '../../../../../webview-ui/src/debug/jobs.ts';

const PARTS = ['a', 'b', 'c'];

/** Answers part by part, until the one named, which waits for ever unless it is cancelled or fails. */
function until(stop: string, how: 'waits' | 'fails'): (part: string, signal: AbortSignal) => Promise<string> {
  return (part, signal) => {
    if (part !== stop) return Promise.resolve(part.toUpperCase());
    if (how === 'fails') return Promise.reject(new InterpError('engine/crashed', 'The engine ended.'));
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new InterpError('cancelled', 'Cancelled.')));
    });
  };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('a job in parts', () => {
  const plan = (): Promise<readonly string[]> => Promise.resolve(PARTS);

  it('fetches no more parts than asked for: what is left counts as cancelled', async () => {
    const job = new PartsJob<string, string>(() => undefined);
    await job.run(plan, until('none', 'waits'), { most: 2 });
    assert.deepEqual([job.status, job.done, job.parts.length], ['cancelled', ['A', 'B'], 3]);
    await job.run(plan, until('none', 'waits'), { most: 3 });
    assert.equal(job.status, 'ready');
  });

  it('gives its parts one after the other', async () => {
    const seen: number[] = [];
    const job = new PartsJob<string, string>(() => void seen.push(job.done.length));
    await job.run(plan, until('none', 'waits'));
    assert.deepEqual([job.status, job.done], ['ready', ['A', 'B', 'C']]);
    assert.deepEqual(seen, [0, 1, 2, 3, 3]);
  });

  it('keeps what it has when it is cancelled', async () => {
    const job = new PartsJob<string, string>(() => undefined);
    const running = job.run(plan, until('c', 'waits'));
    await settled();
    job.cancel();
    await running;
    assert.deepEqual([job.status, job.done, job.error], ['cancelled', ['A', 'B'], null]);
  });

  it('keeps what it has when it fails, and says why', async () => {
    const job = new PartsJob<string, string>(() => undefined);
    await job.run(plan, until('b', 'fails'));
    assert.deepEqual([job.status, job.done, job.error?.code], ['error', ['A'], 'engine/crashed']);
  });

  it('drops what an earlier run still brings', async () => {
    const job = new PartsJob<string, string>(() => undefined);
    const first = job.run(plan, until('b', 'waits'));
    await settled();
    await job.run(() => Promise.resolve(['x']), until('none', 'waits'));
    await first;
    assert.deepEqual([job.status, job.done], ['ready', ['X']]);
  });
});
