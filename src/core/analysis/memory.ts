import type { ModelConfig } from '../model/config.ts';
import { saeEntry, type SaeWeights } from '../graph/saeMatrix.ts';
import type { WeightPolicy } from '../graph/session.ts';
import { MAX_LOGITS } from '../trace/runner.ts';
import { keptLayers, layerBytes } from '../trace/trace.ts';

/** Bytes that a run needs, besides what the program itself takes. */
export interface MemoryEstimate {
  /** Private copies of weights (prepacked or folded). */
  readonly weights: number;
  /** Sessions of all blocks, without weights. */
  readonly sessions: number;
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
/** Rows of logits held at once, see surpriseGraph: logits or their exponents, log-softmax, and what is compared. */
const LOGIT_COPIES = 2.5;
/** Outputs of blocks that wait to be collected while every layer is read: measured on GPT-2 XL. */
const GARBAGE = 32 * 2 ** 20;
/** Folding leaves holes in the heap: measured 1.0 to 1.04. */
const FOLDING = 1.04;
/** The engine itself with a tokenizer, before any session: measured. */
const PROGRAM = { own: 54 * 2 ** 20, files: 68 * 2 ** 20 };
/** A block's session with two threads, before any weights: measured on 12, 24 and 48 of them. */
const SESSION = 1.2 * 2 ** 20;

/** How a model is held. */
export interface WeightForm {
  readonly policy: WeightPolicy;
  readonly half: 'folded' | 'none' | 'cast';
}

/** Estimates a trace of `pos` tokens. Half-precision weights are folded to float32 unless cast per run. */
export function estimateMemory(
  config: ModelConfig,
  options: WeightForm & { readonly pos: number },
): MemoryEstimate {
  const { n_layers, d_model, d_mlp, n_heads, d_vocab } = config;
  const { pos } = options;
  const block = FLOAT * (4 * d_model * d_model + 2 * d_model * d_mlp);
  const table = FLOAT * d_vocab * d_model;
  const size = { blocks: n_layers * block, table };
  const sessions = n_layers * SESSION;
  const layer = FLOAT * (pos * (12 * d_model + 3 * d_mlp) + 3 * n_heads * pos * pos);
  const resid = FLOAT * (n_layers + 1) * pos * d_model;
  const logits = FLOAT * LOGIT_COPIES * Math.min(pos * d_vocab, Math.max(MAX_LOGITS, d_vocab));
  const kept = keptLayers(config, pos) * layerBytes(config, pos);
  // Casting in every run holds the float32 form of what is multiplied.
  const cast = options.half === 'cast' ? { block, table } : { block: 0, table: 0 };
  // A trace that keeps every layer has them before it reads the end; others keep what is read of it later.
  const first = keptLayers(config, pos) === n_layers ? kept : 0;
  const reading = kept + 2 * layer + Math.min(2 * layer, GARBAGE) + cast.block;
  const activations = resid + Math.max(reading, first + logits + cast.table);
  const weights = privateWeights(size, options);
  return {
    weights,
    sessions,
    mapped: mappedWeights(size, options),
    activations,
    total: weights + sessions + activations,
    debugWeights: options.half === 'folded' ? foldedForDebugging(config, block) : 0,
    gradients: gradientBytes(config, pos),
  };
}

/** Bytes of a process: its own memory, and pages of files, which are given back by need. */
export interface ProcessBytes {
  readonly own: number;
  readonly files: number;
}

/** What the engine process takes with one trace, with the latents of the attached SAEs where they were read. */
export function engineBytes(
  { total, mapped }: MemoryEstimate,
  saes: ProcessBytes = { own: 0, files: 0 },
): ProcessBytes {
  return { own: PROGRAM.own + total + saes.own, files: PROGRAM.files + mapped + saes.files };
}

/**
 * What attached SAEs add once their latents are read: the matrices that encoding multiplies by. A decoder is read by edits,
 * gradients and unit pages, whose rows are few. Half precision is folded into private float32, or cast in every run.
 */
export function encoderBytes(saes: readonly SaeWeights[], half: WeightForm['half']): ProcessBytes {
  let own = 0;
  let files = 0;
  for (const sae of saes) {
    const { config } = sae;
    const names = config.rescale_acts_by_decoder_norm ? (['W_enc', 'W_dec'] as const) : (['W_enc'] as const);
    for (const name of names) {
      const { dtype, length } = saeEntry(sae, name);
      if (dtype === 'F32' || half === 'cast') files += length;
      else own += FLOAT * config.d_in * config.d_sae;
    }
  }
  return { own, files };
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

interface WeightSizes {
  readonly blocks: number;
  readonly table: number;
}

/** Bytes copied out of the file: packed blocks, folded half-precision weights. */
function privateWeights({ blocks, table }: WeightSizes, { policy, half }: WeightForm): number {
  if (half === 'cast') return 0;
  if (half === 'folded') return FOLDING * (blocks + table);
  return policy === 'prepack' ? blocks : 0;
}

/** Bytes read in the file's pages at every trace: what is not copied, the table once. */
function mappedWeights({ blocks, table }: WeightSizes, { policy, half }: WeightForm): number {
  if (half === 'cast') return (blocks + table) / 2;
  // Pages of the table, the last weight that is folded.
  if (half === 'folded') return table / 2;
  return table + (policy === 'prepack' ? 0 : blocks);
}
