/** One row that a LayerNorm reads. */
export interface NormRow {
  /** [d_model]. */
  readonly x: Float32Array;
  readonly mean: number;
  /** 1/sigma as the run used it. */
  readonly invStd: number;
  readonly gain: Float32Array;
  readonly bias: Float32Array;
}

/** A linear function of a LayerNorm's output, seen from its input. */
export interface NormReading {
  /** Gradient at the row, [d_model]. */
  readonly vector: Float64Array;
  /** What the LayerNorm's bias contributes. */
  readonly constant: number;
  /** The function's value at the row; x . vector + constant while the scale is frozen. */
  readonly value: number;
}

/**
 * direction . LayerNorm(x) as a function of x, float64. With u = gain * direction and xhat = (x - mean) / sigma the
 * gradient is (u - mean(u)) / sigma with sigma held, and (u - mean(u) - xhat * mean(u * xhat)) / sigma with it live.
 */
export function throughNorm(
  row: NormRow,
  direction: ArrayLike<number>,
  scale: 'frozen' | 'live',
): NormReading {
  const { x, mean, invStd, gain, bias } = row;
  const u = Float64Array.from(gain, (factor, i) => factor * (direction[i] ?? 0));
  const xhat = Float64Array.from(x, (value) => (value - mean) * invStd);
  const meanU = sum(u) / u.length;
  const along = dot(u, xhat);
  const alongMean = scale === 'live' ? along / u.length : 0;
  const vector = u.map((value, i) => (value - meanU - (xhat[i] ?? 0) * alongMean) * invStd);
  const constant = dot(bias, direction);
  return { vector, constant, value: along + constant };
}

/** Mean and 1/sigma of a row, float64. */
export function normOf(x: Float32Array, eps: number): { mean: number; invStd: number } {
  const mean = sum(x) / x.length;
  const variance = x.reduce((total, value) => total + (value - mean) ** 2, 0) / x.length;
  return { mean, invStd: 1 / Math.sqrt(variance + eps) };
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] ?? 0) * (b[i] ?? 0);
  return total;
}

/** factor * each number. */
export function times(vector: ArrayLike<number>, factor: number): Float64Array {
  return Float64Array.from(vector, (value) => value * factor);
}

function sum(values: Float32Array | Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
