import { InterpError } from '../errors.ts';
import type { Unit } from '../model/units.ts';

/**
 * One part of the model at one token (or token pair): a row of the node table. Positions are model tokens,
 * BOS included. Source: Transformer Debugger's "node"; embeddings, errors and biases are rows too, so that sums close.
 */
export type Node =
  /** Token plus position embedding. */
  | { readonly kind: 'embedding'; readonly position: number }
  | {
      readonly kind: 'neuron';
      readonly layer: number;
      readonly neuron: number;
      readonly position: number;
    }
  /** A head at a pair: query `position` attends to key `source`. */
  | {
      readonly kind: 'head';
      readonly layer: number;
      readonly head: number;
      readonly position: number;
      readonly source: number;
    }
  | {
      readonly kind: 'latent';
      readonly sae: string;
      readonly layer: number;
      readonly index: number;
      readonly position: number;
    }
  /** What a SAE does not reconstruct. */
  | { readonly kind: 'error'; readonly sae: string; readonly layer: number; readonly position: number }
  /** A constant of the model: see BIAS_NAMES. */
  | {
      readonly kind: 'bias';
      readonly name: BiasName;
      /** Layer, or null for the model's ends. */
      readonly layer: number | null;
      /** SAE of `b_dec`. */
      readonly sae?: string;
      readonly position: number;
    };

/**
 * `b_O`, `b_out`: output biases of attention and MLP; `b_V`: value biases through W_O, when they are folded;
 * `b_dec`: a SAE's decoder bias; `ln_f`: bias of the final LayerNorm read by the scalar; `read`: every constant of
 * the traced reading itself (LayerNorm bias through its weights, b_in, b_Q, b_K, b_enc).
 */
export const BIAS_NAMES = ['b_O', 'b_out', 'b_V', 'b_dec', 'ln_f', 'read'] as const;
export type BiasName = (typeof BIAS_NAMES)[number];
export type NodeKind = Node['kind'];

/** `E@4`, `L5N123@14`, `L9H9@12->4`, `3-res/412@14`, `3-res/error@14`, `L3.b_O@14`, `ln_f@14`. */
export function formatNode(node: Node): string {
  switch (node.kind) {
    case 'embedding':
      return `E@${node.position}`;
    case 'neuron':
      return `L${node.layer}N${node.neuron}@${node.position}`;
    case 'head':
      return `L${node.layer}H${node.head}@${node.position}->${node.source}`;
    case 'latent':
      return `${node.sae}/${node.index}@${node.position}`;
    case 'error':
      return `${node.sae}/error@${node.position}`;
    case 'bias': {
      const owner = node.sae ?? (node.layer === null ? null : `L${node.layer}`);
      return `${owner === null ? '' : `${owner}.`}${node.name}@${node.position}`;
    }
  }
}

const EMBEDDING = /^E@(\d+)$/;
const NEURON = /^L(\d+)N(\d+)@(\d+)$/;
const HEAD = /^L(\d+)H(\d+)@(\d+)->(\d+)$/;
const LATENT = /^((\d+)-[^/\s]+)\/(\d+|error)@(\d+)$/;
const BIAS = /^(?:L(\d+)\.|((\d+)-[^/\s.]+)\.)?([A-Za-z_]+)@(\d+)$/;

/** Reads what `formatNode` wrote. @throws unit/unknown */
export function parseNode(text: string): Node {
  const embedding = EMBEDDING.exec(text);
  if (embedding) return { kind: 'embedding', position: Number(embedding[1]) };
  const neuron = NEURON.exec(text);
  if (neuron) {
    const [layer = 0, index = 0, position = 0] = neuron.slice(1).map(Number);
    return { kind: 'neuron', layer, neuron: index, position };
  }
  const head = HEAD.exec(text);
  if (head) {
    const [layer = 0, index = 0, position = 0, source = 0] = head.slice(1).map(Number);
    return { kind: 'head', layer, head: index, position, source };
  }
  const latent = LATENT.exec(text);
  if (latent) {
    const place = { sae: latent[1] ?? '', layer: Number(latent[2]), position: Number(latent[4]) };
    return latent[3] === 'error'
      ? { kind: 'error', ...place }
      : { kind: 'latent', ...place, index: Number(latent[3]) };
  }
  const bias = BIAS.exec(text);
  const name = BIAS_NAMES.find((known) => known === bias?.[4]);
  if (bias && name) {
    const position = Number(bias[5]);
    if (bias[2] !== undefined) return { kind: 'bias', name, layer: Number(bias[3]), sae: bias[2], position };
    return { kind: 'bias', name, layer: bias[1] === undefined ? null : Number(bias[1]), position };
  }
  throw new InterpError('unit/unknown', `"${text}" is not a node; nodes look like L9H9@12->4 or L5N123@14.`, {
    data: { node: text },
  });
}

/** What a person points at; null for embeddings, errors and biases. */
export function unitOfNode(node: Node): Unit | null {
  switch (node.kind) {
    case 'neuron':
      return { kind: 'neuron', layer: node.layer, neuron: node.neuron };
    case 'head':
      return { kind: 'head', layer: node.layer, head: node.head };
    case 'latent':
      return { kind: 'latent', sae: node.sae, index: node.index };
    default:
      return null;
  }
}
