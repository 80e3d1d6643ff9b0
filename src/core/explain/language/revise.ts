import { InterpError, throwIfCancelled } from '../../errors.ts';
import { largest, normalizeActivations } from '../normalize.ts';
import type { CounterExample, Revision, Score } from '../explanation.ts';
import type { ActivationsOf, ExplainedRecord, ExplainInput, LanguageModel } from '../parts.ts';
import { plainRequest } from './askAll.ts';
import { DEFAULT_CONTEXT, fitContext } from './fitContext.ts';
import { EXPLANATION_TOKENS } from './languageExplainer.ts';
import { oneSentence } from './oneSentence.ts';
import { readSentences, reviseMessages, sentencesMessages, type TestSentence } from './revisePrompt.ts';

type AskInput = Pick<ExplainInput, 'signal' | 'onCall'>;

/** Writes sentences to try words with: a language model, or the generator of the embedded world. */
export type WriteSentences = (words: string, input: AskInput) => Promise<readonly TestSentence[]>;

/** New words from the old ones, the records and what the sentences showed. */
export type ReviseWords = (evidence: RevisionEvidence, input: AskInput) => Promise<string>;

/** What new words are written from. */
export interface RevisionEvidence {
  readonly words: string;
  readonly train: readonly ExplainedRecord[];
  /** The half of the sentences that is for revising. */
  readonly examples: readonly CounterExample[];
}

/** Scored words: the record, and the score on windows and sentences that neither explanation has seen. */
export interface ScoredWords<Record> {
  readonly record: Record;
  readonly heldOut: Score | null;
}

/** What a revision works with. `Record`: what scored words are kept as. */
export interface ReviseInput<Record> extends AskInput {
  readonly words: string;
  readonly train: readonly ExplainedRecord[];
  readonly write: WriteSentences;
  readonly revise: ReviseWords;
  readonly activationsOf: ActivationsOf;
  /** Token ids of a sentence, BOS where the corpus has it. */
  readonly encode: (text: string) => readonly number[];
  readonly text: (id: number) => string;
  /** Scores words by the bench; `heldOut` are the sentences kept back, as records. */
  readonly score: (words: string, heldOut: readonly CounterExample[]) => Promise<ScoredWords<Record>>;
}

/** A revision of records of any form; `Revision` is that of stored records. */
export type RevisedWords<Record> = Pick<Revision, 'kept' | 'heldOut' | 'examples'> & {
  readonly before: Record;
  readonly after: Record;
};

/** A sentence counts as firing from this share of the largest activation in the train records (as delphi's fuzzing). */
const ACTIVE_SHARE = 0.3;
const SENTENCE_TOKENS = 600;

/**
 * Writes sentences from the words, runs the real model on them, revises with half of them and scores the words before
 * and after on the other half and on unseen windows. The better is kept; a tie keeps the old words.
 * @throws explain/nothing-found when no sentence could be had, language/*, cancelled
 */
export async function revise<Record>(input: ReviseInput<Record>): Promise<RevisedWords<Record>> {
  const { words, train, signal, onCall } = input;
  const sentences = await input.write(words, { signal, onCall });
  if (sentences.length === 0) {
    throw new InterpError('explain/nothing-found', 'No sentence was written to try the explanation with.');
  }
  const examples = await tried(input, sentences);
  throwIfCancelled(signal);
  const shown = examples.filter(({ use }) => use === 'revise');
  const heldOut = examples.filter(({ use }) => use === 'score');
  const revised = await input.revise({ words, train, examples: shown }, { signal, onCall });
  const before = await input.score(words, heldOut);
  const after = await input.score(revised, heldOut);
  return {
    before: before.record,
    after: after.record,
    kept: isBetter(after.heldOut, before.heldOut) ? 'after' : 'before',
    heldOut: { before: before.heldOut, after: after.heldOut },
    examples,
  };
}

async function tried<Record>(
  { encode, text, activationsOf, train, signal }: ReviseInput<Record>,
  sentences: readonly TestSentence[],
): Promise<CounterExample[]> {
  const ids = sentences.map((sentence) => encode(sentence.text));
  const activations = await activationsOf(ids, signal);
  const fires = ACTIVE_SHARE * largest(train.map((record) => record.activations));
  const used = { yes: 0, no: 0 };
  return sentences.map((sentence, index): CounterExample => {
    const values = [...(activations[index] ?? [])];
    const active = largest([values]) > fires;
    // Of either kind every other one: three and two revise, two and three score.
    const turn = sentence.expected ? used.yes++ : used.no++ + 1;
    return {
      text: sentence.text,
      tokens: (ids[index] ?? []).map(text),
      activations: values,
      asExplained: active === sentence.expected,
      use: turn % 2 === 0 ? 'revise' : 'score',
    };
  });
}

function isBetter(after: Score | null, before: Score | null): boolean {
  // Less than this is rounding: the same activations in another order.
  return after !== null && (before === null || after.value > before.value + 1e-9);
}

/** Sentences from a language model. */
export function languageSentences(model: LanguageModel): WriteSentences {
  return async (words, input) => {
    const messages = sentencesMessages(words);
    const request = {
      purpose: 'counter-examples',
      messages,
      maxTokens: SENTENCE_TOKENS,
      temperature: 1,
    } as const;
    return readSentences((await model.ask(plainRequest(input, request))).text);
  };
}

/** Revised words from a language model. @throws explain/nothing-found when it answers no sentence */
export function languageReviser(
  model: LanguageModel,
  { contextTokens = DEFAULT_CONTEXT }: { readonly contextTokens?: number } = {},
): ReviseWords {
  return async ({ words, train, examples }, input) => {
    const max = largest([...train, ...examples].map(({ activations }) => activations));
    const records = train.map(({ tokens, activations }) => ({
      tokens,
      levels: normalizeActivations(activations, max),
    }));
    const room = { contextTokens, replyTokens: EXPLANATION_TOKENS };
    const { messages, note } = fitContext({ shots: [], records }, room, (parts) =>
      reviseMessages(words, examples, { records: parts.records, max }),
    );
    const request = { purpose: 'revise', messages, maxTokens: EXPLANATION_TOKENS, temperature: 1 } as const;
    const revised = oneSentence((await model.ask(plainRequest({ ...input, note }, request))).text);
    if (revised !== '') return revised;
    throw new InterpError('explain/nothing-found', `${model.name} answered no revised explanation.`);
  };
}
