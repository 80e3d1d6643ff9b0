import { markedPair } from './headPrompt.ts';
import { HEAD_SHOTS, type PairExcerpt } from './headShots.ts';
import { FEW_SHOTS } from './fewShots.ts';
import { assistant, system, user, type Message, type Messages } from './messages.ts';
import { lineText, markedText } from './tokenText.ts';

const DETECT = `We study the neurons of a neural network. You are told what a neuron looks for, and see a text. \
Does the text hold what the neuron looks for, so that the neuron is active anywhere in it?
Answer with a single digit: 1 for yes, 0 for no.`;

const FUZZ = `We study the neurons of a neural network. You are told what a neuron looks for, and see a text in which \
some tokens are marked <<like this>>. Are the marked tokens those on which the neuron is active?
Answer with a single digit: 1 if they are, 0 if they are not.`;

const PAIR = `We study the attention heads of a neural network. A head moves information from earlier tokens of a text to \
later ones. You are told from which kind of token to which kind of token a head attends, and see a text in which one \
token stands in **double stars** and one in [[double brackets]]. Does the head attend strongly from the token in stars \
to the token in brackets?
Answer with a single digit: 1 for yes, 0 for no.`;

const YES = '1';
const NO = '0';

/** Does the neuron fire anywhere in the text? */
export function detectMessages(words: string, tokens: readonly string[]): Messages {
  const [rain, , measure] = FEW_SHOTS;
  const shots = [
    ...shotTurn(rain?.explanation, rain?.records[0]?.tokens, YES),
    ...shotTurn(rain?.explanation, measure?.records[0]?.tokens, NO),
  ];
  return [system(DETECT), ...shots, user(question(words, lineText(tokens)))];
}

function shotTurn(
  words: string | undefined,
  tokens: readonly string[] | undefined,
  answer: string,
): Message[] {
  if (words === undefined || tokens === undefined) return [];
  return [user(question(words, lineText(tokens))), assistant(answer)];
}

/** Are the marked tokens those on which it fires? */
export function fuzzMessages(words: string, tokens: readonly string[], marked: readonly boolean[]): Messages {
  const shots = FEW_SHOTS.slice(0, 2).flatMap((shot, index): Message[] => {
    const record = shot.records[0];
    if (record === undefined) return [];
    // The second example is marked one token too late.
    const marks = record.levels.map((_, at) => (record.levels[at - index] ?? 0) > 2);
    const answer = index === 0 ? YES : NO;
    return [user(question(shot.explanation, fuzzText(record.tokens, marks))), assistant(answer)];
  });
  return [system(FUZZ), ...shots, user(question(words, fuzzText(tokens, marked)))];
}

/** Tokens in double angles where they are marked, neighbours together. */
export function fuzzText(tokens: readonly string[], marked: readonly boolean[]): string {
  let text = '';
  for (let from = 0; from < tokens.length;) {
    const isMarked = marked[from] === true;
    let to = from + 1;
    while (to < tokens.length && (marked[to] === true) === isMarked) to++;
    const run = tokens.slice(from, to);
    text += isMarked ? markedText(run, ['<<', '>>']) : lineText(run);
    from = to;
  }
  return text;
}

/** Does the head attend from the query to the key? */
export function pairMessages(words: string, pair: PairExcerpt): Messages {
  const [brackets, pronouns] = HEAD_SHOTS;
  const shots = [
    ...pairTurn(brackets?.explanation, brackets?.records[0], YES),
    ...pairTurn(brackets?.explanation, pronouns?.records[0], NO),
  ];
  return [system(PAIR), ...shots, user(pairQuestion(words, pair))];
}

function pairTurn(words: string | undefined, pair: PairExcerpt | undefined, answer: string): Message[] {
  if (words === undefined || pair === undefined) return [];
  return [user(pairQuestion(words, pair)), assistant(answer)];
}

function pairQuestion(words: string, pair: PairExcerpt): string {
  return `The main thing this head does is attend ${words}.\n\nText:\n${markedPair(pair)}\n\nAnswer:`;
}

function question(words: string, text: string): string {
  return `The main thing this neuron does is find ${words}.\n\nText:\n${text}\n\nAnswer:`;
}
