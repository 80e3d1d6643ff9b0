import type { ExampleGroup } from '../../../src/core/records/readings.ts';

/** What a card shows of activations, so that scale, sign and layer tell nothing of what the unit is. */

const LEVELS = 10;

/** Largest activation of all examples; 0 when there is none. */
export function largestOf(groups: readonly ExampleGroup[]): number {
  let largest = 0;
  for (const { examples } of groups)
    for (const { activations } of examples)
      for (const value of activations) largest = Math.max(largest, value);
  return largest;
}

/** Strengths from 0 to 10. What lies below zero is 0: only neurons go there. */
export function levelsOf(activations: ArrayLike<number>, largest: number): readonly number[] {
  return Array.from(activations, (value) => (largest > 0 ? (LEVELS * Math.max(0, value)) / largest : 0));
}

/** `Strongest`, `By chance`, `Peaks of 3 to 5 of 10`: the index' own titles hold activations. */
export function groupTitle({ set, examples }: ExampleGroup, largest: number): string {
  if (set === 'top') return 'Strongest';
  if (set === 'random') return 'By chance';
  const peaks = examples.map(({ activations }) => Math.max(0, ...levelsOf(activations, largest)));
  const [low, high] = [Math.floor(Math.min(...peaks)), Math.ceil(Math.max(...peaks))];
  return `Peaks of ${low} to ${high} of ${LEVELS}`;
}
