import type { Node } from '../../trace/node.ts';
import type { GradientRows } from './readPlan.ts';

/**
 * Nodes of one kind and place, as arrays: never an object per node. A node is its index within the group.
 * A group says what it is (enough to name a node) and holds the numbers that its metrics are made of.
 */
export type NodeGroup = NeuronGroup | HeadGroup | LatentGroup | SingleGroup;

interface Ranked {
  /** False for nodes that a SAE stands for: they are in no table and in no sum. */
  readonly listed: boolean;
}

/** Index = position * d_mlp + neuron. */
export interface NeuronGroup extends Ranked {
  readonly kind: 'neuron';
  readonly layer: number;
  readonly width: number;
  /** [pos, d_mlp]. */
  readonly activation: Float32Array;
  /** What is left of the activation when it is written (edits of mlp_out scale it). The same array without edits. */
  readonly written: Float32Array;
  /** dL/dactivation [pos, d_mlp]; null = 0. */
  readonly gradient: Float32Array | null;
  /** |W_out[n]|. */
  readonly norms: Float32Array;
  /** Null where the scalar does not read what the layer writes. */
  readonly read: {
    readonly rows: GradientRows;
    /** W_out[n] . g [R, d_mlp]. */ readonly along: Float32Array;
  } | null;
}

/** Index = (head * pos + query) * pos + key; keys after the query are no nodes. */
export interface HeadGroup extends Ranked {
  readonly kind: 'head';
  readonly layer: number;
  readonly heads: number;
  readonly size: number;
  /** Pattern [head, query, key]. */
  readonly activation: Float32Array;
  readonly written: Float32Array;
  /** dL/dpattern; null = 0. */
  readonly gradient: Float32Array | null;
  /** With folded value biases, b_V,h . dL/dz(t, h) [head, query], which the biases' row takes over; else null. */
  readonly biasGradient: Float32Array | null;
  /** |V_h(u) W_O,h| [head, key]. */
  readonly norms: Float32Array;
  readonly read: {
    readonly rows: GradientRows;
    /** V_h(u) W_O,h . g_t [head, R, key]. */ readonly along: Float32Array;
  } | null;
}

/** Active latents of one SAE. Index = position * k + entry; entries past `counts` are no nodes. */
export interface LatentGroup {
  readonly kind: 'latent';
  readonly sae: string;
  readonly layer: number;
  readonly k: number;
  readonly indices: Int32Array;
  readonly counts: Int32Array;
  /** Each [pos, k]. */
  readonly activation: Float32Array;
  readonly writeMagnitude: Float32Array;
  readonly directEffect: Float32Array;
  readonly estimatedTotalEffect: Float32Array;
  readonly inSum: boolean;
}

/** Embeddings, errors and biases: activation 1. Index = position in `positions`. */
export interface SingleGroup {
  readonly kind: 'embedding' | 'error' | 'bias';
  readonly positions: readonly number[];
  readonly node: (position: number) => Node;
  /** Each [positions]. */
  readonly writeMagnitude: Float64Array;
  readonly directEffect: Float64Array;
  readonly estimatedTotalEffect: Float64Array;
  readonly inSum: boolean;
}

/** Number of indices of a group; some stand for no node. */
export function indexCount(group: NodeGroup): number {
  return 'positions' in group ? group.positions.length : group.activation.length;
}

/** Number of nodes of a group. */
export function nodeCount(group: NodeGroup): number {
  switch (group.kind) {
    case 'neuron':
      return group.activation.length;
    case 'head':
      return (group.heads * group.size * (group.size + 1)) / 2;
    case 'latent':
      return group.counts.reduce((sum, count) => sum + count, 0);
    default:
      return group.positions.length;
  }
}

/** What a node's name needs of its group: small, so that it may be kept when the numbers are let go. */
export type GroupShape =
  | Pick<NeuronGroup, 'kind' | 'layer' | 'width'>
  | Pick<HeadGroup, 'kind' | 'layer' | 'size'>
  | Pick<LatentGroup, 'kind' | 'sae' | 'layer' | 'k' | 'indices'>
  | Pick<SingleGroup, 'kind' | 'positions' | 'node'>;

export function shapeOf(group: NodeGroup): GroupShape {
  switch (group.kind) {
    case 'neuron':
      return { kind: 'neuron', layer: group.layer, width: group.width };
    case 'head':
      return { kind: 'head', layer: group.layer, size: group.size };
    case 'latent': {
      const { kind, sae, layer, k, indices } = group;
      return { kind, sae, layer, k, indices };
    }
    default: {
      const { kind, positions, node } = group;
      return { kind, positions, node };
    }
  }
}

export function nodeAt(group: GroupShape, index: number): Node {
  switch (group.kind) {
    case 'neuron': {
      const position = Math.floor(index / group.width);
      return { kind: 'neuron', layer: group.layer, neuron: index % group.width, position };
    }
    case 'head': {
      const { layer, size } = group;
      const head = Math.floor(index / (size * size));
      return {
        kind: 'head',
        layer,
        head,
        position: Math.floor(index / size) % size,
        source: index % size,
      };
    }
    case 'latent': {
      const { sae, layer } = group;
      const position = Math.floor(index / group.k);
      return { kind: 'latent', sae, layer, index: group.indices[index] ?? 0, position };
    }
    default:
      return group.node(group.positions[index] ?? 0);
  }
}
