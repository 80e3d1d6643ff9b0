import assert from 'node:assert/strict';
import { parsePrompt } from '../../../../src/core/prompt/parsePrompt.ts';
import type { TextToken } from '../../../../src/core/tokens/token.ts';
import type { ModelInfo } from '../../../../src/protocol/engineContract.ts';
import { tokenProblems } from '../../../../src/host/editor/tokenProblems.ts';

const model = { n_ctx: 8, bos: true } as ModelInfo;

/** A word with the space before it is a token; a word without one is two. */
function encode(text: string): TextToken[] {
  return [...text.matchAll(/ ?\w+| /g)].flatMap(({ 0: word, index }) => {
    const end = index + word.length;
    if (word.startsWith(' ') || word.length === 1 || index > 0)
      return [{ id: 1, text: word, start: index, end }];
    return [
      { id: 2, text: word.slice(0, 1), start: index, end: index + 1 },
      { id: 3, text: word.slice(1), start: index + 1, end },
    ];
  });
}

describe('problems that only a distant tokenizer knows', () => {
  it('are the same as with the tokenizer at hand, each text asked for once', async () => {
    const asked: string[] = [];
    const file = parsePrompt('---\ntarget: Mary\ndistractor: [" John", Ann]\n---\nWhen we went ');
    const problems = await tokenProblems(file, model, (text) => {
      asked.push(text);
      return Promise.resolve(encode(text));
    });
    assert.deepEqual(
      problems.map(({ code, fix }) => [code, fix?.title]),
      [
        ['trailing-space', 'Remove the space'],
        ['not-one-token', 'Change to " Mary"'],
        ['not-one-token', 'Change to " Ann"'],
      ],
    );
    assert.equal(new Set(asked).size, asked.length);
  });

  it('reject with what the tokenizer rejects with', async () => {
    const lost = new Error('lost');
    const file = parsePrompt('Text');
    await assert.rejects(() => tokenProblems(file, model, () => Promise.reject(lost)), lost);
  });
});
