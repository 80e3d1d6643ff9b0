/**
 * Counts of activations above zero. Bin `id` = ceil(activation / width) holds ((id - 1) * width, id * width];
 * `counts[i]` belongs to bin `i + 1`. Source of the bins: OpenAI's SAE viewer (there with width 0.2).
 */
export interface Histogram {
  readonly width: number;
  readonly counts: readonly number[];
}

/** Moments of a distribution; null where it has none (a constant has no skewness). */
export interface Moments {
  readonly mean: number;
  readonly variance: number;
  readonly skewness: number | null;
  readonly kurtosis: number | null;
}

/**
 * How one unit behaves over a whole corpus. Over all tokens but BOS, which every window starts with; a head counts its
 * (query, key) pairs instead, but those whose query is a BOS. The histogram counts what is finite.
 */
export interface UnitStatistics {
  /** Tokens (heads: pairs) that were seen. */
  readonly count: number;
  /** Share of them with an activation above zero, 0..1. */
  readonly density: number;
  /** Around the mean; kurtosis is not reduced by 3. */
  readonly central: Moments;
  /** Around zero: E[a], E[a^2], E[a^3] / E[a^2]^1.5, E[a^4] / E[a^2]^2. */
  readonly zeroCentered: Moments;
  readonly min: number;
  readonly max: number;
  readonly histogram: Histogram;
}
