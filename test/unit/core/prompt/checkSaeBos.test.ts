import assert from 'node:assert/strict';
import { checkSaeBos } from '../../../../src/core/prompt/checkSaeBos.ts';
import { parsePrompt } from '../../../../src/core/prompt/parsePrompt.ts';
import { applyEdits } from '../../../../src/core/prompt/setFrontMatter.ts';

const WITH = { id: '6-res-jb', prepend_bos: true };
const WITHOUT = { id: '6-v5-32k', prepend_bos: false };

interface Expected {
  readonly severity: 'warning' | 'info';
  /** Text that is marked. */
  readonly at: string;
  readonly words: RegExp;
  /** The file after the fix; null = none is offered. */
  readonly fixed: string | null;
}

describe('BOS of the SAEs of a prompt', () => {
  const check = (
    name: string,
    text: string,
    { bos, saes }: Parameters<typeof checkSaeBos>[1],
    expected: Expected | null,
  ): void => {
    it(name, () => {
      const [found, other] = checkSaeBos(parsePrompt(text), { bos, saes });
      assert.equal(other, undefined);
      if (expected === null) return assert.equal(found, undefined);
      assert.ok(found);
      assert.equal(found.severity, expected.severity);
      assert.equal(text.slice(found.start, found.end), expected.at);
      assert.match(found.message, expected.words);
      const edits = found.fix?.edits;
      assert.equal(edits ? applyEdits(text, edits) : null, expected.fixed);
      if (edits) assert.deepEqual(checkSaeBos(parsePrompt(applyEdits(text, edits)), { bos, saes }), []);
    });
  };
  const named = '---\nsae: 6-v5-32k\n---\nthe';

  check('agrees', 'the', { bos: true, saes: [WITH] }, null);
  check('is no matter without SAEs', 'the', { bos: true, saes: [] }, null);
  check('is said by the prompt', '---\nbos: false\n---\nthe', { bos: true, saes: [WITHOUT] }, null);
  check(
    'is one too many',
    named,
    { bos: true, saes: [WITHOUT] },
    {
      severity: 'warning',
      at: '6-v5-32k',
      words: /^SAE 6-v5-32k was trained without BOS, and this prompt gets one\. `bos: false`/,
      fixed: '---\nsae: 6-v5-32k\nbos: false\n---\nthe',
    },
  );
  check(
    'is missing, by the card of the model, without front matter',
    'the',
    { bos: false, saes: [WITH, { ...WITH, id: '7-res-jb' }] },
    {
      severity: 'warning',
      at: 't',
      words: /^SAEs 6-res-jb, 7-res-jb were trained with BOS, and this prompt gets none\. `bos: true`/,
      fixed: '---\nbos: true\n---\nthe',
    },
  );
  check(
    'is chosen against them: a hint only',
    '---\nbos: true\n---\nthe',
    { bos: true, saes: [WITHOUT] },
    { severity: 'info', at: 'true', words: /`bos: false`/, fixed: '---\nbos: false\n---\nthe' },
  );
  check(
    'suits one of two SAEs only: there is nothing to fix',
    named,
    { bos: true, saes: [WITH, WITHOUT] },
    { severity: 'warning', at: '6-v5-32k', words: /^SAE 6-v5-32k was .* no `bos:` suits all/, fixed: null },
  );
  check('is written as text', '<|endoftext|>the', { bos: false, saes: [WITH] }, null);
  check(
    'is written as text, and one too many',
    '<|endoftext|>the',
    { bos: false, saes: [WITHOUT] },
    { severity: 'warning', at: '<', words: /Take the <\|endoftext\|> off the text\.$/, fixed: null },
  );
  check(
    'waits for front matter that can be read',
    '---\nbos: perhaps\n---\nthe',
    { bos: true, saes: [WITHOUT] },
    null,
  );
});
