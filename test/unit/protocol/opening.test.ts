import assert from 'node:assert/strict';
import { readOpening, writeOpening } from '../../../src/protocol/opening.ts';

describe('what a page starts with, as text of its HTML', () => {
  const check = (title: string, opening: unknown): void => {
    it(`is read back: ${title}`, () => assert.deepEqual(readOpening(writeOpening(opening)), opening));
  };
  check('names and numbers', { unit: 'L3N18', list: [1, -0.5, null, true], nested: { text: 'é\u2028"\\' } });
  check('numbers of a unit, bit for bit', {
    activations: Float32Array.of(0.1, -0, NaN, Infinity, 3e38),
    pairs: null,
  });
  check('a part of a longer array', { part: Float32Array.of(1, 2, 3, 4).subarray(1, 3) });
  check('no numbers at all', { activations: new Float32Array(0) });
  check('text that is HTML', ['</script><script>alert(1)</script>', '<!-- <script', ']]>']);

  it('holds nothing that ends its element', () => {
    assert.doesNotMatch(writeOpening({ text: '</script> <!-- <script>' }), /</u);
  });
});
