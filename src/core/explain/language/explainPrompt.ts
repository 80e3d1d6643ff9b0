import type { ExplainedRecord } from '../parts.ts';
import { largest, normalizeActivations } from '../normalize.ts';
import type { FewShot } from './fewShots.ts';
import type { PromptParts } from './fitContext.ts';
import { assistant, system, user, type Message, type Messages } from './messages.ts';
import { explainedText, type LevelRecord } from './recordText.ts';

const SYSTEM = `We study the neurons of a neural network. Each neuron looks for one particular thing in a short text. \
You see the parts of texts where a neuron is active; say in a single sentence what it looks for. \
Do not list examples of words.

An activation is written as token<tab>activation. Activations are whole numbers from 0 to 10: 0 means that the neuron \
is silent, and the higher the number, the stronger the match.`;

/** What the reply goes on from. */
export function explanationPrefix(neuron: number): string {
  return `Explanation of neuron ${neuron} behavior: the main thing this neuron does is find`;
}

/** The subject's records on the scale of prompts, by the largest activation of those that are shown. */
export function shownRecords(records: readonly ExplainedRecord[]): LevelRecord[] {
  const max = largest(records.map((record) => record.activations));
  return records.map(({ tokens, activations }) => ({
    tokens,
    levels: normalizeActivations(activations, max),
  }));
}

/** Few-shot neurons as turns of a conversation, then the subject, whose explanation is asked for. */
export function explainMessages({ shots, records }: PromptParts<FewShot, LevelRecord>): Messages {
  const turns = shots.flatMap((shot, index): Message[] => [
    user(neuronText(index + 1, shot.records)),
    assistant(` ${shot.explanation}.`),
  ]);
  return [system(SYSTEM), ...turns, user(neuronText(shots.length + 1, records))];
}

function neuronText(neuron: number, records: readonly LevelRecord[]): string {
  return `Neuron ${neuron}\n${explainedText(records)}\n\n${explanationPrefix(neuron)}`;
}
