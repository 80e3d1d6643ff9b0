import { TOP_LEVEL } from '../normalize.ts';
import type { TokenLogprobs } from '../parts.ts';

const LEVELS: ReadonlyMap<string, number> = new Map(
  Array.from({ length: TOP_LEVEL + 1 }, (_, level) => [String(level), level]),
);

/** Alternatives asked for at each value; servers that allow fewer give fewer. */
export const VALUE_ALTERNATIVES = 15;

/**
 * Expected level among the alternatives that are exactly `0` .. `10`, their probabilities renormalised; null when none
 * is. A tokenizer that splits `10` has no token for it, so that its mass is read as that of `1`.
 * Source: automated-interpretability, compute_predicted_activation_stats.
 */
export function expectedLevel(alternatives: TokenLogprobs['alternatives']): number | null {
  let mass = 0;
  let sum = 0;
  for (const { token, logprob } of alternatives) {
    const level = LEVELS.get(token);
    if (level === undefined || Number.isNaN(logprob)) continue;
    const probability = Math.exp(logprob);
    mass += probability;
    sum += probability * level;
  }
  return mass > 0 ? sum / mass : null;
}
