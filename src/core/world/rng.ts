import { scramble, seededRandom } from '../random.ts';

/** 32-bit FNV-1a hash of a string's UTF-16 units; stable for ever, since held-out splits depend on it. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return scramble(hash);
}

/** Seeded random source (mulberry32): same seed, same sequence, on every platform. Not for secrets. */
export class Rng {
  /** A number in [0, 1). */
  readonly next: () => number;

  constructor(seed: number | string) {
    this.next = seededRandom(typeof seed === 'string' ? hashText(seed) : scramble(seed));
  }

  /** An integer in [0, size). */
  below(size: number): number {
    return Math.floor(this.next() * size);
  }

  /** An integer in [low, high], both ends included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One item, uniformly. @throws RangeError for an empty list. */
  pick<T>(items: readonly T[]): T {
    const index = this.below(items.length);
    if (index >= items.length) throw new RangeError('Rng.pick: the list is empty');
    return items[index] as T;
  }

  /** `count` different items in random order (all of them if the list is shorter). */
  sample<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    const taken: T[] = [];
    while (taken.length < count && rest.length > 0) {
      const index = this.below(rest.length);
      taken.push(rest[index] as T);
      rest[index] = rest[rest.length - 1] as T;
      rest.pop();
    }
    return taken;
  }

  /** `count` characters drawn uniformly from `alphabet`. */
  letters(alphabet: string, count: number): string {
    let text = '';
    for (let i = 0; i < count; i++) text += alphabet.charAt(this.below(alphabet.length));
    return text;
  }
}
