import assert from 'node:assert/strict';
import { automaticThreads, linuxCores } from '../../../src/runtime/cores.ts';

describe('automaticThreads', () => {
  const check = (logical: number, physical: number | null, expected: number): unknown =>
    it(`${logical} threads on ${physical ?? 'unknown'} cores: ${expected}`, () =>
      assert.equal(automaticThreads({ logical, physical }), expected));
  check(8, 4, 4);
  check(2, 2, 2);
  check(1, 4, 1); // bound to one processor
  check(6, null, 6);
  check(64, 32, 8);

  it('is at least one on this machine', () => assert.ok(automaticThreads() >= 1));
});

describe('linuxCores', () => {
  const siblings =
    (...lists: string[]) =>
    (path: string) => {
      const list = lists[Number(/cpu(\d+)\/topology/.exec(path)?.[1])];
      if (list === undefined) throw new Error('no such file');
      return `${list}\n`;
    };
  it('counts threads of one core once', () =>
    assert.equal(linuxCores(4, siblings('0,2', '1,3', '0,2', '1,3')), 2));
  it('counts cores of one thread each', () => assert.equal(linuxCores(2, siblings('0', '1')), 2));
  it('does not guess when the system does not tell', () =>
    assert.equal(linuxCores(4, siblings('0-1')), null));
});
