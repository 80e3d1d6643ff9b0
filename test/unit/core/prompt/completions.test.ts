import assert from 'node:assert/strict';
import fc from 'fast-check';
import { completionsAt, keyAt } from '../../../../src/core/prompt/completions.ts';
import { KEY_NAMES } from '../../../../src/core/prompt/keys.ts';
import { parsePrompt } from '../../../../src/core/prompt/parsePrompt.ts';
import { applyEdits } from '../../../../src/core/prompt/setFrontMatter.ts';
import { anyPromptFile } from './anyPromptFile.ts';

const KNOWN = { models: ['underglass-tiny', 'my gpt2: x'], saes: ['3-res', '3-mlp'] };

describe('completionsAt', () => {
  /** `|` marks the cursor; `after` is the text after the first completion is taken. */
  const check = (marked: string, labels: readonly string[], after?: string): void => {
    it(JSON.stringify(marked), () => {
      const offset = marked.indexOf('|');
      const text = marked.replace('|', '');
      const found = completionsAt(parsePrompt(text), offset, KNOWN);
      assert.deepEqual(
        found.map((completion) => completion.label),
        labels,
      );
      const first = found[0];
      assert.equal(first ? applyEdits(text, [first.edit]) : undefined, after);
    });
  };
  const without = (...keys: string[]): string[] => KEY_NAMES.filter((key) => !keys.includes(key));

  check('---\n|\n---\na', without(), '---\nmodel: \n---\na');
  check('---\nbos: true\nta|\n---\na', without('bos'), '---\nbos: true\nmodel: \n---\na');
  check(
    '---\ntarget:\nseed: many\nta|\n---\na',
    without('target', 'seed'),
    '---\ntarget:\nseed: many\nmodel: \n---\na',
  );
  check('---\nmo|del: x\n---\na', without(), '---\nmodel: x\n---\na');
  check('---\nbos: |\n---\na', ['auto', 'true', 'false'], '---\nbos: auto\n---\na');
  check('---\nscalar: lo|\n---\na', ['logit_diff', 'logit', 'log_prob'], '---\nscalar: logit_diff\n---\na');
  check('---\nmodel: |\n---\na', ['underglass-tiny', '"my gpt2: x"'], '---\nmodel: underglass-tiny\n---\na');
  check('---\nsae: [3-res, |]\n---\na', ['"3-res"', '"3-mlp"'], '---\nsae: [3-res, "3-res"]\n---\na');
  check('---\nseed: |\n---\na', []);
  check('---\nzzz: |\n---\na', []);
  check('---\nablate:\n  - |\n---\na', ['L0H0', 'L0N0', 'E', 'ln_final'], '---\nablate:\n  - L0H0\n---\na');
  check('---\nbos: true\n---\nta|', []);
  check('---\nbos: true\n---|\na', []);
  check('|', ['--- front matter ---'], '---\ntarget: " "\n---\n');
  check('--|', ['--- front matter ---'], '---\ntarget: " "\n---\n');
  check('|\r\ntext', ['--- front matter ---'], '---\r\ntarget: " "\r\n---\r\ntext');
  check('Some| text', []);

  it('never throws, and its edits lie in the text', () => {
    fc.assert(
      fc.property(anyPromptFile(), fc.nat(400), (text, at) => {
        const offset = Math.min(at, text.length);
        for (const { edit } of completionsAt(parsePrompt(text), offset, KNOWN)) {
          assert.ok(0 <= edit.start && edit.start <= offset && offset <= edit.end && edit.end <= text.length);
        }
      }),
      { numRuns: 500, seed: 4 },
    );
  });
});

describe('keyAt', () => {
  const file = parsePrompt('---\nbos: nope\n---\nbos');
  const check = (offset: number, expected: string | null): void => {
    it(String(offset), () => assert.equal(keyAt(file, offset)?.name ?? null, expected));
  };
  check(3, null);
  check(4, 'bos');
  check(6, 'bos');
  check(7, null);
  check(19, null);
});
