import { Arena } from './arena.ts';
import { HISTOGRAM_BINS } from './bins.ts';
import { LANES, TokenKernel, type KernelSums } from './kernel/tokenKernel.ts';
import { QuantileTable } from './quantileTable.ts';
import { TopTable } from './topTable.ts';
import { UnitSums, type StateArrays } from './unitSums.ts';
import { windowsPerBatch } from './windows.ts';

/** What a scan records of one family: its size and how its records are spelled. */
export interface FamilyShape {
  readonly id: string;
  readonly units: number;
  /**
   * `tokens`: a number per token; `pairs`: the lower triangle; `sparse`: token and number in turn, active tokens only.
   */
  readonly records: 'tokens' | 'pairs' | 'sparse';
  readonly context: number;
}

/** Windows that are kept of each unit: the strongest, and of each interval of activation. */
export interface RecordCounts {
  readonly top: number;
  readonly perQuantile: number;
}

/** Some windows as one unit saw them: the largest number of each. `read` gives the numbers of one that is kept. */
export interface OfferedWindows {
  /** NaN where any number is; is written to. */
  readonly highs: Float64Array;
  readonly sequences: Int32Array;
  readonly priorities: Float64Array;
  read(unit: number, at: number): Float32Array;
}

/** Everything that a scan keeps of one family. Its memory depends on units and records, never on the corpus. */
export class FamilyScan {
  readonly shape: FamilyShape;
  readonly sums: UnitSums;
  readonly top: TopTable;
  readonly quantiles: QuantileTable;
  readonly arena: Arena;
  /** Null for heads, large SAEs and odd numbers of units. */
  readonly kernel: TokenKernel | null;
  readonly kernelSums: KernelSums | null;
  /** Activations that were seen of each unit. */
  count = 0;

  /** `kernel` may be shared by families of one size. */
  constructor(shape: FamilyShape, counts: RecordCounts, kernel = kernelOf(shape, { families: 1 })) {
    const { units, records } = shape;
    this.shape = shape;
    this.kernel = kernel;
    this.kernelSums = kernel?.sums() ?? null;
    const bins = units * HISTOGRAM_BINS;
    this.sums = new UnitSums(
      units,
      this.kernelSums ?? {
        powers: new Float64Array(4 * units),
        counts: records === 'pairs' ? new Float64Array(bins) : new Uint32Array(bins),
      },
    );
    this.arena = new Arena(largestRecord(shape));
    this.top = new TopTable(units, counts.top, this.arena);
    this.quantiles = new QuantileTable(units, counts.perQuantile, this.arena, this.kernelSums);
  }

  /** Takes a window into the sums' extremes and the tables; `read` gives a record's numbers when they are kept. */
  offer(
    unit: number,
    max: number,
    window: { readonly sequence: number; readonly priority: number },
    read: (unit: number) => Float32Array,
  ): void {
    // NaN must not be lost among the small ones.
    const high = Number.isNaN(max) ? Infinity : max;
    if (!(high > 0)) return;
    const random = high < Infinity && this.quantiles.count(unit, high, window.priority);
    const top = high > (this.top.threshold[unit] ?? 0);
    if (!random && !top) return;
    const values = read(unit);
    if (random) this.quantiles.add(unit, window.sequence, high, window.priority, values);
    if (top) this.top.add(unit, window.sequence, high, values);
  }

  /** As `offer`, some windows in turn. */
  offerAll(unit: number, { highs, sequences, priorities, read }: OfferedWindows): void {
    const { top, quantiles } = this;
    for (let at = 0; at < highs.length; at++) if (Number.isNaN(highs[at])) highs[at] = Infinity;
    quantiles.countAll(unit, highs, priorities, (at) => {
      quantiles.add(unit, sequences[at] ?? 0, highs[at] ?? 0, priorities[at] ?? 0, read(unit, at));
    });
    for (let at = 0; at < highs.length; at++) {
      const high = highs[at] ?? 0;
      if (high > (top.threshold[unit] ?? 0)) top.add(unit, sequences[at] ?? 0, high, read(unit, at));
    }
  }

  /** A window of a finite maximum that is counted already; `values` gives its numbers when they are kept. */
  offerCounted(
    unit: number,
    max: number,
    window: { readonly sequence: number; readonly priority: number },
    read: () => Float32Array,
  ): void {
    const early = this.quantiles.isEarly(unit, max, window.priority);
    const top = max > (this.top.threshold[unit] ?? 0);
    if (!early && !top) return;
    const values = read();
    if (early) this.quantiles.add(unit, window.sequence, max, window.priority, values);
    if (top) this.top.add(unit, window.sequence, max, values);
  }

  get bytes(): number {
    const arrays = Object.values(this.state()).reduce((sum, { byteLength }) => sum + byteLength, 0);
    return arrays + this.arena.bytes;
  }

  /** Arrays but those of the arena, by name. */
  state(): StateArrays {
    const named = Object.entries({ sums: this.sums, top: this.top, quantiles: this.quantiles });
    return Object.fromEntries(
      named.flatMap(([part, table]) =>
        Object.entries(table.state()).map(([name, values]) => [`${part}.${name}`, values]),
      ),
    );
  }
}

/** SAEs of more latents are sparse to a graph too: most of theirs are never looked at. */
const DENSE_LATENTS = 4096;

/** A kernel for some families of one shape; null where they are not summed by one. */
export function kernelOf(
  { units, records, context }: FamilyShape,
  { families }: { readonly families: number },
): TokenKernel | null {
  if (records === 'pairs' || (records === 'sparse' && units > DENSE_LATENTS)) return null;
  if (units % LANES !== 0 || families === 0) return null;
  return new TokenKernel({ units, context, windows: windowsPerBatch(context), families });
}

function largestRecord({ records, context }: FamilyShape): number {
  if (records === 'sparse') return 2 * context;
  return records === 'tokens' ? context : (context * (context + 1)) / 2;
}
