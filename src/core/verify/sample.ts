import type { ModelConfig } from '../model/config.ts';
import { seededRandom } from '../random.ts';

/** What a slow run is made of. */
export interface Sample {
  readonly ids: readonly number[];
  /** Blocks that are compared, from the first up. */
  readonly layers: readonly number[];
}

/** Multiplications that a person waits for: about half a minute of plain loops. */
const BUDGET = 13e9;
const MOST_TOKENS = 24;
const FEWEST_TOKENS = 8;
const SEED = 5;

/**
 * Random tokens after BOS, the second half a copy of the first, so that heads that look for repetitions look far; and
 * the blocks: all of them where time allows, else the first, the last and as many between as fit.
 */
export function sampleOf(config: ModelConfig, { bos }: { readonly bos: number | null }): Sample {
  const { n_layers, d_model, d_mlp, d_vocab, n_ctx } = config;
  const block = 4 * d_model ** 2 + 2 * d_model * d_mlp;
  const ends = d_model * d_vocab;
  const tokens = Math.floor(BUDGET / (n_layers * block + ends));
  const count = Math.min(n_ctx, MOST_TOKENS, Math.max(FEWEST_TOKENS, tokens));
  const affordable = Math.floor((BUDGET / count - ends) / block);
  return { ids: idsOf(count, { bos, d_vocab }), layers: spread(n_layers, Math.max(2, affordable)) };
}

function idsOf(
  count: number,
  { bos, d_vocab }: { readonly bos: number | null; readonly d_vocab: number },
): number[] {
  const random = seededRandom(SEED);
  const free = bos === null ? count : count - 1;
  const half = Array.from({ length: Math.ceil(free / 2) }, () => Math.floor(random() * d_vocab));
  return [...(bos === null ? [] : [bos]), ...half, ...half].slice(0, count);
}

/** `most` of n numbers, the first and the last among them. */
function spread(n: number, most: number): number[] {
  if (most >= n) return Array.from({ length: n }, (_, index) => index);
  const chosen = Array.from({ length: most }, (_, index) => Math.round((index * (n - 1)) / (most - 1)));
  return [...new Set(chosen)];
}
