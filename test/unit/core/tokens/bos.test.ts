import assert from 'node:assert/strict';
import { isInterpError } from '../../../../src/core/errors.ts';
import { withBos, type BosMode } from '../../../../src/core/tokens/bos.ts';

const BOS = { id: 9, text: '<|endoftext|>' };
const word = { id: 1, text: 'a', start: 0, end: 1 };
const own = { id: 9, text: '<|endoftext|>', start: 0, end: 13 };

describe('withBos', () => {
  const check = (
    mode: BosMode,
    modelBos: boolean,
    first: 'word' | 'own' | 'none',
    expected: number[],
  ): void => {
    it(`${mode}, model ${modelBos}, ${first}`, () => {
      const tokens = first === 'word' ? [word] : first === 'own' ? [own, word] : [];
      const result = withBos(tokens, { mode, modelBos, bos: BOS });
      assert.deepEqual(
        result.map((token) => token.id),
        expected,
      );
      if (result.length > tokens.length) assert.deepEqual(result[0], { ...BOS, start: 0, end: 0 });
    });
  };
  check('auto', true, 'word', [9, 1]);
  check('auto', true, 'own', [9, 1]);
  check('auto', true, 'none', [9]);
  check('auto', false, 'word', [1]);
  check('always', false, 'word', [9, 1]);
  check('always', true, 'own', [9, 9, 1]);
  check('never', true, 'word', [1]);
  check('never', true, 'none', []);

  it('cannot prepend what the tokenizer lacks', () => {
    assert.deepEqual(withBos([word], { mode: 'auto', modelBos: true, bos: null }), [word]);
    assert.throws(
      () => withBos([word], { mode: 'always', modelBos: true, bos: null }),
      (error) => isInterpError(error, 'tokenizer/malformed'),
    );
  });
});
