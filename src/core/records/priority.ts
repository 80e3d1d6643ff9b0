import { scramble } from '../random.ts';

/**
 * Place of a window in one random order, the same for all units: the lower, the sooner it is chosen. It depends on seed
 * and number alone, so that no choice depends on how a scan was interrupted. 32 bits, murmur3's finaliser twice.
 */
export function windowPriority(seed: number, sequence: number): number {
  return scramble(scramble(sequence ^ 0x9e3779b9) ^ seed);
}

/** The windows of lowest priority number so far; ties by number. Bounded by `count`. */
export class RandomWindows {
  private readonly seed: number;
  private readonly count: number;
  private readonly chosen: { readonly sequence: number; readonly priority: number }[] = [];

  constructor(count: number, seed: number, sequences: readonly number[] = []) {
    this.count = count;
    this.seed = seed;
    for (const sequence of sequences) this.add(sequence);
  }

  add(sequence: number): void {
    const priority = windowPriority(this.seed, sequence);
    const last = this.chosen.at(-1);
    if (this.chosen.length >= this.count && (last === undefined || priority >= last.priority)) return;
    this.chosen.push({ sequence, priority });
    this.chosen.sort((a, b) => a.priority - b.priority || a.sequence - b.sequence);
    this.chosen.length = Math.min(this.chosen.length, this.count);
  }

  /** In their random order. */
  sequences(): number[] {
    return this.chosen.map(({ sequence }) => sequence);
  }
}
