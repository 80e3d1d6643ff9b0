/**
 * The k largest positive numbers of a long stream, with their ids, which must come in ascending order: of equal
 * numbers the smaller id is kept. NaN, zero and negative numbers never are.
 */
export class TopHeap {
  /** A number that is not greater is not kept: test it before calling `push`, which is then rarely called. */
  threshold: number;
  private readonly k: number;
  private readonly values: Float64Array;
  private readonly ids: Float64Array;
  private size = 0;

  constructor(k: number) {
    this.k = k;
    this.values = new Float64Array(k);
    this.ids = new Float64Array(k);
    this.threshold = k > 0 ? 0 : Infinity;
  }

  push(value: number, id: number): void {
    if (!(value > this.threshold)) return;
    if (this.size < this.k) {
      this.up(this.size++, value, id);
      if (this.size === this.k) this.threshold = this.values[0] ?? 0;
      return;
    }
    this.down(value, id);
    this.threshold = this.values[0] ?? 0;
  }

  /** Ids of what was kept, largest number first. */
  best(): number[] {
    const order = Array.from({ length: this.size }, (_, slot) => slot).toSorted((a, b) =>
      this.worse(this.values[b] ?? 0, this.ids[b] ?? 0, a) ? -1 : 1,
    );
    return order.map((slot) => this.ids[slot] ?? 0);
  }

  /** Root = worst: the smallest number, of equal ones the largest id. */
  private worse(value: number, id: number, slot: number): boolean {
    const other = this.values[slot] ?? 0;
    return value < other || (value === other && id > (this.ids[slot] ?? 0));
  }

  private up(start: number, value: number, id: number): void {
    let slot = start;
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      if (!this.worse(value, id, parent)) break;
      this.move(parent, slot);
      slot = parent;
    }
    this.values[slot] = value;
    this.ids[slot] = id;
  }

  private down(value: number, id: number): void {
    let slot = 0;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= this.size) break;
      const right = child + 1;
      if (right < this.size && this.worse(this.values[right] ?? 0, this.ids[right] ?? 0, child))
        child = right;
      if (this.worse(value, id, child)) break;
      this.move(child, slot);
      slot = child;
    }
    this.values[slot] = value;
    this.ids[slot] = id;
  }

  private move(from: number, to: number): void {
    this.values[to] = this.values[from] ?? 0;
    this.ids[to] = this.ids[from] ?? 0;
  }
}
