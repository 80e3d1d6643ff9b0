import type { ModelConfig } from '../model/config.ts';
import type { WeightPolicy } from '../graph/session.ts';
import { MAX_LOGITS } from '../trace/runner.ts';
import { keptLayers, layerBytes } from '../trace/trace.ts';

/** Bytes that a run needs, besides what the program itself takes. */
export interface MemoryEstimate {
  /** Private copies of weights (prepacked or folded). */
  readonly weights: number;
  /** Weights read through the file's pages: shared and evictable, so not counted in `total`. */
  readonly mapped: number;
  /** Largest set of activations alive at once, with those that a trace keeps. */
  readonly activations: number;
  readonly total: number;
  /** What debugging adds, once per model: private copies of half-precision weights in backward and read graphs. */
  readonly debugWeights: number;
  /** What debugging adds for each scalar of each run: gradients that stay while a view may ask for them. */
  readonly gradients: number;
}

const FLOAT = 4;
/** Rows of logits held at once, see Runner.surprise: logits, log-softmax, exp and product. */
const LOGIT_COPIES = 4;

/** Estimates a trace of `pos` tokens. Half-precision weights are folded to float32 unless cast per run. */
export function estimateMemory(
  config: ModelConfig,
  options: { readonly pos: number; readonly policy: WeightPolicy; readonly half: 'folded' | 'none' | 'cast' },
): MemoryEstimate {
  const { n_layers, d_model, d_mlp, n_heads, d_vocab } = config;
  const { pos } = options;
  const block = FLOAT * (4 * d_model * d_model + 2 * d_model * d_mlp);
  const table = FLOAT * d_vocab * d_model;
  const weights = privateWeights({ blocks: n_layers * block, block, table }, options);
  const mapped = n_layers * block + table - Math.min(weights, n_layers * block + table);
  const layer = FLOAT * (pos * (12 * d_model + 3 * d_mlp) + 3 * n_heads * pos * pos);
  const resid = FLOAT * (n_layers + 1) * pos * d_model;
  const logits = FLOAT * LOGIT_COPIES * Math.min(pos * d_vocab, Math.max(MAX_LOGITS, d_vocab));
  const kept = keptLayers(config, pos) * layerBytes(config, pos);
  const activations = resid + kept + Math.max(2 * layer, logits);
  return {
    weights,
    mapped,
    activations,
    total: weights + activations,
    debugWeights: options.half === 'folded' ? foldedForDebugging(config, block) : 0,
    gradients: gradientBytes(config, pos),
  };
}

/**
 * Backward graphs are never packed, so float32 weights stay in their file. Folded ones are copied: every block, once
 * more that of the scalar, whose MLP is passed for some rows, and the two matrices that blocks write by.
 */
function foldedForDebugging({ n_layers, d_model, d_mlp }: ModelConfig, block: number): number {
  return (n_layers + 1) * block + n_layers * FLOAT * d_model * (d_model + d_mlp);
}

/** Of every block the gradients that a node table reads: pattern, z, attn_out, resid_mid, post and resid_pre. */
function gradientBytes({ n_layers, n_heads, d_model, d_mlp }: ModelConfig, pos: number): number {
  return n_layers * FLOAT * (n_heads * pos * pos + pos * (4 * d_model + d_mlp));
}

/** Bytes copied out of the file: packed blocks; folded half-precision weights (the table once for each end). */
function privateWeights(
  size: { readonly blocks: number; readonly block: number; readonly table: number },
  options: { readonly policy: WeightPolicy; readonly half: 'folded' | 'none' | 'cast' },
): number {
  if (options.half === 'cast') return Math.max(size.block, size.table);
  const table = options.half === 'folded' ? 2 * size.table : 0;
  return (options.policy === 'prepack' || options.half === 'folded' ? size.blocks : 0) + table;
}
