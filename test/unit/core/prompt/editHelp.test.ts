import assert from 'node:assert/strict';
import { checkPrompt } from '../../../../src/core/prompt/checkPrompt.ts';
import { completionsAt, editAt } from '../../../../src/core/prompt/completions.ts';
import { describeEdit, editCompletions } from '../../../../src/core/prompt/editHelp.ts';
import { parseEdit } from '../../../../src/core/prompt/edits.ts';
import { parsePrompt } from '../../../../src/core/prompt/parsePrompt.ts';

describe('describeEdit', () => {
  const check = (text: string, ...words: string[]): void => {
    it(text, () => {
      const said = describeEdit(parseEdit(text));
      for (const word of words) assert.ok(said.includes(word), said);
    });
  };
  check(
    'L3H1@last zero',
    'Sets what head 1 of layer 3 writes at the last token to 0.',
    'blocks.3.attn.hook_z',
  );
  check(
    'L3H1@12->4 x 2',
    'Multiplies the attention of head 1 of layer 3 from token 12 to token 4 by 2',
    'hook_pattern',
  );
  check('off L3H1@* freeze', 'Holds the attention', 'every token to every token before', 'Switched off');
  check('3-res/7@2..4 add 3', 'Adds 3 to latent 7 of SAE 3-res (its error term is kept) at tokens 2 to 4');
  check('L5N1@" John"#2 mean', 'neuron 1 of layer 5 at token `" John"` no. 2', 'reference');
  check('E@last add 2 f#v@blocks.3.hook_resid_post', '`v` of `f`', 'blocks.3.hook_resid_post');
  check('ln_final@* from corrupted', 'scale of the final LayerNorm', 'corrupted');
});

describe('editCompletions', () => {
  const names = {
    n_layers: 2,
    n_heads: 3,
    saes: ['1-res'],
    tokens: [{ text: 'a' }, { text: ' b' }, { text: 'a' }],
  };
  const check = (before: string, start: number, ...texts: string[]): void => {
    it(JSON.stringify(before), () => {
      const found = editCompletions(before, names);
      assert.equal(found.start, start);
      for (const text of texts)
        assert.ok(
          found.items.some((item) => item.text === text),
          text,
        );
    });
  };
  check('', 0, 'L1H0', 'L0N0', '1-res/0', 'E', 'ln_final');
  check('off L1', 4, 'L1H2', 'L1.resid_post', 'L1.ln1');
  check('L1H2.', 0, 'L1H2.pattern');
  check('L1H2@', 5, 'last', '*', '"a"#2', '" b"#1');
  check('L1H2@12->', 9, 'last', '"a"#1');
  check('L1H2@last ', 10, 'zero', 'from corrupted', 'freeze');
  check('L1H2@" b"#1 fro', 12, 'from corrupted');

  const kinds = (before: string, ...expected: string[]): void => {
    it(`${before}: only ${expected.join(', ')}`, () =>
      assert.deepEqual(
        editCompletions(before, names).items.map(({ text }) => text),
        expected,
      ));
  };
  kinds('ln_final@* ', 'from corrupted', 'freeze');
  kinds('1-res/error@last ', 'zero', 'x 0.5');
  kinds('L1H2@3->1 ', 'zero', 'set 1', 'x 0.5', 'from corrupted', 'freeze');
});

describe('ablate in the file', () => {
  const at = (text: string): string[] => {
    const offset = text.indexOf('|');
    const file = parsePrompt(text.replace('|', ''));
    return completionsAt(file, offset).map(({ label, edit }) => `${text.slice(edit.start, offset)}>${label}`);
  };
  it('completes items of both kinds of list', () => {
    assert.ok(at('---\nablate:\n  - L1H1@la|\n---\na').includes('la>last'));
    assert.ok(at('---\nablate: [L1H1@1 zero, L1H1@2 z|]\n---\na').includes('z>zero'));
    assert.ok(at('---\nablate: L1H1@2 |\n---\na').includes('>freeze'));
    assert.ok(!at('---\nablate: []\nposition: |\n---\na').includes('>freeze'));
  });
  it('has a hover at each edit', () => {
    const text = '---\nablate: [L1H1@1 zero, nonsense]\n---\na';
    const file = parsePrompt(text);
    assert.match(editAt(file, text.indexOf('H1'))?.documentation ?? '', /head 1 of layer 1/);
    assert.equal(editAt(file, text.indexOf('nonsense')), null);
  });
  it('says which tokens the prompt has not', () => {
    const file = parsePrompt('---\nablate: [L1H1@1 zero, L1H1@1->7 zero, off L1H1@9 zero]\n---\nab');
    const encode = (text: string) =>
      [...text].map((letter, start) => ({ id: 1, text: letter, start, end: start + 1 }));
    const problems = checkPrompt(file, { encode, n_ctx: 8, bos: false });
    assert.deepEqual(
      problems.map(({ message, start, end }) => [file.text.slice(start, end), message]),
      [['L1H1@1->7 zero', "@7: the prompt's tokens are 0 to 1."]],
    );
  });
});
