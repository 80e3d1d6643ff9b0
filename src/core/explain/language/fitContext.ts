import { messageLength, type Messages } from './messages.ts';

/** What a prompt is made of; shortened from the end. */
export interface PromptParts<Shot extends { readonly records: readonly unknown[] }, Record> {
  readonly shots: readonly Shot[];
  readonly records: readonly Record[];
}

/** A prompt that was shortened until the model can hold it. */
export interface FittedPrompt {
  readonly messages: Messages;
  /** What was left out, as a sentence; undefined = nothing. */
  readonly note: string | undefined;
  /** False = too long even with everything left out that may be. */
  readonly fits: boolean;
}

/** What most local servers hold when nobody configured them. */
export const DEFAULT_CONTEXT = 4096;
/** Lists of tokens with tabs and digits: about one model token per two characters, against four in prose. */
const CHARACTERS_PER_TOKEN = 2;

/**
 * Shortens a prompt until prompt and reply fit the context: first every few-shot neuron but to one record, last ones
 * first, then whole few-shot neurons, then the records of the subject (at least one stays). Lengths are estimated.
 */
export function fitContext<Shot extends { readonly records: readonly unknown[] }, Record>(
  parts: PromptParts<Shot, Record>,
  { contextTokens, replyTokens }: { readonly contextTokens: number; readonly replyTokens: number },
  build: (parts: PromptParts<Shot, Record>) => Messages,
): FittedPrompt {
  const room = (contextTokens - replyTokens) * CHARACTERS_PER_TOKEN;
  let current = parts;
  let messages = build(current);
  while (messageLength(messages) > room) {
    const shorter = shorten(current);
    if (shorter === null) return { messages, note: noteOf(parts, current), fits: false };
    current = shorter;
    messages = build(current);
  }
  return { messages, note: noteOf(parts, current), fits: true };
}

function shorten<Shot extends { readonly records: readonly unknown[] }, Record>(
  parts: PromptParts<Shot, Record>,
): PromptParts<Shot, Record> | null {
  const { shots, records } = parts;
  const long = shots.findLastIndex((shot) => shot.records.length > 1);
  if (long >= 0) {
    const cut = shots.map((shot, at) =>
      at === long ? { ...shot, records: shot.records.slice(0, -1) } : shot,
    );
    return { shots: cut, records };
  }
  if (shots.length > 0) return { shots: shots.slice(0, -1), records };
  if (records.length > 1) return { shots, records: records.slice(0, -1) };
  return null;
}

function noteOf<Shot extends { readonly records: readonly unknown[] }, Record>(
  whole: PromptParts<Shot, Record>,
  kept: PromptParts<Shot, Record>,
): string | undefined {
  const count = (parts: PromptParts<Shot, Record>): number =>
    parts.shots.reduce((sum, shot) => sum + shot.records.length, 0);
  const examples = count(whole) - count(kept);
  const records = whole.records.length - kept.records.length;
  if (examples === 0 && records === 0) return undefined;
  const left = [
    ...(examples > 0 ? [`${examples} of ${count(whole)} example records`] : []),
    ...(records > 0 ? [`${records} of ${whole.records.length} records of the unit`] : []),
  ];
  return `Left out to fit the model's context: ${left.join(' and ')}.`;
}
