import type { Node } from '../../trace/node.ts';
import type { GradientHook, Gradients } from '../../trace/gradients/readout.ts';
import type { TracedScalar } from '../../trace/gradients/scalar.ts';
import type { NodeSide } from './nodeSide.ts';
import { strongest } from './latentSources.ts';
import { place } from './saePlan.ts';

/** Gradients of another scalar of the same run; `hooks`: those that are read, `lowest`: the last layer needed. */
export type GradientsOf = (
  scalar: TracedScalar,
  options: { readonly hooks: readonly GradientHook[]; readonly lowest: number },
) => Promise<Gradients>;

/** A direction along which the residual stream excites a node. */
export interface ReadDirection {
  /** `input`, `query`, `key` or `source`. */
  readonly through: string;
  /** In the residual stream that feeds the node. [d_model]. */
  readonly direction: Float32Array;
}

type LatentNode = Extract<Node, { readonly kind: 'latent' }>;

/** Directions of the residual stream that excite a node; none for nodes without an input. */
export async function readDirections(
  request: { readonly side: NodeSide; readonly node: Node; readonly gradientsOf: GradientsOf },
  sources: ArrayLike<number> | null,
): Promise<ReadDirection[]> {
  const { node, gradientsOf } = request;
  switch (node.kind) {
    case 'neuron': {
      const { layer, neuron, position } = node;
      const scalar: TracedScalar = { kind: 'neuron', layer, neuron, position };
      return fromReadout(await gradientsOf(scalar, { hooks: [], lowest: layer + 1 }), 'input');
    }
    case 'head': {
      const { layer, head, position, source } = node;
      const score = { kind: 'score', layer, head, position, source } as const;
      const none = { hooks: [], lowest: layer + 1 };
      return [
        ...fromReadout(await gradientsOf({ ...score, through: 'q' }, none), 'query'),
        ...fromReadout(await gradientsOf({ ...score, through: 'k' }, none), 'key'),
      ];
    }
    case 'latent':
      return latentDirections(request, node, sources);
    default:
      return [];
  }
}

/** A latent of a block's output is excited through that part: its gradient at the residual stream just before. */
async function latentDirections(
  { side, gradientsOf }: { readonly side: NodeSide; readonly gradientsOf: GradientsOf },
  node: LatentNode,
  sources: ArrayLike<number> | null,
): Promise<ReadDirection[]> {
  const sae = side.saes.find(({ id }) => id === node.sae);
  if (!sae) return [];
  const { hook, layer } = place(side.trace.config, sae);
  const { position } = node;
  const found = await gradientsOf(
    { kind: 'latent', sae: node.sae, index: node.index, position },
    { hooks: ['resid_mid'], lowest: layer },
  );
  const { d_model } = side.trace.config;
  const at = (values: Float32Array | undefined, row: number): Float32Array =>
    values?.slice(row * d_model, (row + 1) * d_model) ?? new Float32Array(d_model);
  if (hook === 'mlp_out' || hook === 'post') {
    return [{ through: 'input', direction: at(found.layer(layer)?.get('resid_mid')?.data, position) }];
  }
  if (hook !== 'attn_out' && hook !== 'z') return fromReadout(found, 'input');
  const source = strongest(sources);
  const before = found.residPre(layer).data;
  if (source === position) return [{ through: 'input', direction: at(before, position) }];
  return [
    { through: 'query', direction: at(before, position) },
    { through: 'source', direction: at(before, source) },
  ];
}

function fromReadout({ readout }: Gradients, through: string): ReadDirection[] {
  return readout.vectors.map(({ vector }) => ({ through, direction: vector }));
}
