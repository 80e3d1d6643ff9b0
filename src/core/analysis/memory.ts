import type { ModelConfig } from '../model/config.ts';
import type { WeightPolicy } from '../graph/session.ts';

/** Bytes that a run needs, besides what the program itself takes. */
export interface MemoryEstimate {
  /** Private copies of weights (prepacked or folded). */
  readonly weights: number;
  /** Weights read through the file's pages: shared and evictable, so not counted in `total`. */
  readonly mapped: number;
  /** Largest set of activations alive at once. */
  readonly activations: number;
  readonly total: number;
}

const FLOAT = 4;
/** Rows of logits held at once, see Runner.surprise: logits, log-softmax, exp and product. */
const LOGIT_COPIES = 4;
const MAX_LOGITS = 16_000_000;

/** Estimates a trace of `pos` tokens. Half-precision weights are folded to float32 unless cast per run. */
export function estimateMemory(
  config: ModelConfig,
  options: { readonly pos: number; readonly policy: WeightPolicy; readonly half: 'folded' | 'none' | 'cast' },
): MemoryEstimate {
  const { n_layers, d_model, d_mlp, n_heads, d_vocab } = config;
  const { pos } = options;
  const block = 4 * d_model * d_model + 2 * d_model * d_mlp;
  const matrices = FLOAT * (n_layers * block + d_vocab * d_model);
  const isPrivate = options.policy === 'prepack' || options.half === 'folded';
  const weights = isPrivate
    ? matrices
    : options.half === 'cast'
      ? FLOAT * Math.max(block, d_vocab * d_model)
      : 0;
  const layer = FLOAT * (pos * (12 * d_model + 3 * d_mlp) + 3 * n_heads * pos * pos);
  const resid = FLOAT * (n_layers + 1) * pos * d_model;
  const logits = FLOAT * LOGIT_COPIES * Math.min(pos * d_vocab, Math.max(MAX_LOGITS, d_vocab));
  const activations = resid + Math.max(2 * layer, logits);
  return { weights, mapped: isPrivate ? 0 : matrices, activations, total: weights + activations };
}
