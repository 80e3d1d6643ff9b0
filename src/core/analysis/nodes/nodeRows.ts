import type { Node } from '../../trace/node.ts';
import type { WordsOfUnit } from '../../trace/words.ts';

/**
 * The four columns of the Transformer Debugger for one node. Source: TDB terminology.
 * `activation`: post-activation of a neuron, pattern weight of a pair, latent activation, 1 for embeddings, errors
 * and biases. `writeMagnitude`: activation x norm of the write direction, signed. `directEffect`: (what it writes) . g,
 * exactly 0 where the scalar does not read it directly. `estimatedTotalEffect`: activation x dL/dactivation.
 */
export interface NodeMetrics {
  readonly activation: number;
  readonly writeMagnitude: number;
  readonly directEffect: number;
  readonly estimatedTotalEffect: number;
}
export type Metric = keyof NodeMetrics;

/** One node with its figures in both runs. */
export interface NodeRow {
  /** `formatNode(node)`: the row's identity. */
  readonly name: string;
  readonly node: Node;
  /** Null where this side has no such node (an unaligned position, an inactive latent). */
  readonly left: NodeMetrics | null;
  readonly right: NodeMetrics | null;
  /** What the unit is about; null: nothing is known of it, or it is no unit. */
  readonly known: WordsOfUnit | null;
  /** For latents of attention outputs: the source position that contributes most. */
  readonly attributedTo: number | null;
}

/** Direct effects of ALL nodes (not only the rows), constants included, against the scalar. */
export interface SumCheck {
  /** Sum of direct effects by kind, in the scalar's unit. */
  readonly byKind: Readonly<Record<Node['kind'], number>>;
  readonly direct: number;
  readonly value: number;
  /** direct - value; only rounding when the sum closes. */
  readonly residual: number;
  /** Null when the sum is offered, else why the scalar is not additive. */
  readonly notAdditive: string | null;
}

/** The nodes that matter most, and whether all of them together add up to the scalar. */
export interface NodeTable {
  readonly rows: readonly NodeRow[];
  /** Nodes that were ranked. */
  readonly total: number;
  readonly left: SumCheck;
  readonly right: SumCheck | null;
  /** Which of the columns' k put rows in: k largest (and k most negative of the two effect columns). */
  readonly k: number;
}

/** What is ranked as a node, and how many rows are kept. */
export interface NodeTableOptions {
  /** Rows per column and end; the union is shown. */
  readonly k: number;
  /** SAEs that take the place of what they read: mlp_out for the layer's neurons, a resid SAE for all before it. */
  readonly saes: readonly string[];
  /** Moves value biases out of the heads into `b_V` rows (older TransformerLens' fold_value_biases). */
  readonly foldValueBiases: boolean;
}
