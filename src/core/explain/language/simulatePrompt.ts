import { FEW_SHOTS, FEW_SHOT_TOKENS, type FewShot, type FewShotRecord } from './fewShots.ts';
import { assistant, system, user, type Message, type Messages } from './messages.ts';
import { recordText, recordsText, type LevelRecord } from './recordText.ts';
import { lineText, lineToken } from './tokenText.ts';

const SYSTEM = `We study the neurons of a neural network. Each neuron looks for one particular thing in a short text. \
You are told what a neuron looks for, and guess how strongly it is active on each token of a text.

An activation is written as token<tab>activation. Activations are whole numbers from 0 to 10: 0 means that the neuron \
is silent, and the higher the number, the stronger the match. Most activations are 0. An activation that is not \
known is written "unknown".`;

const ONE_TOKEN = `We study the neurons of a neural network. Each neuron looks for one particular thing in a short text. \
You are told what a neuron looks for, see a text, and guess how strongly the neuron is active on its last token.

Answer with one whole number from 0 to 10 and nothing else: 0 means that the neuron is silent, and the higher the \
number, the stronger the match. Most activations are 0.`;

const JSON_SYSTEM = `We study the neurons of a neural network. Each neuron looks for one particular thing in a short text. \
You are told what a neuron looks for, and guess how strongly it is active on each token of a text.

Activations are whole numbers from 0 to 10: 0 means that the neuron is silent, and the higher the number, the stronger \
the match. Most activations are 0.

You get JSON with the key "neuron" (what it looks for) and the list "activations" of objects with "token" and \
"activation", which is null. Answer with JSON alone: an object with the one key "activations", the same list with the \
same tokens in the same order, unchanged, and each null replaced by your guess.`;

/** What a simulator may know: the words, and the tokens of one window. */
export interface SimulateSubject {
  readonly words: string;
  readonly tokens: readonly string[];
}

function explained(neuron: number, words: string): string {
  return `Neuron ${neuron}\nExplanation of neuron ${neuron} behavior: the main thing this neuron does is find ${words}`;
}

/** All values at once: early values of the few-shot records and all values of the subject are hidden. */
export function allTokensMessages(
  { words, tokens }: SimulateSubject,
  shots: readonly FewShot[] = FEW_SHOTS,
): Messages {
  const turns = shots.flatMap((shot, index): Message[] => [
    user(`${explained(index + 1, shot.explanation)}\nActivations:`),
    assistant(recordsText(shot.records.map(partlyHidden))),
  ]);
  const subject = { tokens, levels: tokens.map(() => null) };
  return [
    system(SYSTEM),
    ...turns,
    user(`${explained(shots.length + 1, words)}\nActivations:`),
    assistant(recordText(subject)),
  ];
}

function partlyHidden({ tokens, levels, firstRevealed }: FewShotRecord): LevelRecord {
  return { tokens, levels: levels.map((level, at) => (at < firstRevealed ? null : level)) };
}

/** One value: that of the last of the tokens. Every few-shot neuron is shown with its own explanation. */
export function lastTokenMessages(subject: SimulateSubject): Messages {
  const turns = FEW_SHOT_TOKENS.flatMap(({ shot, record, token }, index): Message[] => {
    const from = FEW_SHOTS[shot];
    const shown = from?.records[record];
    if (from === undefined || shown === undefined) return [];
    const tokens = shown.tokens.slice(0, token + 1);
    return [
      user(lastTokenText(index + 1, { words: from.explanation, tokens })),
      assistant(String(shown.levels[token] ?? 0)),
    ];
  });
  return [system(ONE_TOKEN), ...turns, user(lastTokenText(FEW_SHOT_TOKENS.length + 1, subject))];
}

function lastTokenText(neuron: number, { words, tokens }: SimulateSubject): string {
  return [
    explained(neuron, words),
    'Text:',
    lineText(tokens),
    '',
    'Last token in the text:',
    lineToken(tokens.at(-1) ?? ''),
    '',
    'Activation of the last token, considering the text in which it appears:',
  ].join('\n');
}

/** All values as JSON, for models that tell no log-probabilities. */
export function jsonMessages(
  { words, tokens }: SimulateSubject,
  shots: readonly FewShot[] = FEW_SHOTS,
): Messages {
  const turns = shots
    .slice(0, 1)
    .flatMap((shot) =>
      shot.records
        .slice(0, 1)
        .flatMap((record): Message[] => [
          user(JSON.stringify({ neuron: shot.explanation, activations: entries(record.tokens, () => null) })),
          assistant(JSON.stringify({ activations: entries(record.tokens, (at) => record.levels[at] ?? 0) })),
        ]),
    );
  return [
    system(JSON_SYSTEM),
    ...turns,
    user(JSON.stringify({ neuron: words, activations: entries(tokens, () => null) })),
  ];
}

function entries(
  tokens: readonly string[],
  activation: (at: number) => number | null,
): { readonly token: string; readonly activation: number | null }[] {
  return tokens.map((token, at) => ({ token, activation: activation(at) }));
}

/** The schema of a JSON simulator's reply. */
export const ACTIVATIONS_SCHEMA = {
  type: 'object',
  properties: {
    activations: {
      type: 'array',
      items: {
        type: 'object',
        properties: { token: { type: 'string' }, activation: { type: 'integer' } },
        required: ['token', 'activation'],
        additionalProperties: false,
      },
    },
  },
  required: ['activations'],
  additionalProperties: false,
} as const;
