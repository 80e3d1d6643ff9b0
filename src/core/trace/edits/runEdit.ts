import type { BlockOutput } from '../../graph/block.ts';

/**
 * A change of a run, ready for the engine: names, texts and means are resolved.
 * Positions are model tokens of the edited prompt.
 */
export type RunEdit = HookEdit | LatentEdit | ResidualEdit | ScaleFreeze;

/** hook = keep * hook + value. */
interface Change {
  readonly keep: number;
  /** One number for all, or a row per position: see the kinds. */
  readonly value: number | readonly Float32Array[];
}

/** Inside a block. Values: [d_head] rows for q, k, v, z; [d_model] for attn_out, mlp_out; [d_mlp] for post; [keys] for pattern. */
export interface HookEdit extends Change {
  readonly kind: 'hook';
  readonly hook: Extract<BlockOutput, 'q' | 'k' | 'v' | 'pattern' | 'z' | 'attn_out' | 'post' | 'mlp_out'>;
  readonly layer: number;
  /** Rows: queries of `pattern` and `q`, keys of `k` and `v`. */
  readonly positions: readonly number[];
  /** Head of q, k, v, pattern, z. Absent: every head. */
  readonly head?: number;
  /** Neuron of `post`; key of `pattern`. Absent: all of them. Given: a value's rows have one number each. */
  readonly index?: number;
}

/** The residual stream between blocks; resid_pre of layer l is resid_post of l - 1. Values: [d_model] rows. */
export interface ResidualEdit extends Change {
  readonly kind: 'residual';
  readonly hook: 'resid_pre' | 'resid_mid' | 'resid_post';
  readonly layer: number;
  readonly positions: readonly number[];
}

/**
 * A latent of a spliced SAE: the hook changes by (new z - z) * scale * W_dec[index], z and scale as this run has
 * them, so that the SAE's error term is kept. `error`: the error term itself is multiplied by `keep`.
 */
export interface LatentEdit {
  readonly kind: 'latent';
  readonly sae: string;
  readonly index: number | 'error';
  readonly positions: readonly number[];
  readonly keep: number;
  /** One number, or one per position. */
  readonly value: number | Float32Array;
}

/** Holds a LayerNorm's 1/sigma at given values. `layer` null = the final LayerNorm. */
export interface ScaleFreeze {
  readonly kind: 'scale';
  readonly norm: 'ln1' | 'ln2' | 'ln_final';
  readonly layer: number | null;
  readonly positions: readonly number[];
  /** 1/sigma per position. */
  readonly invStd: Float32Array;
}
