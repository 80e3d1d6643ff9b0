import assert from 'node:assert/strict';
import { isInterpError } from '../../../../../src/core/errors.ts';
import type { ExplainedRecord } from '../../../../../src/core/explain/parts.ts';
import { summaryExplainer } from '../../../../../src/core/explain/words/summary.ts';
import { wordsSimulator } from '../../../../../src/core/explain/words/wordsSimulator.ts';
import { inputOf, windowOf } from '../support.ts';

const TEXTS = [
  'Anna went to the shop. She had 12 apples and she sold 3 pears. Her son ate $ 4 worth.',
  'Tom went to the lake. He saw 15 birds and he fed 7 of them. His boat cost $ 30 a day.',
  'Mary said, "you can go" and Tom said, "we will stay here" in a low voice. It was May 5.',
  'Paul said, "they sing well" and Emma said, "so do you" with a smile. It was June 21.',
  'The cat (a black one) sat on the mat, and the dog (old and slow) lay by the door.',
  'A bird [small and blue] sang in a tree, while the children (all of them) slept.',
  'After the rain Anna walked home. She found 2 coins on the road. The sun came out.',
  'After the war Paul moved to Rome. He built 8 houses there. The city grew fast.',
];

type Activation = (tokens: readonly string[], position: number) => number;
const is =
  (...texts: string[]): Activation =>
  (tokens, position) =>
    texts.includes(tokens[position] ?? '') ? 3 : 0;

function records(activation: Activation): ExplainedRecord[] {
  return TEXTS.map((text, sequence) => windowOf(text, activation, { sequence }));
}

describe('summary in plain words', () => {
  const check = (title: string, activation: Activation, expected: string): void => {
    it(`${title}: ${expected}`, async () => {
      const all = records(activation);
      const input = inputOf(all.slice(0, 6), { contrast: all.slice(6) });
      const [first] = await summaryExplainer.explain(input);
      assert.equal(first?.words, expected);
      const { values } = await wordsSimulator.simulate({
        ...input,
        explained: { words: expected, pattern: null },
        record: all[7] as ExplainedRecord,
      });
      assert.deepEqual(
        Array.from(values ?? [], (value) => value > 0),
        Array.from(all[7]?.activations ?? [], (value) => value > 0),
      );
    });
  };
  check('one token', is(' the'), 'fires on " the"');
  check('a kind of token', (tokens, at) => (/\d/.test(tokens[at] ?? '') ? 2 : 0), 'fires on digits');
  check('sentence ends', is('.'), 'fires on "."');
  check(
    'a kind of token after a token',
    (tokens, at) => (/\d/.test(tokens[at] ?? '') && tokens[at - 1] === ' $' ? 2 : 0),
    'fires on any token right after " $"',
  );
  check(
    'a surrounding',
    (tokens, at) => {
      const marks = tokens.slice(0, at).filter((token) => token.endsWith('"')).length;
      return marks % 2 === 1 && !tokens[at]?.endsWith('"') ? 1 : 0;
    },
    'fires on any token inside quotes',
  );

  it('tells the weaker tokens as weaker', async () => {
    const all = records((tokens, at) => (tokens[at] === ' the' ? 4 : /^ \d/.test(tokens[at] ?? '') ? 2 : 0));
    const [first] = await summaryExplainer.explain(inputOf(all));
    assert.equal(first?.words, 'fires on " the"; less on digits');
  });

  it('gives several candidates', async () => {
    const candidates = await summaryExplainer.explain(inputOf(records(is(' the', ' a'))));
    assert.ok(candidates.length > 1 && candidates.length <= 4);
    assert.equal(new Set(candidates.map(({ words }) => words)).size, candidates.length);
    assert.ok(candidates.every(({ pattern }) => pattern === null));
  });

  it('has nothing to say of a silent unit', async () => {
    await assert.rejects(summaryExplainer.explain(inputOf(records(() => 0))), (error) =>
      isInterpError(error, 'explain/nothing-found'),
    );
  });
});
