import { formatPosition, positionOf } from '../../../src/core/prompt/position.ts';
import { formatNode, type Node } from '../../../src/core/trace/node.ts';
import type { TraceStep } from '../../../src/protocol/debugContract.ts';

type Tokens = readonly { readonly text: string }[];

/** Kinds in the order in which they are offered, as people read them. */
export const KIND_TITLES: Readonly<Record<Node['kind'], string>> = {
  embedding: 'Embeddings',
  head: 'Heads',
  neuron: 'Neurons',
  latent: 'Latents',
  error: 'SAE errors',
  bias: 'Biases',
};

/** The unit that a node is an activation of: `L9H9`, `L5N123`, `3-res/412`; null for embeddings, errors and biases. */
export function unitName(node: Node): string | null {
  if (node.kind === 'head') return `L${node.layer}H${node.head}`;
  if (node.kind === 'neuron') return `L${node.layer}N${node.neuron}`;
  return node.kind === 'latent' ? `${node.sae}/${node.index}` : null;
}

/** The node without its place: `L9H9`, `E`, `3-res/error`, `L3.b_O`. */
export function nodeName(node: Node): string {
  return formatNode(node).replace(/@.*$/u, '');
}

/** Where a node is: `14→2` for pairs, `@14` else. */
export function nodePlace(node: Node): string {
  return node.kind === 'head' ? `${node.position}→${node.source}` : `@${node.position}`;
}

/** Layer of a node; null for embeddings and the model's ends. */
export function nodeLayer(node: Node): number | null {
  return node.kind === 'embedding' ? null : node.layer;
}

export interface TraceChoice {
  readonly label: string;
  readonly step: TraceStep;
}

/** What a trace may go upstream from at a node: heads through query, key, both or value. `via` is for value traces. */
export function traceChoices(node: Node, via: string | null): readonly TraceChoice[] {
  if (node.kind === 'neuron' || node.kind === 'latent')
    return [{ label: 'Trace upstream', step: { at: formatNode(node), via: null } }];
  if (node.kind !== 'head') return [];
  const pair = `@${node.position}->${node.source}`;
  const through = (way: string, label: string, downstream: string | null): TraceChoice => ({
    label,
    step: { at: `${unitName(node)}.${way}${pair}`, via: downstream },
  });
  return [
    through('q', 'query', null),
    through('k', 'key', null),
    through('qk', 'both', null),
    through('v', 'value', via),
  ];
}

/** The edit that switches a node off, in the form that survives an edit of the text; null for biases. */
export function ablationOf(node: Node, tokens: Tokens): string | null {
  if (node.kind === 'bias') return null;
  return `${nodeName(node)}${writtenPlace(node, tokens)} zero`;
}

/** `@" to"#1`, and `->" Mary"#1` for pairs. */
function writtenPlace(node: Node, tokens: Tokens): string {
  const at = formatPosition(positionOf(tokens, node.position));
  if (node.kind !== 'head') return at;
  return `${at}->${formatPosition(positionOf(tokens, node.source)).slice(1)}`;
}

/** A written step as people read it: `L3H1.q@14→2`. */
export function stepTitle({ at, via }: TraceStep): string {
  const text = at.replace('->', '→');
  return via === null ? text : `${text} towards ${via.replace('->', '→')}`;
}
