/** Activations are told to a reader, and simulated by one, as whole numbers from 0 to this. */
export const TOP_LEVEL = 10;

/** Largest relu(activation) over windows: what normalising divides by. 0 when nothing is active. */
export function largest(windows: readonly ArrayLike<number>[]): number {
  let max = 0;
  for (const window of windows) {
    for (let index = 0; index < window.length; index++) max = Math.max(max, window[index] ?? 0);
  }
  return max;
}

/**
 * Activations as whole numbers 0..10: min(10, floor(10 relu(x) / max)); all 0 when `max` <= 0.
 * Source: OpenAI automated-interpretability, `normalize_activations`.
 */
export function normalizeActivations(
  activations: ArrayLike<number>,
  max: number = largest([activations]),
): number[] {
  return Array.from(activations, (activation) =>
    max <= 0 ? 0 : Math.min(TOP_LEVEL, Math.floor((TOP_LEVEL * Math.max(0, activation)) / max)),
  );
}
