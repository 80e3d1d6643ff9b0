import { MOST_POINTS, RATING_MOST, type RatingReport } from '../../../src/core/explain/report.ts';
import type { RatingPoints } from '../../../src/protocol/reportViewContract.ts';

export interface Scale {
  readonly key: keyof RatingPoints;
  readonly title: string;
  readonly question: string;
  /** Points go from 0 to this. */
  readonly most: number;
  /** What no and all points stand for. */
  readonly ends: readonly [none: string, all: string];
}

/** The rubric, 0 to 14 points in all. Source: Bricken et al. 2023, "Towards Monosemanticity", human ratings. */
export const SCALES: readonly Scale[] = [
  {
    key: 'confidence',
    title: 'Confidence',
    question: 'How sure are you of your words for it?',
    most: RATING_MOST.confidence,
    ends: ['no idea', 'certain'],
  },
  {
    key: 'strong',
    title: 'Strong activations',
    question: 'Do the strongest examples agree with your words?',
    most: RATING_MOST.strong,
    ends: ['none does', 'all do'],
  },
  {
    key: 'weak',
    title: 'Weak activations',
    question: 'Do the weaker examples agree with them too?',
    most: RATING_MOST.weak,
    ends: ['none does', 'all do'],
  },
  {
    key: 'logits',
    title: 'Output tokens',
    question: 'Do the tokens that it votes for and against fit your words?',
    most: RATING_MOST.logits,
    ends: ['not at all', 'all do'],
  },
];

/** Points in all; null until every scale has some. */
export function totalOf(points: RatingPoints): number | null {
  let sum = 0;
  for (const { key } of SCALES) {
    const given = points[key];
    if (given === null) return null;
    sum += given;
  }
  return sum;
}

/** The scale that still waits for points; undefined when none does. */
export function firstWithout(points: RatingPoints): Scale | undefined {
  return SCALES.find(({ key }) => points[key] === null);
}

/** Counts by points over all families of a kind. */
export function countsOf(
  families: RatingReport['families'],
  kind: RatingReport['families'][number]['kind'],
): readonly number[] {
  return Array.from({ length: MOST_POINTS + 1 }, (_, points) =>
    families.reduce((sum, family) => sum + (family.kind === kind ? (family.counts[points] ?? 0) : 0), 0),
  );
}
