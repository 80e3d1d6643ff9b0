import assert from 'node:assert/strict';
import { systemClock } from '../../../src/runtime/clock.ts';
import { expectError } from '../../support/expectError.ts';

describe('system clock', () => {
  it('sleeps, and wakes when it is cancelled', async () => {
    await systemClock.sleep(0, new AbortController().signal);
    const stop = new AbortController();
    const asleep = systemClock.sleep(1e6, stop.signal);
    stop.abort();
    await expectError(() => asleep, 'cancelled');
    await expectError(() => systemClock.sleep(0, stop.signal), 'cancelled');
  });

  it('runs what comes after, unless it is taken back', async () => {
    const ran: string[] = [];
    systemClock.after(0, () => ran.push('taken back'))();
    await new Promise<void>((resolve) => systemClock.after(0, resolve));
    assert.deepEqual(ran, []);
  });
});
