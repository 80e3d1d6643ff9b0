import type { Checkpoint } from '../model/checkpoint.ts';
import { backwardGraph, type BackwardOptions, type BackwardOutput } from './backward.ts';
import { blockGraph, type BlockOptions, type BlockOutput } from './block.ts';
import { embedGraph, endNormGraph, surpriseGraph, unembedGraph, type EndOptions } from './ends.ts';
import type { GraphModel, Ref } from './graphBuilder.ts';
import type { GraphSession, SessionFactory, WeightPolicy } from './session.ts';
import {
  blockWeightsGraph,
  unembedDirectionGraph,
  unembedRowsGraph,
  type BlockWeight,
  type UnembedWeight,
} from './weightReads.ts';

/** A loaded graph with the names of its outputs. */
export interface Loaded<Output extends string> {
  readonly session: GraphSession;
  readonly outputs: Readonly<Record<Output, Ref>>;
}

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
  const loaded = new Map<string, Promise<Loaded<string>>>();

  /** Kept as a promise, so that two askers share one load; a failed load may be tried again. */
  const load = <Output extends string>(
    key: string,
    build: () => { readonly model: GraphModel; readonly outputs: Readonly<Record<Output, Ref>> },
    held: WeightPolicy = policy === 'prepack' ? 'mapped' : policy,
  ): Promise<Loaded<Output>> => {
    const known = loaded.get(key);
    if (known) return known;
    const { model, outputs } = build();
    const created = sessions.create(model, held).then((session): Loaded<Output> => ({ session, outputs }));
    loaded.set(key, created);
    created.catch(() => loaded.delete(key));
    return created;
  };

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
    release: async () => {
      const all = [...loaded.values()];
      loaded.clear();
      for (const result of await Promise.allSettled(all)) {
        if (result.status === 'fulfilled') await result.value.session.release();
      }
    },
  };
}
