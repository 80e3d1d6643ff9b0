import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { alignTokens } from '../../../../src/core/tokens/align.ts';

const tokens = (text: string): { id: number }[] => [...text].map((letter) => ({ id: letter.charCodeAt(0) }));

describe('alignTokens', () => {
  const check = (left: string, right: string, expected: readonly (number | null)[]): void => {
    it(`${left} - ${right}`, () => assert.deepEqual(alignTokens(tokens(left), tokens(right)), expected));
  };
  check('', '', []);
  check('abc', 'abc', [0, 1, 2]);
  check('abc', 'axc', [0, 1, 2]);
  check('wMaJgJ', 'wJaMgM', [0, 1, 2, 3, 4, 5]);
  check('abc', '', [null, null, null]);
  check('ac', 'abc', [0, 2]);
  check('abc', 'ac', [0, null, 1]);
  check('axyb', 'apqrb', [0, null, null, 4]);
  check('axybmc', 'apqrbnc', [0, null, null, 4, 5, 6]);
  check('xyab', 'ab', [null, null, 0, 1]);
  check('aab', 'ab', [0, null, 1]);

  it('keeps the order, stays inside, and pairs equal prompts one to one', () => {
    const prompt = fc.array(fc.record({ id: fc.nat(3) }), { maxLength: 12 });
    fc.assert(
      fc.property(prompt, prompt, (left, right) => {
        const found = alignTokens(left, right).filter((other) => other !== null);
        assert.ok(found.every((other, index) => index === 0 || other > (found[index - 1] ?? -1)));
        assert.ok(found.every((other) => other >= 0 && other < right.length));
        assert.deepEqual(alignTokens(left, left), [...left.keys()]);
      }),
      { seed: 3 },
    );
  });
});
