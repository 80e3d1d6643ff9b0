import { bug } from '../../errors.ts';
import { HISTOGRAM_BINS } from '../bins.ts';
import { KEEP_LANES, keepFunction } from './keepModule.ts';
import { MAXIMUM_BINS, OFFER_BYTES, offerFunction, type OfferPlaces } from './offerModule.ts';
import {
  BLOCK_UNITS,
  LIST_SLACK,
  reduceFunction,
  ROW_BYTES,
  SHUFFLES,
  WINDOW,
  type Places,
} from './reduceModule.ts';
import { wasmModule, type WasmFunction } from './wasm.ts';

/** Units that one instruction takes; a family of another number is summed in plain TypeScript. */
export const LANES = 4;

/** Bytes of one page of WebAssembly memory. */
const PAGE = 65_536;
/** A memory is addressed in 32 bits, its end included. */
const MAX_BYTES = 2 ** 32 - PAGE;

/** What a kernel's memory is laid out for. */
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
  /** Windows by their maximum; shape [units, MAXIMUM_BINS]. */
  readonly maxima: Uint32Array;
  /** Of each of these bins: a window's priority must be below it to be kept. */
  readonly worst: Uint32Array;
}

/** A window of a batch: its place, its first row, the rows that count from the first one on, and its priority. */
export interface KernelWindow {
  readonly window: number;
  readonly first: number;
  readonly rows: Int32Array;
  readonly priority: number;
}

/** Widths of the bins of activations while windows are taken in. */
export interface KernelBins {
  /** 0 = none yet. Shape [units]. */
  readonly width: Float64Array;
  /** Takes what a window gave of a unit; it is called before a number is counted that has no bin. */
  extend(unit: number, low: number, high: number): void;
}

/** What decides which windows may be records. */
export interface KernelTables {
  /** Width of the bins of windows' maxima; 0 = none yet. Shape [units]. */
  readonly width: Float64Array;
  /** Below or at this, a window is none of a unit's top records. Shape [units]. */
  readonly threshold: Float32Array;
}

/** Told of every unit of which a window may be a record. */
export interface OfferSink {
  /** A window that is above the threshold or early enough, by what they were before the batch. It is counted. */
  candidate(unit: number, window: number): void;
  /** A unit whose windows are to be offered one by one: its bins must be widened first, or a number is NaN. */
  rest(unit: number): void;
}

/**
 * Sums and counts activations [tokens, units] of windows, four units at once, and finds the few windows that may be
 * records. A scan looks at every activation of every neuron: in plain JavaScript that takes as long as the model itself.
 */
export class TokenKernel {
  /** Activations of a batch, [rows, units]: a graph may write them here. */
  readonly values: Float32Array;
  /** Of each window of the batch; NaN is passed over, and seen in `powers`. Shape [windows, units]. */
  readonly maxima: Float32Array;
  readonly minima: Float32Array;
  /** Of all windows of the batch. Shape [units]. */
  readonly high: Float32Array;
  readonly low: Float32Array;
  private readonly units: number;
  /** Fields of the windows, and addresses of the rows to take. */
  private readonly windows: Uint32Array;
  private readonly rows: Uint32Array;
  /** 1 / width, and the largest number that has a bin: of activations, of windows' maxima. Shape [units]. */
  private readonly inverse: Float32Array;
  private readonly limit: Float32Array;
  private readonly maximumInverse: Float32Array;
  private readonly maximumLimit: Float32Array;
  private readonly threshold: Float32Array;
  private readonly offers: Uint32Array;
  private readonly offersEnd: Uint32Array;
  private readonly slots: KernelSums[];
  private readonly code: Functions;
  private taken: readonly KernelWindow[] = [];
  private bins: KernelBins | null = null;

  constructor(shape: KernelShape) {
    const { units, context, windows, families } = shape;
    this.units = units;
    const arena = new ByteArena(bytesOf(shape));
    this.slots = Array.from({ length: families }, () => ({
      powers: arena.take(Float64Array, 4 * units),
      counts: arena.take(Uint32Array, HISTOGRAM_BINS * units),
      maxima: arena.take(Uint32Array, MAXIMUM_BINS * units),
      worst: arena.take(Uint32Array, MAXIMUM_BINS * units),
    }));
    const perUnit = (): Float32Array => arena.take(Float32Array, units);
    this.maxima = arena.take(Float32Array, windows * units);
    this.minima = arena.take(Float32Array, windows * units);
    [this.high, this.low, this.threshold] = [perUnit(), perUnit(), perUnit()];
    [this.inverse, this.limit] = [perUnit(), perUnit()];
    [this.maximumInverse, this.maximumLimit] = [perUnit(), perUnit()];
    this.windows = arena.take(Uint32Array, (WINDOW.bytes / 4) * windows);
    this.rows = arena.take(Uint32Array, windows * context);
    this.offers = arena.take(Uint32Array, (OFFER_BYTES / 4) * windows * units);
    this.offersEnd = arena.take(Uint32Array, 1);
    const scratch = arena.take(Uint8Array, ROW_BYTES * context).byteOffset;
    const list = arena.take(Uint8Array, ROW_BYTES * context + LIST_SLACK).byteOffset;
    const bins = arena.take(Uint8Array, 4 * LANES).byteOffset;
    const kept = arena.take(Float32Array, units + LANES).byteOffset;
    const shuffles = arena.take(Uint8Array, SHUFFLES.length);
    shuffles.set(SHUFFLES);
    // Last, for the last block of the last row may be read beyond its end.
    this.values = arena.take(Float32Array, windows * context * units);
    const places = { ...this.places(), scratch, list, shuffles: shuffles.byteOffset };
    const functions = [
      reduceFunction(places),
      offerFunction({ ...this.offerPlaces(), bins }),
      keepFunction({ width: 4 * units, list: kept, shuffles: shuffles.byteOffset }),
    ];
    this.code = instantiate(arena.memory, functions, (unit, extremes) =>
      this.extend(unit, extremes / (4 * units)),
    );
  }

  /** Arrays of one more family; as many as the kernel was made for. */
  sums(): KernelSums {
    const slot = this.slots.shift();
    if (!slot) throw bug('a kernel has no room for another family');
    return slot;
  }

  /** Of the first rows of `values`, none of them negative, all but the `kept` largest of each row become 0. */
  keepLargest(rows: number, kept: number): void {
    if (rows === 0 || kept >= this.units) return;
    const parts = Math.ceil(kept / KEEP_LANES);
    const part = 4 * KEEP_LANES * Math.floor(this.units / (KEEP_LANES * parts));
    const { byteOffset } = this.values;
    this.code.keep(byteOffset, byteOffset + 4 * this.units * rows, kept, part, part * parts);
  }

  /** Adds some rows of `values`, at least one of each window, and sets the extremes. */
  add({ powers, counts }: KernelSums, windows: readonly KernelWindow[], bins: KernelBins): void {
    this.bins = bins;
    this.taken = windows;
    this.widen(0, this.units);
    this.code.reduce(...this.list(windows), powers.byteOffset, counts.byteOffset);
  }

  /** Counts the windows of the last `add` by their maxima, and tells what may be a record, unit by unit. */
  offer({ powers, maxima, worst }: KernelSums, { width, threshold }: KernelTables, sink: OfferSink): void {
    setBins(width, MAXIMUM_BINS, { inverse: this.maximumInverse, limit: this.maximumLimit });
    this.threshold.set(threshold);
    const start = this.windows.byteOffset;
    const toWorst = worst.byteOffset - maxima.byteOffset;
    const end = start + WINDOW.bytes * this.taken.length;
    this.code.offer(start, end, powers.byteOffset, maxima.byteOffset, toWorst);
    const listed = ((this.offersEnd[0] ?? 0) - this.offers.byteOffset) / 4;
    for (let at = 0; at < listed; at += OFFER_BYTES / 4) {
      const unit = this.offers[at] ?? 0;
      const place = this.offers[at + 1] ?? 0;
      if (place === 0) sink.rest(unit);
      else sink.candidate(unit, (place - start) / WINDOW.bytes);
    }
  }

  /** Writes down windows and their rows. @returns where the windows begin and end */
  private list(windows: readonly KernelWindow[]): [number, number] {
    const { units, values } = this;
    let end = 0;
    windows.forEach(({ window, first, rows, priority }, index) => {
      const start = end;
      for (const row of rows) this.rows[end++] = values.byteOffset + 4 * units * (first + row);
      const address = (at: number): number => this.rows.byteOffset + 4 * at;
      const fields = [address(start), address(end), 4 * units * window, priority];
      this.windows.set(fields, (WINDOW.bytes / 4) * index);
    });
    const { byteOffset } = this.windows;
    return [byteOffset, byteOffset + WINDOW.bytes * windows.length];
  }

  private extend(unit: number, window: number): void {
    const end = Math.min(this.units, unit + BLOCK_UNITS);
    for (let own = unit, at = window * this.units + unit; own < end; own++, at++) {
      this.bins?.extend(own, this.minima[at] ?? 0, this.maxima[at] ?? 0);
    }
    this.widen(unit, end);
  }

  private widen(from: number, end: number): void {
    const bins = { inverse: this.inverse, limit: this.limit };
    if (this.bins) setBins(this.bins.width, HISTOGRAM_BINS, bins, { from, end });
  }

  private places(): Omit<Places, 'scratch' | 'list' | 'shuffles'> {
    return {
      width: 4 * this.units,
      maxima: this.maxima.byteOffset,
      minima: this.minima.byteOffset,
      inverse: this.inverse.byteOffset,
      limit: this.limit.byteOffset,
    };
  }

  private offerPlaces(): Omit<OfferPlaces, 'bins'> {
    return {
      width: 4 * this.units,
      maxima: this.maxima.byteOffset,
      minima: this.minima.byteOffset,
      high: this.high.byteOffset,
      low: this.low.byteOffset,
      inverse: this.maximumInverse.byteOffset,
      limit: this.maximumLimit.byteOffset,
      threshold: this.threshold.byteOffset,
      offers: this.offers.byteOffset,
      offersEnd: this.offersEnd.byteOffset,
    };
  }
}

/** Widths are powers of two: what is divided by them can be multiplied by their inverse. */
function setBins(
  width: Float64Array,
  bins: number,
  into: { readonly inverse: Float32Array; readonly limit: Float32Array },
  { from, end } = { from: 0, end: width.length },
): void {
  for (let unit = from; unit < end; unit++) {
    const own = width[unit] ?? 0;
    into.inverse[unit] = 1 / own;
    into.limit[unit] = own * bins;
  }
}

function bytesOf({ units, context, windows, families }: KernelShape): number {
  const sums = families * units * (4 * 8 + 4 * HISTOGRAM_BINS + 2 * 4 * MAXIMUM_BINS);
  const perUnit = 8 * 4 + windows * (2 * 4 + OFFER_BYTES);
  const lists = windows * (WINDOW.bytes + 4 * context);
  const scratch = context * 2 * ROW_BYTES + SHUFFLES.length + LIST_SLACK;
  const padding = 16 * (4 * families + 26);
  return sums + units * (perUnit + 4 * windows * context) + lists + scratch + ROW_BYTES + padding;
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

interface Functions {
  reduce(windows: number, end: number, powers: number, counts: number): void;
  offer(windows: number, end: number, powers: number, counts: number, toWorst: number): void;
  keep(rows: number, end: number, kept: number, part: number, parts: number): void;
}

function instantiate(
  memory: WebAssembly.Memory,
  functions: readonly WasmFunction[],
  extend: (unit: number, extremes: number) => void,
): Functions {
  const bytes = wasmModule({ imports: [{ name: 'extend', params: 2 }], functions });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, extend } });
  return exports as unknown as Functions;
}
