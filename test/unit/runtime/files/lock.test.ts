import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../src/runtime/clock.ts';
import { withLock } from '../../../../src/runtime/files/lock.ts';
import { expectError } from '../../../support/expectError.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';
import { testClock } from '../../../support/testClock.ts';

/** No process has this number: Linux and macOS stop far below. */
const NOBODY = 2 ** 30;
const signal = new AbortController().signal;

describe('locks', () => {
  it('lets one after another in', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'lock');
      const events: string[] = [];
      let told = (): void => {};
      const waits = new Promise<void>((resolve) => (told = resolve));
      const run = async (): Promise<void> => {
        events.push('in');
        // The first stays until the second waits.
        await waits;
        events.push('out');
      };
      const onWait = (): void => {
        events.push('waits');
        told();
      };
      const options = { clock: testClock(), signal, onWait };
      await Promise.all([withLock(path, options, run), withLock(path, options, run)]);
      assert.deepEqual(events, ['in', 'waits', 'out', 'in', 'out']);
      assert.equal(existsSync(path), false);
    }));

  const taken = (title: string, holder: string, isOld = false): void => {
    it(`takes over the lock of ${title}`, () =>
      withTemporaryFolder(async (folder) => {
        const path = join(folder, 'lock');
        await writeFile(path, holder);
        if (isOld) await utimes(path, new Date(0), new Date(0));
        const options = { clock: testClock(), signal, onWait: () => assert.fail('it waits') };
        const own = await withLock(path, options, () => readFile(path, 'utf8'));
        assert.notEqual(own, holder);
      }));
  };
  taken('a process that is gone', `${NOBODY} ${os.hostname()} x`);
  taken('an earlier process of this number', `${process.pid} ${os.hostname()} x`);
  taken('another machine that has not touched it for long', '1 elsewhere x', true);
  taken('nobody, made long ago', '', true);

  it('waits for a living process, until it is cancelled', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'lock');
      await writeFile(path, `${process.ppid} ${os.hostname()} x`);
      const stop = new AbortController();
      const options = { clock: systemClock, signal: stop.signal, onWait: () => stop.abort() };
      await expectError(() => withLock(path, options, () => assert.fail('it ran')), 'cancelled');
      assert.ok(existsSync(path));
    }));

  it('gives up after hours', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'lock');
      await writeFile(path, `${process.ppid} ${os.hostname()} x`);
      const clock = testClock();
      const hours = { ...clock, sleep: (_: number, given: AbortSignal) => clock.sleep(3_600_000, given) };
      const options = { clock: hours, signal, onWait: () => undefined };
      await expectError(() => withLock(path, options, () => assert.fail('it ran')), 'hub/busy');
    }));

  it('is given back after a failure', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'lock');
      const options = { clock: testClock(), signal, onWait: () => undefined };
      await assert.rejects(withLock(path, options, () => Promise.reject(new Error('no'))));
      assert.equal(existsSync(path), false);
    }));
});
