import assert from 'node:assert/strict';
import { isInterpError } from '../../../../src/core/errors.ts';
import {
  formatPosition,
  parsePosition,
  positionOf,
  resolvePosition,
} from '../../../../src/core/prompt/position.ts';

const TOKENS = ['<|endoftext|>', 'When', ' John', ' and', ' John', ' "q"'].map((text) => ({ text }));

describe('position', () => {
  describe('parse and resolve', () => {
    const check = (text: string, expected: readonly number[], written = text): void => {
      it(text, () => {
        const position = parsePosition(text);
        assert.ok(position);
        assert.equal(formatPosition(position), written);
        assert.deepEqual(resolvePosition(position, TOKENS), expected);
      });
    };
    check('@0', [0]);
    check('3', [3], '@3');
    check('@1..3', [1, 2, 3]);
    check('@last', [5]);
    check('last', [5], '@last');
    check('@*', [0, 1, 2, 3, 4, 5]);
    check('@" John"', [2], '@" John"#1');
    check('@" John"#2', [4]);
    check('@" \\"q\\""#1', [5]);
  });

  describe('not a position', () => {
    for (const text of [
      '',
      '@',
      '@-1',
      '@1..',
      '@3..1',
      '@first',
      '@lastly',
      '@""',
      '@"a',
      '@"a"#0',
      '@"\\x"',
      '@7 ',
      '1e3',
    ])
      it(JSON.stringify(text), () => assert.equal(parsePosition(text), null));
  });

  describe('out of range', () => {
    for (const text of ['@6', '@2..6', '@" John"#3', '@"x"'])
      it(text, () => {
        const position = parsePosition(text);
        assert.ok(position);
        assert.throws(
          () => resolvePosition(position, TOKENS),
          (error) => isInterpError(error, 'position/out-of-range') && error.message.startsWith('@'),
        );
      });
    it('no tokens', () => assert.throws(() => resolvePosition({ kind: 'last' }, []), /no tokens/));
  });

  it('writes the form that survives edits, and finds the token again', () => {
    for (const index of TOKENS.keys())
      assert.deepEqual(resolvePosition(positionOf(TOKENS, index), TOKENS), [index]);
    assert.equal(formatPosition(positionOf(TOKENS, 4)), '@" John"#2');
  });
});
