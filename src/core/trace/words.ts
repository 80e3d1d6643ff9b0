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
}

/** Tells what is known of a unit. */
export type WordsOf = (unit: Unit) => Promise<WordsOfUnit | null> | WordsOfUnit | null;

export const CONCEPT_LABEL = 'concept label';

/** `F1 0.84`, `score 0.72`, `score 0.72, stale`; empty when there is nothing to say. */
export function scoreOfWords({ by, score, stale }: Omit<WordsOfUnit, 'words'>): string {
  const name = by === CONCEPT_LABEL ? 'F1' : 'score';
  const parts = [...(score === null ? [] : [`${name} ${score.toFixed(2)}`]), ...(stale ? ['stale'] : [])];
  return parts.join(', ');
}
