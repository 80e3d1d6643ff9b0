import assert from 'node:assert/strict';
import { Arena } from '../../../../src/core/records/arena.ts';

describe('arena of records', () => {
  it('gives back what was stored, and uses freed places again', () => {
    const arena = new Arena(64);
    const first = arena.store(Float32Array.of(1, 2, 3));
    const second = arena.store(Float32Array.of(4, 5));
    assert.deepEqual([...arena.read(first, 3)], [1, 2, 3]);
    arena.release(first, 3);
    assert.equal(arena.store(Float32Array.of(6, 7, 8, 9)), first);
    assert.deepEqual([...arena.read(second, 2)], [4, 5]);
  });

  it('blocks never straddle chunks', () => {
    const arena = new Arena(64);
    const block = new Float32Array(700_000);
    const places = [1, 2, 3].map((value) => arena.store(block.fill(value)));
    assert.deepEqual(
      places.map((place) => arena.read(place, 700_000).every((value) => value === arena.read(place, 1)[0])),
      [true, true, true],
    );
    assert.equal(arena.bytes, 3 * 4 * 2 ** 20);
  });

  it('is the same after it was stored and restored', () => {
    const arena = new Arena(8);
    const [a, b] = [arena.store(Float32Array.of(1)), arena.store(Float32Array.of(2))];
    arena.release(a, 1);
    const again = new Arena(8);
    again.restore(arena.state());
    assert.deepEqual([...again.read(b, 1)], [2]);
    assert.equal(again.store(Float32Array.of(3)), arena.store(Float32Array.of(3)));
  });
});
