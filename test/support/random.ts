/** Seeded random numbers for tests: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Standard normal. */
  normal(): number;
  /** Integer from 0 to below `end`. */
  below(end: number): number;
}

/** mulberry32, with Box-Muller for normals. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    below: (end) => Math.floor(next() * end),
  };
}

/** Normal numbers of the given mean and standard deviation, as float32. */
export function normals(random: Random, count: number, spread: { mean: number; std: number }): Float32Array {
  return Float32Array.from({ length: count }, () => spread.mean + spread.std * random.normal());
}
