import type { WordsOfUnit } from '../../core/trace/words.ts';
import { jsonNumber } from './numbers.ts';

/** What is known of a unit, as `--json` prints it: the same keys whether or not there is something. */
export function wordsJson(known: WordsOfUnit | null): Readonly<Record<string, unknown>> {
  const { words, by, score, stale } = known ?? { words: null, by: null, score: null, stale: false };
  return { words, wordsBy: by, score: jsonNumber(score), isPattern: known?.isPattern === true, stale };
}
