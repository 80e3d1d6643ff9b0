import type { SparseActs } from '../trace/saeRunner.ts';
import type { Trace } from '../trace/trace.ts';
import { row, type Tensor } from '../tensor/tensor.ts';
import { topIndices } from './candidates.ts';
import { norm } from './heatMap.ts';

/** A neuron of one layer with its activation at one position. */
export interface TopNeuron {
  readonly neuron: number;
  /** Post-activation (mlp.hook_post). */
  readonly value: number;
}

/** The k neurons of a layer with the largest activation at a position. */
export async function topNeurons(
  trace: Trace,
  layer: number,
  position: number,
  k: number,
): Promise<TopNeuron[]> {
  const post = row(await trace.hook(`blocks.${layer}.mlp.hook_post`), position);
  return topIndices(post, k).map((neuron) => ({ neuron, value: post[neuron] ?? 0 }));
}

/** A head of one layer with what it writes at one position, and where it mostly looks from there. */
export interface TopHead {
  readonly head: number;
  /** Norm of what the head writes to the residual stream at the position: |z W_O|, without b_O. */
  readonly value: number;
  readonly attendsTo: { readonly position: number; readonly weight: number };
}

/** The k heads of a layer that write most at a position. `W_O` is [n_heads * d_head, d_model]. */
export async function topHeads(
  trace: Trace,
  W_O: Tensor,
  at: { readonly layer: number; readonly position: number; readonly k: number },
): Promise<TopHead[]> {
  const { n_heads, d_head, d_model } = trace.config;
  const size = trace.ids.length;
  const z = (await trace.hook(`blocks.${at.layer}.attn.hook_z`)).data;
  const pattern = (await trace.hook(`blocks.${at.layer}.attn.hook_pattern`)).data;
  const heads = Array.from({ length: n_heads }, (_, head): TopHead => {
    const from = (at.position * n_heads + head) * d_head;
    const write = writeOf(z.subarray(from, from + d_head), W_O, head * d_head, d_model);
    const weights = pattern.subarray(
      (head * size + at.position) * size,
      (head * size + at.position + 1) * size,
    );
    const key = topIndices(weights, 1)[0] ?? 0;
    return { head, value: norm(write), attendsTo: { position: key, weight: weights[key] ?? 0 } };
  });
  return heads.toSorted((a, b) => b.value - a.value).slice(0, at.k);
}

/** z [d_head] times rows `first` .. of W_O -> [d_model], summed in float64. */
function writeOf(z: Float32Array, W_O: Tensor, first: number, d_model: number): Float32Array {
  const sum = new Float64Array(d_model);
  z.forEach((value, index) => {
    const weights = row(W_O, first + index);
    for (let column = 0; column < d_model; column++)
      sum[column] = (sum[column] ?? 0) + value * (weights[column] ?? 0);
  });
  return Float32Array.from(sum);
}

/** A latent of one SAE with its activation at one position. */
export interface TopLatent {
  readonly index: number;
  readonly value: number;
}

/** The k strongest active latents at a position. */
export function topLatents(acts: SparseActs, position: number, k: number): TopLatent[] {
  const count = Math.min(k, acts.counts[position] ?? 0);
  return Array.from({ length: count }, (_, entry) => ({
    index: acts.indices[position * acts.k + entry] ?? 0,
    value: acts.values[position * acts.k + entry] ?? 0,
  }));
}
