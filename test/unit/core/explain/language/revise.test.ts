import assert from 'node:assert/strict';
import { expectError } from '../../../../support/expectError.ts';
import { fakeReply } from '../../../../support/fakeLanguageModel.ts';
import { explainedRecord, scriptedModel } from '../../../../support/scriptedModel.ts';
import type { CounterExample, Score } from '../../../../../src/core/explain/explanation.ts';
import {
  languageReviser,
  languageSentences,
  revise,
  type ReviseInput,
} from '../../../../../src/core/explain/language/revise.ts';
import { readSentences, type TestSentence } from '../../../../../src/core/explain/language/revisePrompt.ts';

const SIGNAL = new AbortController().signal;
const ASK = { signal: SIGNAL, onCall: () => {} };
const TRAIN = [explainedRecord(['A', ' cat'], [0, 10])];

function score(value: number): Score {
  return { value, low: value, high: value };
}

const SENTENCES: TestSentence[] = [
  ...Array.from({ length: 5 }, (_, index) => ({ text: `yes${index}`, expected: true })),
  ...Array.from({ length: 5 }, (_, index) => ({ text: `no${index}`, expected: false })),
];

/** A unit that fires (at 5) on texts with an even number, whatever the words say. */
function input(changes: Partial<ReviseInput<string>> = {}): ReviseInput<string> {
  return {
    ...ASK,
    words: 'old',
    train: TRAIN,
    write: async () => SENTENCES,
    revise: async () => 'new',
    activationsOf: async (sequences) => sequences.map(([id = 0]) => Float32Array.of(id % 2 === 0 ? 5 : 1)),
    encode: (text) => [Number(text.at(-1))],
    text: (id) => `t${id}`,
    score: async (words) => ({ record: `scored ${words}`, heldOut: score(words === 'new' ? 0.8 : 0.5) }),
    ...changes,
  };
}

describe('revising an explanation', () => {
  it('shows half of the sentences of each kind to the reviser and scores on the other half', async () => {
    let shown: readonly CounterExample[] = [];
    const held: (readonly CounterExample[])[] = [];
    const revised = await revise(
      input({
        revise: async ({ examples }) => {
          shown = examples;
          return 'new';
        },
        score: async (words, heldOut) => {
          held.push(heldOut);
          return { record: words, heldOut: null };
        },
      }),
    );
    assert.deepEqual(
      shown.map(({ text }) => text),
      ['yes0', 'yes2', 'yes4', 'no1', 'no3'],
    );
    const kept = ['yes1', 'yes3', 'no0', 'no2', 'no4'];
    assert.deepEqual(
      held.map((each) => each.map(({ text }) => text)),
      [kept, kept],
    );
    assert.equal(revised.examples.length, 10);
  });

  it('says of each sentence whether the model did as the words say', async () => {
    const { examples } = await revise(input());
    const said = Object.fromEntries(examples.map(({ text, asExplained }) => [text, asExplained]));
    assert.deepEqual([said['yes0'], said['yes1'], said['no0'], said['no1']], [true, false, false, true]);
    assert.deepEqual(examples[0]?.tokens, ['t0']);
    assert.deepEqual(examples[0]?.activations, [5]);
  });

  const checkKept = (name: string, before: Score | null, after: Score | null, kept: string): void => {
    it(`keeps the words ${kept} when ${name}`, async () => {
      const revised = await revise(
        input({ score: async (words) => ({ record: words, heldOut: words === 'new' ? after : before }) }),
      );
      assert.equal(revised.kept, kept);
      assert.deepEqual([revised.before, revised.after], ['old', 'new']);
      assert.deepEqual(revised.heldOut, { before, after });
    });
  };
  checkKept('the new ones score better', score(0.5), score(0.6), 'after');
  checkKept('they score the same', score(0.5), score(0.5), 'before');
  checkKept('the old ones score better', score(0.7), score(0.5), 'before');
  checkKept('only the new ones have a score', null, score(-0.1), 'after');
  checkKept('neither has one', null, null, 'before');

  it('has nothing to revise with when no sentence came', async () => {
    await expectError(() => revise(input({ write: async () => [] })), 'explain/nothing-found');
  });

  it('stops when it is cancelled before the words are revised', async () => {
    const stop = new AbortController();
    const activationsOf = async (sequences: readonly unknown[]): Promise<Float32Array[]> => {
      stop.abort();
      return sequences.map(() => Float32Array.of(0));
    };
    const never = async (): Promise<string> => assert.fail('asked after the end');
    await expectError(
      () => revise(input({ signal: stop.signal, activationsOf, revise: never })),
      'cancelled',
    );
  });
});

describe('sentences of a reply', () => {
  it('are read by their kind; other lines are passed over', () => {
    const reply = 'Sure!\nYES: A cat.\n- no : A dog.\n2. **YES:** Two cats: old ones.\nMAYBE: x\nNO:\n';
    assert.deepEqual(readSentences(reply), [
      { text: 'A cat.', expected: true },
      { text: 'Two cats: old ones.', expected: true },
      { text: 'A dog.', expected: false },
    ]);
  });

  it('are at most five of each kind', () => {
    assert.equal(readSentences('YES: a\n'.repeat(9) + 'NO: b\n'.repeat(7)).length, 10);
  });

  it('are asked of a language model', async () => {
    const model = scriptedModel((request) => fakeReply(request.messages));
    const sentences = await languageSentences(model)('the word "cat"', ASK);
    assert.deepEqual(sentences.map(({ expected }) => expected).filter(Boolean).length, 5);
    assert.equal(model.requests[0]?.purpose, 'counter-examples');
  });
});

describe('revised words of a language model', () => {
  const example: CounterExample = {
    text: 'A dog',
    tokens: ['A', ' dog'],
    activations: [0, 5],
    asExplained: false,
    use: 'revise',
  };

  it('come from old words, records and sentences on one scale', async () => {
    const model = scriptedModel(() => ({ text: ' pets. More.' }));
    const words = await languageReviser(model)({ words: 'cats', train: TRAIN, examples: [example] }, ASK);
    assert.equal(words, 'pets');
    const said = model.requests[0]?.messages.at(-1)?.content ?? '';
    for (const part of ['find cats.', ' cat\t10', ' dog\t5', 'NOT as the explanation says']) {
      assert.ok(said.includes(part), part);
    }
  });

  it('are an error when there are none', async () => {
    const run = async (): Promise<string> =>
      languageReviser(scriptedModel(() => ({ text: ' ' })))({ words: 'x', train: TRAIN, examples: [] }, ASK);
    await expectError(run, 'explain/nothing-found');
  });
});
