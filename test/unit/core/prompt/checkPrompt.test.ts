import assert from 'node:assert/strict';
import { checkPrompt } from '../../../../src/core/prompt/checkPrompt.ts';
import { parsePrompt } from '../../../../src/core/prompt/parsePrompt.ts';
import { applyEdits } from '../../../../src/core/prompt/setFrontMatter.ts';
import { createTokenizer } from '../../../../src/core/tokens/tokenizer.ts';
import { tinyTokenizerFiles } from '../../../support/tinyTokenizer.ts';

const tokenizer = createTokenizer(tinyTokenizerFiles());

describe('checkPrompt', () => {
  /** Expected: `severity code "text of the range": part of the message`. */
  const check = (name: string, text: string, expected: readonly string[], fixed?: string): void => {
    it(name, () => {
      const file = parsePrompt(text);
      assert.deepEqual(file.problems, []);
      const found = checkPrompt(file, { encode: (part) => tokenizer.encode(part), n_ctx: 8, bos: true });
      const got = found.map(
        ({ severity, code, start, end }) => `${severity} ${code} ${JSON.stringify(text.slice(start, end))}`,
      );
      assert.deepEqual(got, expected);
      const edits = found.flatMap((problem) => problem.fix?.edits ?? []);
      assert.equal(edits.length > 0 ? applyEdits(text, edits) : undefined, fixed);
    });
  };
  const withKeys = (keys: string, body = 'the'): string => `---\n${keys}\n---\n${body}\n`;

  check('nothing to say', withKeys('target: " Mary"\ndistractor: [" John", " the"]'), []);
  check(
    'several tokens',
    withKeys('target: Mary # m'),
    ['warning not-one-token "Mary"'],
    withKeys('target: " Mary" # m'),
  );
  check(
    'one of a list',
    withKeys('distractor: [" John", "Mary "]'),
    ['warning not-one-token "\\"Mary \\""'],
    withKeys('distractor: [" John", " Mary"]'),
  );
  check('no single form', withKeys('target: " Zoe"'), ['warning not-one-token "\\" Zoe\\""']);
  check('empty target', withKeys('target: ""'), ['error not-one-token "\\"\\""']);
  check(
    'a token, but glued to the last word',
    withKeys('target: the', 'a b'),
    ['info no-leading-space "the"'],
    withKeys('target: " the"', 'a b'),
  );
  check('a token that continues', withKeys('target: the', 'a b:'), []);
  check(
    'trailing spaces',
    withKeys('seed: 1', 'to  '),
    ['warning trailing-space "  "'],
    withKeys('seed: 1', 'to'),
  );
  check('seven tokens and BOS', 'abcdefg', []);
  check('eight tokens and BOS', 'abcdefgh', ['error too-many-tokens "h"']);
  check('eight tokens without BOS', withKeys('bos: false', 'abcdefgh'), []);
  check('nine tokens without BOS', withKeys('bos: false', 'abcdefghijk'), ['error too-many-tokens "ijk"']);
  check('its own BOS', '<|endoftext|>abcdefg', []);
  check('its own BOS and one more', withKeys('bos: true', '<|endoftext|>abcdefg'), [
    'error too-many-tokens "g"',
  ]);
  check('far too long', 'x'.repeat(2000), [`error too-many-tokens "${'x'.repeat(2000)}"`]);
  check('empty with BOS', '', ['info empty-prompt ""']);
  check('empty without BOS', withKeys('bos: false', ''), ['error empty-prompt ""']);
  check('position in the prompt', withKeys('position: 1'), []);
  check('position outside', withKeys('position: 2'), ['error position "2"']);
  check('position by text', withKeys(`position: '@" Mary"#1'`, 'the Mary'), []);

  it('names the tokens of a target', () => {
    const file = parsePrompt(withKeys('target: Mary'));
    const [problem] = checkPrompt(file, { encode: (part) => tokenizer.encode(part), n_ctx: 8, bos: true });
    assert.equal(problem?.message, 'target "Mary" is 4 tokens: "M" + "a" + "r" + "y". " Mary" is one token.');
  });
});
