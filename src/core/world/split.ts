import { hashText } from './rng.ts';
import type { Rng } from './rng.ts';

/** `train` documents are what the embedded model is trained on; `heldout` ones use templates and pairs it never saw. */
export type Split = 'train' | 'heldout';

/** One template in five is held out: the last of each group of five in the list's order. */
const TEMPLATE_GROUP = 5;

/** One pair in four is held out. */
const PAIR_GROUP = 4;

/** The templates (or other list items) that belong to a split, by index: items 4, 9, 14, ... are held out. */
export function inSplit<T>(items: readonly T[], split: Split): readonly T[] {
  return items.filter(
    (_, index) => (index % TEMPLATE_GROUP === TEMPLATE_GROUP - 1) === (split === 'heldout'),
  );
}

/** The split of an unordered pair of words, by a hash of both: never depends on order, list or seed. */
export function pairSplit(first: string, second: string): Split {
  const key = first < second ? `${first}|${second}` : `${second}|${first}`;
  return hashText(key) % PAIR_GROUP === 0 ? 'heldout' : 'train';
}

/** Draws two different items whose pair belongs to the split, uniformly over all such ordered pairs. */
export function pickPair(rng: Rng, items: readonly string[], split: Split): [string, string] {
  return pickCross(rng, items, items, split);
}

/** Draws one item of each list so that the pair belongs to the split and the two differ. */
export function pickCross(
  rng: Rng,
  firsts: readonly string[],
  seconds: readonly string[],
  split: Split,
): [string, string] {
  for (;;) {
    const first = rng.pick(firsts);
    const second = rng.pick(seconds);
    if (first !== second && pairSplit(first, second) === split) return [first, second];
  }
}
