import assert from 'node:assert/strict';
import { GPT2_SMALL } from '../../../../src/core/verify/facts/gpt2Small.ts';
import { factResult, type NotMeasured } from '../../../../src/core/verify/factText.ts';

const OF = { ...GPT2_SMALL, tokenText: (id: number): string => (id === 1936 ? ' five' : ' six') };

describe('a fact beside what was measured', () => {
  const check = (
    kind: string,
    found: number | NotMeasured,
    expected: readonly [what: string, published: string, measured: string, ok: boolean | null],
  ): void => {
    const fact = GPT2_SMALL.facts.find(({ reading }) => reading.kind === kind) ?? assert.fail(kind);
    const { what, published, measured, ok } = factResult(fact, found, OF);
    assert.deepEqual([what, published, measured, ok], expected);
  };

  it('holds within its tolerance, and shows one digit more than that', () => {
    const loss = 'loss of "Hello world!" with BOS';
    check('loss', 5.33189, [loss, '5.331856', '5.331890', true]);
    check('loss', 5.3319, [loss, '5.331856', '5.331900', false]);
    check('next-logit', -69.4955, ['its logit', '-69.4948', '-69.4955', true]);
    check('logit-diff', 3.3379, ['logit diff Mary - John', '3.3367', '3.3379', false]);
    check('mean-logit-diff', 3.5519, ['mean logit diff of 8 prompts', '3.5519', '3.5519', true]);
    check('head-attribution', 2.9801, ['L9H9 direct attribution', '2.9850', '2.9801', true]);
    check('head-score', 0.912, ['L5H1 induction score', '0.931', '0.912', true]);
    check('head-score', 0.91, ['L5H1 induction score', '0.931', '0.910', false]);
  });

  it('shows a token with its text', () => {
    const what = 'next token of "One two three four" without BOS';
    check('next-token', 1936, [what, '1936', '1936 " five"', true]);
    check('next-token', 2237, [what, '1936', '2237 " six"', false]);
  });

  it('that is NaN differs, one without memory is left open, one that makes no sense differs', () => {
    check('next-logit', Number.NaN, ['its logit', '-69.4948', 'NaN', false]);
    const [what, published] = ['L9H9 direct attribution', '2.9850'];
    check('head-attribution', { why: 'too large', here: true }, [
      what,
      published,
      'not measured: too large',
      null,
    ]);
    check('head-attribution', { why: 'odd', here: false }, [what, published, 'not measured: odd', false]);
  });
});
