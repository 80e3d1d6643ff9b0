import assert from 'node:assert/strict';
import {
  attendedFrom,
  attendedTo,
  reachOf,
  thumbnail,
} from '../../../../../webview-ui/src/debug/attentionData.ts';

const LAYER = {
  layer: 0,
  heads: 1,
  size: 3,
  pattern: Float32Array.of(1, 0, 0, 0.25, 0.75, 0, 0.5, 0.125, 0.375),
  written: Float32Array.of(2, 0, 0, 1, 3, 0, 4, 1, 0),
};

describe('attention of a layer', () => {
  it('ranks what is attended to and from, without what the mask forbids', () => {
    assert.deepEqual(attendedTo(LAYER, 'pattern', 0, 1, 5), [
      { position: 1, weight: 0.75 },
      { position: 0, weight: 0.25 },
    ]);
    assert.deepEqual(
      attendedFrom(LAYER, 'written', 0, 0, 2).map(({ position }) => position),
      [2, 0],
    );
  });

  it('reaches 1 by probability and the largest norm by what is written', () => {
    assert.equal(reachOf([LAYER, null], 'pattern'), 1);
    assert.equal(reachOf([null, LAYER], 'written'), 4);
  });

  it('shrinks a map by the largest weight of each step', () => {
    assert.deepEqual([...thumbnail(LAYER, 'pattern', 0, 3)], [...LAYER.pattern]);
    assert.deepEqual([...thumbnail(LAYER, 'pattern', 0, 2)], [1, 0, 0.5, 0.375]);
  });
});
