import type { Unit } from '../model/units.ts';

/** What is known of a unit in words. */
export interface WordsOfUnit {
  readonly words: string;
  /** `summary`, `gpt-4o`, `human`; `CONCEPT_LABEL` for words that ship with a SAE. */
  readonly by: string;
  /** Of an explanation its score; of a concept label its F1. */
  readonly score: number | null;
  /** The words belong to another model, SAE or index. */
  readonly stale: boolean;
  /** Published by others, `by` says whom: it is named wherever the words are shown. */
  readonly isPublished?: true;
  /** What others published beside them, the best first. */
  readonly also?: readonly WordsOfUnit[];
}

/** Tells what is known of a unit. */
export type WordsOf = (unit: Unit) => Promise<WordsOfUnit | null> | WordsOfUnit | null;

export const CONCEPT_LABEL = 'concept label';

/** `F1 0.84`, `score 0.72`, `score 0.72, stale`, `OpenAI 2023, score 0.31`; empty when there is nothing to say. */
export function scoreOfWords({ by, score, stale, isPublished }: Omit<WordsOfUnit, 'words'>): string {
  const name = by === CONCEPT_LABEL ? 'F1' : 'score';
  const parts = [
    ...(isPublished === true ? [by] : []),
    ...(score === null ? [] : [`${name} ${score.toFixed(2)}`]),
    ...(stale ? ['stale'] : []),
  ];
  return parts.join(', ');
}

/** Who says it and how well it holds: `summary, score 0.72`, `OpenAI 2023, score 0.31`. */
export function bylineOf(known: Omit<WordsOfUnit, 'words'>): string {
  const score = scoreOfWords(known);
  return known.isPublished === true || score === '' ? score || known.by : `${known.by}, ${score}`;
}

/** Words with their score, and what others published beside them: `the sea (score 0.72) · ocean (OpenAI 2023, score 0.31)`. */
export function sayings(known: WordsOfUnit): readonly { readonly words: string; readonly score: string }[] {
  return [known, ...(known.also ?? [])].map((each) => ({ words: each.words, score: scoreOfWords(each) }));
}
