import { bug } from '../../errors.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Node } from '../../trace/node.ts';
import type { NodeSide } from './nodeSide.ts';
import { place } from './saePlan.ts';

/**
 * What each source token gives to a latent of an attention SAE: sum over heads of A(t, u) . d pre / d A(t, u)
 * = p_h(t, u) V_h(u) W_O,h . read, where `read` is the latent's own read direction at its hook. Value biases stay with
 * their head; b_O and the encoder's bias belong to no source. Shape [pos]; null for other nodes.
 * Source: Transformer Debugger, "token-pair attribution".
 */
export async function latentSources(side: NodeSide, node: Node): Promise<Float64Array | null> {
  const read = node.kind === 'latent' ? attentionRead(side, node.sae) : null;
  if (node.kind !== 'latent' || read === null) return null;
  const { layer, hook } = read;
  const { n_heads, d_head, d_model } = side.trace.config;
  const size = side.trace.ids.length;
  const vector = await read.vector(node.index, node.position);
  const z = hook === 'z' ? vector : (await side.reads.along(layer, tensor([1, d_model], vector))).z.data;
  const activations = await side.trace.layer(layer);
  const values = activations.get('v');
  const pattern = activations.get('pattern')?.data;
  if (!values || !pattern) throw bug(`layer ${layer} was traced without values or pattern`);
  const { pairs } = await side.reads.headValues(
    layer,
    tensor([n_heads, size, d_head], values.data),
    tensor([n_heads, 1, d_head], z),
  );
  const sources = new Float64Array(size);
  for (let head = 0; head < n_heads; head++) {
    const start = (head * size + node.position) * size;
    for (let key = 0; key <= node.position; key++) {
      sources[key] = (sources[key] ?? 0) + (pattern[start + key] ?? 0) * (pairs.data[head * size + key] ?? 0);
    }
  }
  return sources;
}

/** The source that contributes most to a latent of an attention SAE; null for other nodes. */
export async function attributedSource(side: NodeSide, node: Node): Promise<number | null> {
  const sources = await latentSources(side, node);
  return sources && strongest(sources);
}

/** Index of the largest number, the first of equal ones; 0 without any. */
export function strongest(values: ArrayLike<number> | null): number {
  let best = 0;
  for (let index = 1; index < (values?.length ?? 0); index++) {
    if ((values?.[index] ?? 0) > (values?.[best] ?? 0)) best = index;
  }
  return best;
}

interface AttentionRead {
  readonly layer: number;
  readonly hook: 'attn_out' | 'z';
  vector(index: number, position: number): Promise<Float32Array>;
}

function attentionRead(side: NodeSide, id: string): AttentionRead | null {
  const sae = side.saes.find((each) => each.id === id);
  if (!sae) return null;
  const { layer, hook } = place(side.trace.config, sae);
  if (hook !== 'attn_out' && hook !== 'z') return null;
  return { layer, hook, vector: (index, position) => sae.read(index, position) };
}
