import type { Arena } from './arena.ts';
import type { StateArrays } from './unitSums.ts';

/** A record that is kept: its window, its largest activation and where its numbers lie. */
export interface KeptRecord {
  readonly sequence: number;
  readonly max: number;
  readonly place: number;
  readonly length: number;
}

/** The records of largest activation of every unit, falling; ties by window. */
export class TopTable {
  private readonly size: number;
  private readonly arena: Arena;
  private readonly max: Float32Array;
  private readonly window: Int32Array;
  private readonly place: Float64Array;
  private readonly length: Int32Array;
  private readonly filled: Int32Array;
  /** Below or at this, nothing enters: 0 until a unit has all its records. Shape [units]. */
  readonly threshold: Float32Array;

  constructor(units: number, size: number, arena: Arena) {
    this.size = size;
    this.arena = arena;
    this.max = new Float32Array(units * size);
    this.window = new Int32Array(units * size);
    this.place = new Float64Array(units * size);
    this.length = new Int32Array(units * size);
    this.filled = new Int32Array(units);
    this.threshold = new Float32Array(units).fill(size === 0 ? Infinity : 0);
  }

  /** Windows come in rising order, and only what is above `threshold`. */
  add(unit: number, sequence: number, max: number, values: Float32Array): void {
    const start = unit * this.size;
    let at = start + (this.filled[unit] ?? 0);
    if (at < start + this.size) this.filled[unit] = (this.filled[unit] ?? 0) + 1;
    else this.drop(--at);
    while (at > start && (this.max[at - 1] ?? 0) < max) {
      this.move(at - 1, at);
      at--;
    }
    this.max[at] = max;
    this.window[at] = sequence;
    this.place[at] = this.arena.store(values);
    this.length[at] = values.length;
    if (this.filled[unit] === this.size) this.threshold[unit] = this.max[start + this.size - 1] ?? 0;
  }

  records(unit: number): KeptRecord[] {
    const start = unit * this.size;
    return Array.from({ length: this.filled[unit] ?? 0 }, (_, index) => ({
      sequence: this.window[start + index] ?? 0,
      max: this.max[start + index] ?? 0,
      place: this.place[start + index] ?? 0,
      length: this.length[start + index] ?? 0,
    }));
  }

  state(): StateArrays {
    const { max, window, place, length, filled, threshold } = this;
    return { max, window, place, length, filled, threshold };
  }

  private drop(at: number): void {
    this.arena.release(this.place[at] ?? 0, this.length[at] ?? 0);
  }

  private move(from: number, to: number): void {
    this.max[to] = this.max[from] ?? 0;
    this.window[to] = this.window[from] ?? 0;
    this.place[to] = this.place[from] ?? 0;
    this.length[to] = this.length[from] ?? 0;
  }
}
