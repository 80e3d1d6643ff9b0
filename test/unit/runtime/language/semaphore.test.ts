import assert from 'node:assert/strict';
import { expectError } from '../../../support/expectError.ts';
import { createSemaphore } from '../../../../src/runtime/language/semaphore.ts';

const SIGNAL = new AbortController().signal;

describe('semaphore', () => {
  it('runs jobs in order, so many at once, and goes on after one that fails', async () => {
    const semaphore = createSemaphore(2);
    const log: string[] = [];
    let running = 0;
    let most = 0;
    const job = (name: string) => async (): Promise<void> => {
      most = Math.max(most, ++running);
      log.push(name);
      await Promise.resolve();
      running--;
      if (name === 'b') throw new Error('b failed');
    };
    const all = ['a', 'b', 'c', 'd', 'e'].map(async (name) => semaphore.run(SIGNAL, job(name)));
    const settled = await Promise.allSettled(all);
    assert.deepEqual(
      settled.map(({ status }) => status[0]),
      ['f', 'r', 'f', 'f', 'f'],
    );
    assert.deepEqual([log.join(''), most], ['abcde', 2]);
  });

  it('lets go who is cancelled while waiting, and keeps the place of nobody', async () => {
    const semaphore = createSemaphore(1);
    const stop = new AbortController();
    let release = (): void => {};
    const first = semaphore.run(SIGNAL, async () => new Promise<void>((resolve) => (release = resolve)));
    const gone = semaphore.run(stop.signal, async () => assert.fail('ran although it was cancelled'));
    const last = semaphore.run(SIGNAL, async () => 'ran');
    stop.abort();
    await expectError(() => gone, 'cancelled');
    release();
    await first;
    assert.equal(await last, 'ran');
    await expectError(() => semaphore.run(stop.signal, async () => 'x'), 'cancelled');
  });
});
