import { seededRandom } from '../trace/random.ts';
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
  if (positives.length === 0 || negatives.length === 0) return null;
  const ranked = [
    ...positives.map((value) => ({ value, truth: true })),
    ...negatives.map((value) => ({ value, truth: false })),
  ].sort((a, b) => a.value - b.value);
  let below = 0;
  let won = 0;
  for (let start = 0; start < ranked.length;) {
    let end = start;
    let trueOnes = 0;
    while (end < ranked.length && ranked[end]?.value === ranked[start]?.value) {
      if (ranked[end++]?.truth) trueOnes++;
    }
    const falseOnes = end - start - trueOnes;
    won += trueOnes * (below + falseOnes / 2);
    below += falseOnes;
    start = end;
  }
  return won / (positives.length * negatives.length);
}

export function accuracy(answers: readonly Answer[]): number | null {
  if (answers.length === 0) return null;
  return answers.filter(({ truth, probability }) => truth === probability >= YES).length / answers.length;
}

/** 2 tp / (2 tp + fp + fn); null when nothing is so and nothing was said to be. */
export function f1(answers: readonly Answer[]): number | null {
  let hits = 0;
  let misses = 0;
  for (const { truth, probability } of answers) {
    const yes = probability >= YES;
    if (truth && yes) hits++;
    else if (truth !== yes) misses++;
  }
  return hits + misses === 0 ? null : (2 * hits) / (2 * hits + misses);
}

/** All three with 95 % intervals by bootstrap over the answers of each kind. Null without answers. */
export function scoreAnswers(
  answers: readonly Answer[],
  { seed = 0 }: { readonly seed?: number } = {},
): BinaryScores | null {
  const rate = interval(answers, accuracy, seed);
  if (!rate) return null;
  return {
    accuracy: rate,
    f1: interval(answers, f1, seed),
    auc: interval(answers, aucOf, seed),
    examples: answers.length,
  };
}

function aucOf(answers: readonly Answer[]): number | null {
  const of = (kind: boolean) =>
    answers.filter(({ truth }) => truth === kind).map(({ probability }) => probability);
  return auc(of(true), of(false));
}

function interval(
  answers: readonly Answer[],
  figure: (answers: readonly Answer[]) => number | null,
  seed: number,
): Score | null {
  const value = figure(answers);
  if (value === null) return null;
  const random = seededRandom(seed);
  const groups = [true, false].map((kind) => answers.filter(({ truth }) => truth === kind));
  const values: number[] = [];
  for (let draw = 0; draw < RESAMPLES; draw++) {
    const drawn = groups.flatMap((group) =>
      group.map(() => group[Math.floor(random() * group.length)] ?? group[0]).filter((each) => !!each),
    );
    const found = figure(drawn);
    if (found !== null) values.push(found);
  }
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? value;
  return { value, low: Math.min(value, at(TAIL)), high: Math.max(value, at(1 - TAIL)) };
}
