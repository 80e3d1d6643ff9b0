import type { SparseActs } from '../trace/saeRunner.ts';

/** Active latents of one window, by latent. The arrays are used again for the next one. */
export class GroupedLatents {
  /** Those that are active, in the order that they were met. */
  readonly latents: number[] = [];
  /** Numbers of each latent lie together, from `start`, `count` of them. */
  values = new Float32Array();
  readonly start: Int32Array;
  readonly count: Int32Array;
  private rows = new Int32Array();

  constructor(units: number) {
    this.start = new Int32Array(units);
    this.count = new Int32Array(units);
  }

  fill(acts: SparseActs, first: number, rows: Int32Array): void {
    for (const latent of this.latents) this.count[latent] = 0;
    this.latents.length = 0;
    if (this.values.length < rows.length * acts.k) {
      this.values = new Float32Array(rows.length * acts.k);
      this.rows = new Int32Array(rows.length * acts.k);
    }
    this.measure(acts, first, rows);
    let at = 0;
    for (const latent of this.latents) {
      this.start[latent] = at;
      at += this.count[latent] ?? 0;
      this.count[latent] = 0;
    }
    const { k, counts, indices, values } = acts;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] ?? 0;
      const begin = (first + row) * k;
      const end = begin + Math.min(k, counts[first + row] ?? 0);
      for (let entry = begin; entry < end; entry++) {
        const latent = indices[entry] ?? 0;
        const count = this.count[latent] ?? 0;
        const place = (this.start[latent] ?? 0) + count;
        this.values[place] = values[entry] ?? 0;
        this.rows[place] = row;
        this.count[latent] = count + 1;
      }
    }
  }

  /** Token and number in turn; empty where the latent is not active. */
  record(latent: number): Float32Array {
    const start = this.start[latent] ?? 0;
    const record = new Float32Array(2 * (this.count[latent] ?? 0));
    for (let at = 0; at < record.length; at += 2) {
      record[at] = this.rows[start + at / 2] ?? 0;
      record[at + 1] = this.values[start + at / 2] ?? 0;
    }
    return record;
  }

  /** Finds the active latents, and how often each is. */
  private measure({ k, counts, indices }: SparseActs, first: number, rows: Int32Array): void {
    for (let i = 0; i < rows.length; i++) {
      const at = first + (rows[i] ?? 0);
      const end = at * k + Math.min(k, counts[at] ?? 0);
      for (let entry = at * k; entry < end; entry++) {
        const latent = indices[entry] ?? 0;
        const count = this.count[latent] ?? 0;
        if (count === 0) this.latents.push(latent);
        this.count[latent] = count + 1;
      }
    }
  }
}
