import type { SaeWeights } from '../../graph/saeMatrix.ts';
import type { Gradients, ReadSite } from '../../trace/gradients/readout.ts';
import type { RunEdit } from '../../trace/edits/runEdit.ts';
import type { SaeRunner, SparseActs } from '../../trace/saeRunner.ts';
import type { Scalar } from '../../trace/gradients/scalar.ts';
import type { Trace } from '../../trace/trace.ts';
import type { NodeReads } from './nodeReads.ts';

/** A SAE whose latents are nodes. */
export interface NodeSae extends SaeWeights {
  /** `{layer}-{set}`. */
  readonly id: string;
  readonly runner: Pick<SaeRunner, 'decode'>;
  /** Active latents at every token of this side's run. */
  acts(): Promise<SparseActs>;
  /** d pre-activation / d hook of a latent at a token, normalisation scale held: its readout's vector. [d_in]. */
  read(index: number, position: number): Promise<Float32Array>;
}

/** One run and one scalar: everything that the nodes of one side are computed from. */
export interface NodeSide {
  readonly reads: NodeReads;
  readonly trace: Pick<Trace, 'config' | 'ids' | 'layer' | 'residPre' | 'hook' | 'unembed'>;
  readonly scalar: Scalar;
  readonly gradients: Gradients;
  /** SAEs that are switched on: see `saePlan`. */
  readonly saes: readonly NodeSae[];
  /** Edits that the run was made with. */
  readonly edits: readonly RunEdit[];
}

/**
 * Where something is written into the residual stream, in order of computation: -1 the embeddings, 2l the
 * attention of layer l, 2l + 1 its MLP.
 */
export type Stage = number;
export const EMBEDDING_STAGE: Stage = -1;

export function attentionStage(layer: number): Stage {
  return 2 * layer;
}

export function mlpStage(layer: number): Stage {
  return 2 * layer + 1;
}

/** The last stage that a place of the residual stream contains. */
export function stageAt(hook: 'resid_pre' | 'resid_mid' | 'resid_post', layer: number): Stage {
  switch (hook) {
    case 'resid_pre':
      return 2 * layer - 1;
    case 'resid_mid':
      return 2 * layer;
    case 'resid_post':
      return 2 * layer + 1;
  }
}

/** The last stage of the residual stream that a reading sees: a block's own output sees the stream before its part. */
export function lastStageBefore({ hook, layer }: ReadSite): Stage {
  if (hook === 'attn_out' || hook === 'z') return stageAt('resid_pre', layer);
  return stageAt(hook === 'mlp_out' || hook === 'post' ? 'resid_mid' : hook, layer);
}
