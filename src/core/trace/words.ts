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
  /** The score is of a trie of token patterns: it is never shown as that of the words. */
  readonly isPattern?: true;
  /** What the score is of where it is no correlation, as its publishers call it: `fuzz`, `recall`. */
  readonly scoreKind?: string;
  /** Published by others, `by` says whom: it is named wherever the words are shown. */
  readonly isPublished?: true;
  /** What else is said of the unit: what others published, the best first, then a pattern. */
  readonly also?: readonly WordsOfUnit[];
}

/** Tells what is known of a unit. */
export type WordsOf = (unit: Unit) => Promise<WordsOfUnit | null> | WordsOfUnit | null;

export const CONCEPT_LABEL = 'concept label';

/** What the score of some words is called: a trie's is its own, a label's is its F1, another kind's has its name. */
export function scoreName({
  by,
  isPattern,
  scoreKind = 'score',
}: Pick<WordsOfUnit, 'by' | 'isPattern' | 'scoreKind'>): string {
  if (isPattern === true) return 'pattern';
  return by === CONCEPT_LABEL ? 'F1' : scoreKind;
}

/**
 * `F1 0.84`, `score 0.72`, `pattern 0.23`, `fuzz 0.70`, `score 0.72, stale`, `OpenAI 2023, score 0.31`; empty when there is nothing
 * to say.
 */
export function scoreOfWords(known: Omit<WordsOfUnit, 'words'>): string {
  const { by, score, stale, isPattern, isPublished } = known;
  const unscored = isPattern === true ? [scoreName(known)] : [];
  const parts = [
    ...(isPublished === true ? [by] : []),
    ...(score === null ? unscored : [`${scoreName(known)} ${score.toFixed(2)}`]),
    ...(stale ? ['stale'] : []),
  ];
  return parts.join(', ');
}

/** Who says it and how well it holds: `summary, score 0.72`, `OpenAI 2023, score 0.31`. */
export function bylineOf(known: Omit<WordsOfUnit, 'words'>): string {
  const score = scoreOfWords(known);
  return known.isPublished === true || score === '' ? score || known.by : `${known.by}, ${score}`;
}

/** All that is said of a unit on one line, with who says it: `the sea (summary, score 0.72) · ocean (OpenAI 2023)`. */
export function told(known: WordsOfUnit): string {
  return [known, ...(known.also ?? [])].map((each) => `${each.words} (${bylineOf(each)})`).join(' · ');
}

/** Words with their score, and what others published beside them: `the sea (score 0.72) · ocean (OpenAI 2023, score 0.31)`. */
export function sayings(known: WordsOfUnit): readonly { readonly words: string; readonly score: string }[] {
  return [known, ...(known.also ?? [])].map((each) => ({ words: each.words, score: scoreOfWords(each) }));
}
