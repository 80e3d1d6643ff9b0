import assert from 'node:assert/strict';
import { sizeText, timeText } from '../../../../src/core/hub/amounts.ts';
import { rateMeter, type Rate } from '../../../../src/runtime/hub/rate.ts';
import { testClock } from '../../../support/testClock.ts';

const signal = new AbortController().signal;

describe('progress of downloads', () => {
  it('tells rate and time left, without what was here before', async () => {
    const clock = testClock();
    const told: Rate[] = [];
    const meter = rateMeter(clock, 10_000, (rate) => told.push(rate));
    meter(5000);
    for (const done of [5500, 6000, 6500]) {
      await clock.sleep(500, signal);
      meter(done);
    }
    assert.deepEqual(told[0], { done: 5000, total: 10_000, bytesPerSecond: null, secondsLeft: null });
    assert.deepEqual(told.at(-1), { done: 6500, total: 10_000, bytesPerSecond: 1000, secondsLeft: 3.5 });
  });

  it('is not told too often, but its end always', async () => {
    const clock = testClock();
    let count = 0;
    const meter = rateMeter(clock, 100, () => count++);
    for (let done = 1; done <= 100; done++) meter(done);
    assert.equal(count, 2);
  });

  it('begins anew when a file does', async () => {
    const clock = testClock();
    let last: Rate | null = null;
    const meter = rateMeter(clock, 1000, (rate) => (last = rate));
    meter(500);
    await clock.sleep(1000, signal);
    meter(0);
    await clock.sleep(1000, signal);
    meter(100);
    assert.deepEqual(last, { done: 100, total: 1000, bytesPerSecond: 100, secondsLeft: 9 });
  });

  const size = (bytes: number, expected: string): void => {
    it(`${bytes} bytes`, () => assert.equal(sizeText(bytes), expected));
  };
  size(0, '0 B');
  size(999, '999 B');
  size(1000, '1.0 kB');
  size(548_105_171, '548.1 MB');
  size(6_431_829_964, '6.4 GB');
  const time = (seconds: number, expected: string): void => {
    it(`${seconds} s`, () => assert.equal(timeText(seconds), expected));
  };
  time(0.2, '1 s');
  time(59, '59 s');
  time(90, '2 min');
  time(3600, '1 h');
  time(4800, '1 h 20 min');
});
