import type { ExplainedRecord, ExplainInput } from '../../../../src/core/explain/parts.ts';

/** Ids of token texts in tests: one for each text, in order of appearance. */
const IDS = new Map<string, number>();
const TEXTS: string[] = [];

export function idOf(text: string): number {
  const known = IDS.get(text);
  if (known !== undefined) return known;
  IDS.set(text, TEXTS.length);
  TEXTS.push(text);
  return TEXTS.length - 1;
}

export function textOf(id: number): string {
  return TEXTS[id] ?? '';
}

/** A window written as its tokens and activations. */
export function recordOf(
  tokens: readonly string[],
  activations: readonly number[],
  options: Partial<Pick<ExplainedRecord, 'set' | 'sequence' | 'concepts' | 'pairs'>> = {},
): ExplainedRecord {
  return {
    sequence: options.sequence ?? 0,
    set: options.set ?? 'top',
    ids: tokens.map(idOf),
    tokens,
    activations: Float32Array.from(activations),
    pairs: options.pairs ?? null,
    source: 'test',
    concepts: options.concepts ?? null,
  };
}

/** Cuts a text into tokens as byte-level tokenizers do: words with their space, signs, line ends. */
export function tokensOf(text: string): string[] {
  return text.match(/\n| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]|\s/gu) ?? [];
}

/** A window of a text with a function of (tokens, position) as its activation. */
export function windowOf(
  text: string,
  activation: (tokens: readonly string[], position: number) => number,
  options: Parameters<typeof recordOf>[2] = {},
): ExplainedRecord {
  const tokens = tokensOf(text);
  return recordOf(
    tokens,
    tokens.map((_, position) => activation(tokens, position)),
    options,
  );
}

/** What an explainer gets, around some records. */
export function inputOf(
  train: readonly ExplainedRecord[],
  options: Partial<ExplainInput> = {},
): ExplainInput {
  return {
    unit: { kind: 'neuron', layer: 0, neuron: 0 },
    train,
    contrast: [],
    activationsOf: () => Promise.reject(new Error('this explainer needs no runs')),
    text: textOf,
    padId: idOf('_'),
    bosId: null,
    seed: 0,
    signal: new AbortController().signal,
    onCall: () => undefined,
    ...options,
  };
}
