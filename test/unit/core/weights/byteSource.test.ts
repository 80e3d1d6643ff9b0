import assert from 'node:assert/strict';
import { memorySource } from '../../../../src/core/weights/byteSource.ts';
import { expectError } from '../../../support/expectError.ts';

describe('memorySource', () => {
  const source = memorySource('m', Uint8Array.of(1, 2, 3, 4));

  it('reads ranges', async () => {
    assert.deepEqual([...(await source.read(1, 2))], [2, 3]);
    assert.equal((await source.read(4, 0)).length, 0);
  });

  it('refuses ranges that leave it', async () => {
    for (const [offset, length] of [
      [0, 5],
      [4, 1],
      [-1, 1],
      [0.5, 1],
      [0, -1],
      [2 ** 60, 1],
    ] as const) {
      await expectError(() => source.read(offset, length), 'file/unreadable', 'm: cannot read', 'has 4');
    }
  });
});
