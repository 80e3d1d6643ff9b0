import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a slow machine may take to get there. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 25;

/**
 * Reads again and again until the check passes: what a person sees after an action comes with a later redraw.
 * @returns what passed. @throws what the check, or the reading, last complained of, after 15 s.
 */
export async function eventually<T>(read: () => T | Promise<T>, check: (value: T) => void): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const value = await read();
      check(value);
      return value;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await delay(PAUSE_MS);
  }
}

/** Whether an action is done, or something that is waited for comes, before it fails. */
export async function succeeds(action: Promise<unknown>): Promise<boolean> {
  return action.then(
    () => true,
    () => false,
  );
}

/** Waits until what is read equals `expected`, deeply. @throws the last difference */
export async function eventuallyEqual<T>(
  read: () => T | Promise<T>,
  expected: NoInfer<T>,
  message?: string,
): Promise<void> {
  await eventually(read, (value) => assert.deepEqual(value, expected, message));
}
