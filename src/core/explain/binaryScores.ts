import { seededRandom } from '../random.ts';
import { RESAMPLES } from './bootstrap.ts';
import type { BinaryScores, Score } from './explanation.ts';

/** One answered yes-or-no question. */
export interface Answer {
  /** What is so. */
  readonly truth: boolean;
  /** Probability of yes, 0..1. */
  readonly probability: number;
}

/** From here on a probability means yes. */
const YES = 0.5;
const TAIL = 0.025;

/**
 * Area under the ROC curve: how often a true one ranks above a false one, ties one half. Null without both kinds.
 */
export function auc(positives: readonly number[], negatives: readonly number[]): number | null {
  return aucOf(
    ranked([
      ...positives.map((probability) => ({ truth: true, probability })),
      ...negatives.map((probability) => ({ truth: false, probability })),
    ]),
  );
}

/** Null without answers. */
export function accuracy(answers: readonly Answer[]): number | null {
  return accuracyOf(ranked(answers));
}

/** 2 tp / (2 tp + fp + fn); null when nothing is so and nothing was said to be. */
export function f1(answers: readonly Answer[]): number | null {
  return f1Of(ranked(answers));
}

/** All three with 95 % intervals by bootstrap over the answers of each kind. Null without answers. */
export function scoreAnswers(
  answers: readonly Answer[],
  { seed = 0 }: { readonly seed?: number } = {},
): BinaryScores | null {
  const sorted = ranked(answers);
  const draws = drawsOf(sorted, seed);
  const rate = interval(draws, accuracyOf(sorted), accuracyOf);
  if (!rate) return null;
  return {
    accuracy: rate,
    f1: interval(draws, f1Of(sorted), f1Of),
    auc: interval(draws, aucOf(sorted), aucOf),
    examples: answers.length,
  };
}

/** Answers by rising probability, each counted so many times. */
interface Ranked {
  readonly answers: readonly Answer[];
  readonly counts: Uint16Array;
}

function ranked(answers: readonly Answer[]): Ranked {
  return {
    answers: answers.toSorted((a, b) => a.probability - b.probability),
    counts: new Uint16Array(answers.length).fill(1),
  };
}

function aucOf({ answers, counts }: Ranked): number | null {
  let below = 0;
  let above = 0;
  let won = 0;
  for (let start = 0; start < answers.length;) {
    let [trueOnes, falseOnes, end] = [0, 0, start];
    while (end < answers.length && answers[end]?.probability === answers[start]?.probability) {
      if (answers[end]?.truth) trueOnes += counts[end] ?? 0;
      else falseOnes += counts[end] ?? 0;
      end++;
    }
    won += trueOnes * (below + falseOnes / 2);
    below += falseOnes;
    above += trueOnes;
    start = end;
  }
  return below * above === 0 ? null : won / (below * above);
}

function accuracyOf({ answers, counts }: Ranked): number | null {
  let right = 0;
  let all = 0;
  for (let index = 0; index < answers.length; index++) {
    const count = counts[index] ?? 0;
    all += count;
    if (isRight(answers[index])) right += count;
  }
  return all === 0 ? null : right / all;
}

function f1Of({ answers, counts }: Ranked): number | null {
  let hits = 0;
  let misses = 0;
  for (let index = 0; index < answers.length; index++) {
    if (!isRight(answers[index])) misses += counts[index] ?? 0;
    else if (answers[index]?.truth) hits += counts[index] ?? 0;
  }
  return hits + misses === 0 ? null : (2 * hits) / (2 * hits + misses);
}

function isRight(answer: Answer | undefined): boolean {
  return answer !== undefined && answer.truth === answer.probability >= YES;
}

/** Resamples that keep how many answers there are of each kind. */
function drawsOf({ answers }: Ranked, seed: number): Ranked[] {
  const random = seededRandom(seed);
  const kinds = [true, false].map((kind) =>
    Array.from(answers.keys()).filter((index) => answers[index]?.truth === kind),
  );
  return Array.from({ length: RESAMPLES }, () => {
    const counts = new Uint16Array(answers.length);
    for (const kind of kinds) {
      for (let draw = 0; draw < kind.length; draw++) {
        const index = kind[Math.floor(random() * kind.length)] ?? 0;
        counts[index] = (counts[index] ?? 0) + 1;
      }
    }
    return { answers, counts };
  });
}

function interval(
  draws: readonly Ranked[],
  value: number | null,
  figure: (ranked: Ranked) => number | null,
): Score | null {
  if (value === null) return null;
  const values = draws.flatMap((draw) => figure(draw) ?? []).sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? value;
  return { value, low: Math.min(value, at(TAIL)), high: Math.max(value, at(1 - TAIL)) };
}
