import type { Tensor } from '../../tensor/tensor.ts';
import type { BlockOutput } from '../../graph/block.ts';

/** Where a scalar reads the run: `resid_post` of the last layer for logits, the hook of the traced node else. */
export interface ReadSite {
  readonly layer: number;
  readonly hook: 'resid_pre' | 'resid_mid' | 'resid_post' | 'attn_out' | 'mlp_out' | 'z' | 'post';
}

/**
 * A scalar as a linear function of what it reads: value = sum over vectors of (row at position) . vector + constants.
 * Exact when `additive`; otherwise the vectors are the gradient at this run and nothing needs to add up.
 */
export interface Readout {
  readonly site: ReadSite;
  /** Gradient of the scalar at the site (TDB's g_t); rows that are not listed are 0. Each vector [width of hook]. */
  readonly vectors: readonly { readonly position: number; readonly vector: Float32Array }[];
  /** Constants of the reading, e.g. `ln_f` for the final LayerNorm's bias. Added, they complete the sum. */
  readonly constants: readonly { readonly name: 'ln_f' | 'read'; readonly value: number }[];
  /** The scalar at this run. */
  readonly value: number;
  /** Null when the sum of direct effects and constants is the value; else why it is not. */
  readonly notAdditive: string | null;
  /** Shown with the numbers: what is held constant. */
  readonly held: readonly string[];
}

/** Hooks whose gradients the backward pass gives, in the layout of the block graph's output of that name. */
export type GradientHook = Extract<
  BlockOutput,
  | 'q'
  | 'k'
  | 'v'
  | 'scores'
  | 'pattern'
  | 'z'
  | 'attn_out'
  | 'resid_mid'
  | 'pre'
  | 'post'
  | 'mlp_out'
  | 'resid_post'
>;

/** Gradients of one scalar at every hook of one run. Hooks that the scalar cannot depend on have gradient 0. */
export interface Gradients {
  readonly readout: Readout;
  /** At hook_resid_pre of a layer, [pos, d_model]; layer 0 is the gradient at the embedding. */
  residPre(layer: number): Tensor;
  /** At the hooks of one block; null above the site of the readout, where all are 0. */
  layer(layer: number): ReadonlyMap<GradientHook, Tensor> | null;
}

/** How a scalar is differentiated. */
export interface GradientOptions {
  /** Holds the scale of the LayerNorm that the scalar reads through constant (default, as TDB). */
  readonly frozenScale: boolean;
  readonly signal?: AbortSignal | undefined;
}
