import assert from 'node:assert/strict';
import { discard } from '../../../../src/runtime/ort/discard.ts';

describe('discard', () => {
  it('leaves an array without numbers, and every other view of its memory', () => {
    const array = new Float32Array(8);
    const part = array.subarray(2, 4);
    discard(array);
    assert.deepEqual([array.length, part.length, array.buffer.byteLength], [0, 0, 0]);
  });

  it('passes over memory that is shared or already gone', () => {
    const shared = new Float32Array(new SharedArrayBuffer(8));
    discard(shared);
    assert.equal(shared.length, 2);
    const gone = new Float32Array(2);
    discard(gone);
    discard(gone);
    assert.equal(gone.length, 0);
  });
});
