import assert from 'node:assert/strict';
import { cancelled, InterpError } from '../../../../src/core/errors.ts';
import { shared } from '../../../../src/engine/debug/shared.ts';
import { expectError } from '../../../support/expectError.ts';

const { signal } = new AbortController();

describe('shared computations', () => {
  it('are made once for the same key, and the last ones are kept', async () => {
    const held = new Map<string, Promise<number>>();
    let made = 0;
    const ask = (key: string): Promise<number> =>
      shared(held, key, () => Promise.resolve(++made), { most: 2, signal });
    assert.deepEqual(await Promise.all([ask('a'), ask('a')]), [1, 1]);
    assert.equal(await ask('b'), 2);
    assert.equal(await ask('a'), 1);
    assert.equal(await ask('c'), 3);
    assert.equal(await ask('a'), 1, 'used last');
    assert.equal(await ask('b'), 4, 'had to go');
  });

  it('are started again for another asker when the first one cancels', async () => {
    const held = new Map<string, Promise<string>>();
    let cancel: () => void = () => {};
    const pending = new Promise<string>((_, reject) => (cancel = () => reject(cancelled())));
    const first = shared(held, 'a', () => pending, { most: 2, signal });
    const second = shared(held, 'a', () => Promise.resolve('again'), { most: 2, signal });
    cancel();
    await expectError(() => first, 'cancelled');
    assert.equal(await second, 'again');
  });

  it('that fail are not kept, and fail for all', async () => {
    const held = new Map<string, Promise<string>>();
    const fail = (): Promise<string> => Promise.reject(new InterpError('prompt/empty', 'nothing'));
    const asked = [0, 1].map(() => shared(held, 'a', fail, { most: 2, signal }));
    for (const each of asked) await expectError(() => each, 'prompt/empty');
    assert.equal(await shared(held, 'a', () => Promise.resolve('ok'), { most: 2, signal }), 'ok');
  });
});
