const UINT32 = 0x1_0000_0000;

/** 32-bit FNV-1a hash of a string's UTF-16 units; stable for ever, since held-out splits depend on it. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return mix(hash);
}

/** Seeded random source (mulberry32): same seed, same sequence, on every platform. Not for secrets. */
export class Rng {
  private state: number;

  constructor(seed: number | string) {
    this.state = typeof seed === 'string' ? hashText(seed) : mix(seed);
  }

  /** A number in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / UINT32;
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

/** Scrambles 32 bits (murmur3 finaliser), so that neighbouring seeds give unrelated sequences. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
