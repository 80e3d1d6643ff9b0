import { bug } from '../../errors.ts';
import { HISTOGRAM_BINS } from '../bins.ts';
import { BLOCK_UNITS, LIST_SLACK, reduceModule, ROW_BYTES, SHUFFLES, type Places } from './reduceModule.ts';

/** Units that one instruction takes; a family of another number is summed in plain TypeScript. */
export const LANES = 4;

/** Bytes of one page of WebAssembly memory. */
const PAGE = 65_536;
/** A memory is addressed in 32 bits, its end included. */
const MAX_BYTES = 2 ** 32 - PAGE;

export interface KernelShape {
  readonly units: number;
  /** Tokens of a window at most. */
  readonly context: number;
  /** Windows of a batch at most, of `context` tokens each. */
  readonly windows: number;
  /** Families that share the kernel. */
  readonly families: number;
}

/** What a kernel adds up of one family. */
export interface KernelSums {
  /** Shape [4, units]. */
  readonly powers: Float64Array;
  /** Shape [units, HISTOGRAM_BINS]. */
  readonly counts: Uint32Array;
}

/** A window of a batch: its place, its first row and the rows that count, from the first one on. */
export interface KernelWindow {
  readonly window: number;
  readonly first: number;
  readonly rows: Int32Array;
}

/** Widths of the bins while windows are taken in: `extend` is called before a number is counted that has no bin. */
export interface KernelBins {
  /** 0 = none yet. Shape [units]. */
  readonly width: Float64Array;
  /** Takes what a window gave of a unit. */
  extend(unit: number, low: number, high: number): void;
}

/**
 * Sums and counts activations [tokens, units] of windows, four units at once. A scan looks at every activation of every
 * neuron: in plain JavaScript that takes as long as the model itself.
 */
export class TokenKernel {
  /** Activations of a batch, [rows, units]: a graph may write them here. */
  readonly values: Float32Array;
  /** Of each window of the batch; NaN is passed over, and seen in `powers`. Shape [windows, units]. */
  readonly maxima: Float32Array;
  readonly minima: Float32Array;
  private readonly units: number;
  /** Addresses of the rows to take. */
  private readonly rows: Uint32Array;
  /** 1 / width, and the largest number that has a bin. Shape [units]. */
  private readonly inverse: Float32Array;
  private readonly limit: Float32Array;
  private readonly slots: KernelSums[];
  private readonly reduce: Reduce;
  private bins: KernelBins | null = null;

  constructor(shape: KernelShape) {
    const { units, context, windows, families } = shape;
    this.units = units;
    const arena = new ByteArena(bytesOf(shape));
    this.slots = Array.from({ length: families }, () => ({
      powers: arena.take(Float64Array, 4 * units),
      counts: arena.take(Uint32Array, HISTOGRAM_BINS * units),
    }));
    this.maxima = arena.take(Float32Array, windows * units);
    this.minima = arena.take(Float32Array, windows * units);
    this.inverse = arena.take(Float32Array, units);
    this.limit = arena.take(Float32Array, units);
    this.rows = arena.take(Uint32Array, context);
    const scratch = arena.take(Uint8Array, ROW_BYTES * context);
    const list = arena.take(Uint8Array, ROW_BYTES * context + LIST_SLACK);
    const shuffles = arena.take(Uint8Array, SHUFFLES.length);
    shuffles.set(SHUFFLES);
    // Last, for the last block of the last row may be read beyond its end.
    this.values = arena.take(Float32Array, windows * context * units);
    const places: Places = {
      width: 4 * units,
      maxima: this.maxima.byteOffset,
      minima: this.minima.byteOffset,
      inverse: this.inverse.byteOffset,
      limit: this.limit.byteOffset,
      scratch: scratch.byteOffset,
      list: list.byteOffset,
      shuffles: shuffles.byteOffset,
    };
    this.reduce = instantiate(arena.memory, places, (unit, extremes) =>
      this.extend(unit, extremes / (4 * units)),
    );
  }

  /** Arrays of one more family; as many as the kernel was made for. */
  sums(): KernelSums {
    const slot = this.slots.shift();
    if (!slot) throw bug('a kernel has no room for another family');
    return slot;
  }

  /** Before the windows of a batch. */
  begin(bins: KernelBins): void {
    this.bins = bins;
    this.widen(0, this.units);
  }

  /** Adds some rows of `values`, at least one, and sets the window's `maxima` and `minima`. */
  add({ powers, counts }: KernelSums, { window, first, rows }: KernelWindow): void {
    const { units, values } = this;
    for (let at = 0; at < rows.length; at++) {
      this.rows[at] = values.byteOffset + 4 * units * (first + (rows[at] ?? 0));
    }
    const start = this.rows.byteOffset;
    this.reduce(start, start + 4 * rows.length, powers.byteOffset, counts.byteOffset, 4 * units * window);
  }

  private extend(unit: number, window: number): void {
    const end = Math.min(this.units, unit + BLOCK_UNITS);
    for (let own = unit, at = window * this.units + unit; own < end; own++, at++) {
      this.bins?.extend(own, this.minima[at] ?? 0, this.maxima[at] ?? 0);
    }
    this.widen(unit, end);
  }

  private widen(from: number, end: number): void {
    const width = this.bins?.width;
    for (let unit = from; unit < end; unit++) {
      const own = width?.[unit] ?? 0;
      this.inverse[unit] = 1 / own;
      this.limit[unit] = own * HISTOGRAM_BINS;
    }
  }
}

function bytesOf({ units, context, windows, families }: KernelShape): number {
  const sums = families * units * (4 * 8 + 4 * HISTOGRAM_BINS);
  const scratch = context * (2 * ROW_BYTES + 4) + SHUFFLES.length + LIST_SLACK;
  const padding = 16 * (2 * families + 16);
  return sums + 4 * units * (2 + windows * (2 + context)) + scratch + ROW_BYTES + padding;
}

/** Hands out the parts of one memory, each at a multiple of 16 bytes. */
class ByteArena {
  readonly memory: WebAssembly.Memory;
  private at = 0;

  constructor(bytes: number) {
    if (bytes > MAX_BYTES) throw bug(`a kernel of ${bytes} bytes`);
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  }

  take<A>(
    array: {
      new (buffer: ArrayBuffer, start: number, length: number): A;
      readonly BYTES_PER_ELEMENT: number;
    },
    length: number,
  ): A {
    const start = this.at;
    this.at += 16 * Math.ceil((length * array.BYTES_PER_ELEMENT) / 16);
    return new array(this.memory.buffer, start, length);
  }
}

type Reduce = (rows: number, end: number, powers: number, counts: number, extremes: number) => void;

function instantiate(
  memory: WebAssembly.Memory,
  places: Places,
  extend: (unit: number, extremes: number) => void,
): Reduce {
  const module = new WebAssembly.Module(reduceModule(places));
  const { exports } = new WebAssembly.Instance(module, { env: { memory, extend } });
  return (exports as unknown as { readonly reduce: Reduce }).reduce;
}
