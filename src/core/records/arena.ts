import { bug } from '../errors.ts';

/** Numbers of one chunk: 4 MB. */
const CHUNK = 2 ** 20;

/** Longer blocks keep their own size. */
const LARGEST_ROUNDED = 256;

/** What an arena is stored as. */
export interface ArenaState {
  readonly chunks: readonly Float32Array[];
  readonly used: number;
  /** Pairs of (size, offset) of what is free. */
  readonly free: Float64Array;
}

/**
 * Keeps many small arrays of float32 without an object for each. A block never straddles chunks; freed blocks are used
 * again by blocks of their size.
 */
export class Arena {
  readonly chunkSize: number;
  private chunks: Float32Array[] = [];
  private readonly free = new Map<number, number[]>();
  private used = 0;

  constructor(largest: number) {
    this.chunkSize = Math.max(CHUNK, largest);
  }

  get bytes(): number {
    return this.chunks.length * this.chunkSize * 4;
  }

  /** Place of a copy of the numbers. */
  store(values: Float32Array): number {
    const size = blockSize(values.length, this.chunkSize);
    const place = this.free.get(size)?.pop() ?? this.extend(size);
    this.chunkOf(place).set(values, place % this.chunkSize);
    return place;
  }

  /** A view of what was stored at a place. */
  read(place: number, length: number): Float32Array {
    const start = place % this.chunkSize;
    return this.chunkOf(place).subarray(start, start + length);
  }

  /** Gives a place back; `length` as it was stored. */
  release(place: number, length: number): void {
    const size = blockSize(length, this.chunkSize);
    const free = this.free.get(size);
    if (free) free.push(place);
    else this.free.set(size, [place]);
  }

  state(): ArenaState {
    const pairs = [...this.free].flatMap(([size, places]) => places.flatMap((place) => [size, place]));
    return { chunks: this.chunks, used: this.used, free: Float64Array.from(pairs) };
  }

  restore({ chunks, used, free }: ArenaState): void {
    this.chunks = [...chunks];
    this.used = used;
    this.free.clear();
    for (let at = 0; at < free.length; at += 2) {
      const size = free[at] ?? 0;
      this.free.set(size, [...(this.free.get(size) ?? []), free[at + 1] ?? 0]);
    }
  }

  private extend(size: number): number {
    const left = this.chunks.length * this.chunkSize - this.used;
    if (left < size) {
      this.used = this.chunks.length * this.chunkSize;
      this.chunks.push(new Float32Array(this.chunkSize));
    }
    const place = this.used;
    this.used += size;
    return place;
  }

  private chunkOf(place: number): Float32Array {
    const chunk = this.chunks[Math.floor(place / this.chunkSize)];
    if (!chunk) throw bug(`an arena has nothing at ${place}`);
    return chunk;
  }
}

/** Small blocks come in powers of two, so that few sizes exist; large ones of one family all have the same size. */
function blockSize(length: number, largest: number): number {
  if (length > LARGEST_ROUNDED) return length;
  return length <= 4 ? 4 : Math.min(largest, 1 << (32 - Math.clz32(length - 1)));
}
