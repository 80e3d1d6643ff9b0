import type { Checkpoint } from '../model/checkpoint.ts';
import { backwardGraph, type BackwardOptions, type BackwardOutput } from './backward.ts';
import { blockGraph, type BlockOptions, type BlockOutput } from './block.ts';
import { embedGraph, endNormGraph, surpriseGraph, unembedGraph, type EndOptions } from './ends.ts';
import { KeptGraphs, type Loaded } from './keptGraphs.ts';
import type { SessionFactory, WeightPolicy } from './session.ts';
import {
  blockWeightsGraph,
  unembedDirectionGraph,
  unembedRowsGraph,
  type BlockWeight,
  type UnembedWeight,
} from './weightReads.ts';

/** The graphs of one model, loaded when first needed and kept. */
export interface Graphs {
  embed(): Promise<Loaded<'embed' | 'pos_embed' | 'resid_pre'>>;
  block(layer: number, options?: BlockOptions): Promise<Loaded<BlockOutput>>;
  unembed(options?: EndOptions): Promise<Loaded<'logits'>>;
  /** The final LayerNorm without the table. */
  endNorm(options?: EndOptions): Promise<Loaded<'mean' | 'inv_std'>>;
  surprise(options?: EndOptions): Promise<Loaded<'log_prob' | 'entropy' | 'rank' | 'last'>>;
  /** Gradients of one block; never prepacked. */
  backward(layer: number, options?: BackwardOptions): Promise<Loaded<BackwardOutput>>;
  /** Vectors and columns of one block's weights. */
  blockWeights(layer: number): Promise<Loaded<BlockWeight>>;
  /** Rows of the unembedding, by token. */
  unembedRows(): Promise<Loaded<UnembedWeight>>;
  unembedDirection(): Promise<Loaded<'direction'>>;
  /** Frees every session. */
  release(): Promise<void>;
}

/**
 * `policy` holds for the blocks. The ends stay mapped when the blocks are prepacked: the embedding table is read by
 * three graphs, so that packing it would cost two private copies of the largest matrix for a few per cent of speed.
 */
export function createGraphs(checkpoint: Checkpoint, sessions: SessionFactory, policy: WeightPolicy): Graphs {
  const kept = new KeptGraphs(sessions, policy);
  const load = kept.load.bind(kept);

  return {
    embed: () => load('embed', () => embedGraph(checkpoint)),
    unembed: (options = {}) =>
      load(`unembed:${options.scale ?? 'live'}`, () => unembedGraph(checkpoint, options)),
    endNorm: (options = {}) =>
      load(`endNorm:${options.scale ?? 'live'}`, () => endNormGraph(checkpoint, options)),
    surprise: (options = {}) =>
      load(`surprise:${options.scale ?? 'live'}`, () => surpriseGraph(checkpoint, options)),
    block: (layer, options = {}) =>
      load(
        `block:${layer}:${options.past ?? 'none'}:${(options.edits ?? []).join('+')}`,
        () => blockGraph(checkpoint, layer, options),
        policy,
      ),
    backward: (layer, options = {}) =>
      load(
        `backward:${layer}:${options.rows ?? 'all'}:${(options.edits ?? []).join('+')}:${(options.seeds ?? []).join('+')}`,
        () => backwardGraph(checkpoint, layer, options),
      ),
    blockWeights: (layer) => load(`weights:${layer}`, () => blockWeightsGraph(checkpoint, layer)),
    unembedRows: () => load('unembedRows', () => unembedRowsGraph(checkpoint)),
    unembedDirection: () => load('unembedDirection', () => unembedDirectionGraph(checkpoint)),
    release: () => kept.release(),
  };
}
