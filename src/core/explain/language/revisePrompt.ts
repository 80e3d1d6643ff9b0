import { normalizeActivations } from '../normalize.ts';
import type { CounterExample } from '../explanation.ts';
import { system, user, type Messages } from './messages.ts';
import { explainedText, type LevelRecord } from './recordText.ts';

/** A sentence to try an explanation with, and whether the neuron should fire somewhere in it. */
export interface TestSentence {
  readonly text: string;
  readonly expected: boolean;
}

/** Sentences of each kind that are asked for. */
export const SENTENCES_OF_EACH = 5;

const SENTENCES = `We study the neurons of a neural network. You are told what a neuron looks for, and test whether \
that is true. Write ${SENTENCES_OF_EACH} short sentences that hold what the neuron looks for, as different from each \
other as you can, and ${SENTENCES_OF_EACH} short sentences that come close but do not hold it.

Write one sentence per line: YES and a colon before those that hold it, NO and a colon before the others, and nothing \
else.`;

const REVISE = `We study the neurons of a neural network. Each neuron looks for one particular thing in a short text. \
You see texts on which a neuron is active, an explanation that somebody gave of it, and what the neuron did on new \
sentences that were written to test the explanation. Say in a single sentence what the neuron looks for, so that it \
agrees with all of this. Keep what was right. Do not list examples of words.

An activation is written as token<tab>activation. Activations are whole numbers from 0 to 10: 0 means that the neuron \
is silent, and the higher the number, the stronger the match.`;

export function sentencesMessages(words: string): Messages {
  return [system(SENTENCES), user(`The main thing this neuron does is find ${words}.`)];
}

const SENTENCE_LINE = /^[\s\-*\d.)]*\**(YES|NO)\**\s*:\**\s*(\S.*)$/i;

/** Reads `YES: …` and `NO: …` lines; others are passed over. At most five of each kind. */
export function readSentences(reply: string): TestSentence[] {
  const all = reply.split(/\r?\n/).flatMap((line): TestSentence[] => {
    const [, kind, text] = SENTENCE_LINE.exec(line) ?? [];
    return kind === undefined || text === undefined
      ? []
      : [{ text: text.trim(), expected: kind.toUpperCase() === 'YES' }];
  });
  const of = (expected: boolean): TestSentence[] =>
    all.filter((sentence) => sentence.expected === expected).slice(0, SENTENCES_OF_EACH);
  return [...of(true), ...of(false)];
}

/** The subject's records, the old words and the evidence of the new sentences; one common scale for all activations. */
export function reviseMessages(
  words: string,
  examples: readonly CounterExample[],
  { records, max }: { readonly records: readonly LevelRecord[]; readonly max: number },
): Messages {
  const tried = examples.map(({ tokens, activations, asExplained }, index) => {
    const levels = normalizeActivations(activations, max);
    const verdict = asExplained ? 'as the explanation says' : 'NOT as the explanation says';
    return `Sentence ${index + 1} (${verdict}):\n${explainedText([{ tokens, levels }])}`;
  });
  const text = [
    `Neuron 1\n${explainedText(records)}`,
    `Old explanation: the main thing this neuron does is find ${words}.`,
    ...tried,
    'Explanation of neuron 1 behavior: the main thing this neuron does is find',
  ].join('\n\n');
  return [system(REVISE), user(text)];
}
