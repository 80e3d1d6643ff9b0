import assert from 'node:assert/strict';
import { checkGolden } from '../../../../support/golden.ts';
import { explainedRecord } from '../../../../support/scriptedModel.ts';
import type { CounterExample } from '../../../../../src/core/explain/explanation.ts';
import { explainMessages, shownRecords } from '../../../../../src/core/explain/language/explainPrompt.ts';
import { FEW_SHOTS, type FewShot } from '../../../../../src/core/explain/language/fewShots.ts';
import { explainHeadMessages, strongestPairs } from '../../../../../src/core/explain/language/headPrompt.ts';
import { HEAD_SHOTS } from '../../../../../src/core/explain/language/headShots.ts';
import {
  detectMessages,
  fuzzMessages,
  pairMessages,
} from '../../../../../src/core/explain/language/judgePrompt.ts';
import { joinedText, type Messages } from '../../../../../src/core/explain/language/messages.ts';
import { reviseMessages, sentencesMessages } from '../../../../../src/core/explain/language/revisePrompt.ts';
import {
  allTokensMessages,
  jsonMessages,
  lastTokenMessages,
} from '../../../../../src/core/explain/language/simulatePrompt.ts';

/** The toy neuron of the published tests. */
const VOWELS: FewShot = {
  explanation: 'vowels',
  records: [
    { tokens: ['a', 'b', 'c'], levels: [10, 0, 0], firstRevealed: 0 },
    { tokens: ['d', 'e', 'f'], levels: [0, 10, 0], firstRevealed: 1 },
  ],
};
const TOKENS = ['The', ' dog', ' saw', '\n', '\t', 'a', ' \ufffd', ' cat', '.'];
const RECORDS = [
  explainedRecord(TOKENS, [0, 4, 0, 0, 0, 0, 0, 8, 0]),
  explainedRecord(['No', ' pets', ' here', '.'], [0, 0.5, -1, 0]),
];
const WORDS = 'names of pets';

function transcript(messages: Messages): string {
  return messages.map(({ role, content }) => `=== ${role} ===\n${content}\n`).join('\n');
}

describe('prompt texts', () => {
  const sparse = shownRecords(RECORDS);
  const head = explainedRecord(['Ann', ' said', ' she', ' ran'], [0, 0, 0, 0], {
    pairs: Float32Array.from([0.1, 0, 0, 3, 0, 0.2, 0, 0, 1, 0]),
  });
  const tried: CounterExample[] = [
    { text: 'A cow.', tokens: ['A', ' cow', '.'], activations: [0, 6, 0], asExplained: false, use: 'revise' },
    { text: 'A cat.', tokens: ['A', ' cat', '.'], activations: [0, 9, 0], asExplained: true, use: 'revise' },
  ];
  const prompts: Readonly<Record<string, Messages>> = {
    explain: explainMessages({ shots: FEW_SHOTS, records: sparse }),
    'explain-head': explainHeadMessages({ shots: HEAD_SHOTS, records: strongestPairs([head], 5) }),
    'simulate-all': allTokensMessages({ words: WORDS, tokens: TOKENS }),
    'simulate-token': lastTokenMessages({ words: WORDS, tokens: TOKENS.slice(0, 8) }),
    'simulate-json': jsonMessages({ words: WORDS, tokens: TOKENS }),
    detect: detectMessages(WORDS, TOKENS),
    fuzz: fuzzMessages(
      WORDS,
      TOKENS,
      TOKENS.map((token) => token === ' dog' || token === ' saw'),
    ),
    pair: pairMessages('from a pronoun to a name', { tokens: ['Ann', ' said', ' she'], query: 2, key: 0 }),
    sentences: sentencesMessages(WORDS),
    revise: reviseMessages(WORDS, tried, { records: sparse, max: 9 }),
  };
  for (const [name, messages] of Object.entries(prompts)) {
    it(`${name} is as in test/golden/prompts`, () =>
      checkGolden(`prompts/${name}.txt`, transcript(messages)));
  }

  it('the one text that prompt log-probabilities are asked of is as in test/golden/prompts', () => {
    checkGolden('prompts/simulate-all-joined.txt', joinedText(prompts['simulate-all'] ?? []));
  });
});

describe("B6: explainer's prompt on the vowels toy", () => {
  const subject = shownRecords([
    explainedRecord(['a', 'b', 'c'], [1, 0, 0]),
    explainedRecord(['d', 'e', 'f'], [0, 1, 0]),
  ]);
  const messages = explainMessages({ shots: [VOWELS], records: subject });
  const block = '<start>\na\t10\nb\t0\nc\t0\n<end>\n<start>\nd\t0\ne\t10\nf\t0\n<end>';

  it('has a system message, a neuron with its explanation as the assistant, and the subject', () => {
    assert.deepEqual(
      messages.map(({ role }) => role),
      ['system', 'user', 'assistant', 'user'],
    );
    assert.equal(messages[2]?.content, ' vowels.');
    const ends = 'Explanation of neuron 2 behavior: the main thing this neuron does is find';
    assert.equal(messages[3]?.content, `Neuron 2\nActivations:\n${block}\n\n${ends}`);
  });

  it('does not repeat the active tokens when 2 of 6 values are above zero', () => {
    assert.ok(!joinedText(messages).includes('zeros filtered out'));
  });

  it('repeats them when 1 of 10 is, and not when none is', () => {
    const tokens = [...'abcdefghij'];
    const one = shownRecords([explainedRecord(tokens, [0, 0, 0, 0, 7, 0, 0, 0, 0, 0])]);
    const said = explainMessages({ shots: [], records: one }).at(-1)?.content ?? '';
    assert.ok(said.includes('Same activations, but with all zeros filtered out:\n<start>\ne\t10\n<end>'));
    const none = shownRecords([
      explainedRecord(
        tokens,
        tokens.map(() => 0),
      ),
    ]);
    assert.ok(!joinedText(explainMessages({ shots: [], records: none })).includes('filtered'));
  });

  it('repeats them below one in five, not at it', () => {
    const five = shownRecords([explainedRecord(['a', 'b', 'c', 'd', 'e'], [1, 0, 0, 0, 0])]);
    assert.ok(!joinedText(explainMessages({ shots: [], records: five })).includes('filtered'));
    const six = shownRecords([explainedRecord(['a', 'b', 'c', 'd', 'e', 'f'], [1, 0, 0, 0, 0, 0])]);
    assert.ok(joinedText(explainMessages({ shots: [], records: six })).includes('filtered'));
  });
});

describe("B7: all-at-once simulator's prompt", () => {
  const messages = allTokensMessages({ words: 'vowels', tokens: ['a', 'b'] }, [VOWELS]);

  it('hides the first values of records that say so, and all of the subject', () => {
    assert.equal(
      messages[2]?.content,
      '<start>\na\t10\nb\t0\nc\t0\n<end>\n<start>\nd\tunknown\ne\t10\nf\t0\n<end>',
    );
    assert.equal(messages.at(-1)?.content, '<start>\na\tunknown\nb\tunknown\n<end>');
  });

  it('hides some value and shows some value above zero of every few-shot record', () => {
    for (const { records } of FEW_SHOTS) {
      for (const { levels, firstRevealed } of records) {
        assert.ok(firstRevealed > 0 && firstRevealed < levels.length);
        assert.ok(levels.slice(firstRevealed).some((level) => level > 0));
      }
    }
  });

  it('shows no value of the subject anywhere', () => {
    assert.ok(!/[ab]\t\d/.test(messages.at(-1)?.content ?? ''));
  });
});

describe('few-shot neurons', () => {
  it('have as many levels as tokens, from 0 to 10, and reach 10', () => {
    for (const { records } of FEW_SHOTS) {
      for (const { tokens, levels } of records) assert.equal(tokens.length, levels.length);
      assert.equal(Math.max(...records.flatMap(({ levels }) => levels)), 10);
    }
  });

  it('of heads mark a query and a key that are in the text, the key not behind the query', () => {
    for (const { records } of HEAD_SHOTS) {
      for (const { query, key } of records) assert.ok(key >= 0 && query >= key);
    }
  });
});
