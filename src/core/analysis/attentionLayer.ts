import { bug } from '../errors.ts';
import { tensor } from '../tensor/tensor.ts';
import type { NodeSide } from './nodes/nodeSide.ts';

/** Patterns of one layer; `written` weighs each pair by the norm of what it writes. Values [head, query, key]. */
export interface AttentionLayer {
  readonly layer: number;
  readonly heads: number;
  readonly size: number;
  readonly pattern: Float32Array;
  /** p(t, u) |V_h(u) W_O,h|, value bias included. */
  readonly written: Float32Array;
}

/** All heads of a layer at once. The arrays are the caller's own. */
export async function attentionLayer(
  side: Pick<NodeSide, 'reads' | 'trace'>,
  layer: number,
): Promise<AttentionLayer> {
  const { n_heads, d_head } = side.trace.config;
  const size = side.trace.ids.length;
  const activations = await side.trace.layer(layer);
  const pattern = activations.get('pattern')?.data;
  const values = activations.get('v')?.data;
  if (!pattern || !values) throw bug(`layer ${layer} was traced without values or pattern`);
  const none = tensor([n_heads, 0, d_head], new Float32Array());
  const { norms } = await side.reads.headValues(layer, tensor([n_heads, size, d_head], values), none);
  const written = new Float32Array(pattern.length);
  for (let start = 0; start < pattern.length; start += size) {
    const ofHead = Math.floor(start / (size * size)) * size;
    for (let key = 0; key < size; key++) {
      written[start + key] = (pattern[start + key] ?? 0) * (norms.data[ofHead + key] ?? 0);
    }
  }
  return { layer, heads: n_heads, size, pattern: pattern.slice(), written };
}
