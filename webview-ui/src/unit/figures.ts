import {
  isOfPattern,
  type ExplanationRecord,
  type ListedExplanation,
  type Score,
} from '../../../src/core/explain/explanation.ts';
import { formatNumber, formatPercentShort } from '../draw/format.ts';

const WHOLE = new Intl.NumberFormat('en-US');

/** A count with its thousands apart. */
export function bigNumber(value: number): string {
  return WHOLE.format(value);
}

/** A density in running text: what is rarer than one in a thousand as a count of a million. */
export function densityText(density: number): string {
  if (density === 0) return '0 %';
  return density < 0.001
    ? `${formatNumber(density * 1e6, { digits: 2 })} per million`
    : formatPercentShort(density);
}

/** `0.72`; two decimals, signed only where below zero. */
export function scoreText(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}

/** `0.65 to 0.79`, of 95 %. */
export function intervalText({ low, high }: Score): string {
  return `${low.toFixed(2)} to ${high.toFixed(2)}`;
}

/** The preferred score with its interval, where one was computed. */
export function preferredScore({ scores }: ExplanationRecord): Score | null {
  return scores?.pairs?.auc ?? scores?.topAndRandom?.correlation ?? null;
}

/** What the preferred score is: its short sign. */
export function scoreSign({ scores, scoreKind }: ExplanationRecord): string {
  return scoreKind ?? (scores?.pairs ? 'AUC' : 'r');
}

/**
 * The explanation that speaks for a unit: the best fresh one whose words were scored; else the first with words.
 * The score of a pattern never speaks for words.
 */
export function bestExplanation(all: readonly ListedExplanation[]): ListedExplanation | null {
  const worth = ({ record, stale }: ListedExplanation): number =>
    (stale === null ? 10 : 0) + (isOfPattern(record) ? -5 : (record.score ?? -2));
  return [...all].sort((a, b) => worth(b) - worth(a))[0] ?? null;
}

/** Who turned the explanation into activations, in plain words; null = nobody did. */
export function scoredHow({ simulator, simulatorKind }: ExplanationRecord): string | null {
  switch (simulatorKind) {
    case null:
      return null;
    case 'words':
      return 'scored from its words, offline';
    case 'pattern':
      return 'scored by its pattern';
    case 'concepts':
      return 'scored by the concept labels of the world';
    default:
      return `scored by ${simulator ?? 'a language model'}`;
  }
}
