import { throwIfCancelled } from '../errors.ts';
import type { NodeSide } from './nodes/nodeSide.ts';
import { dotRows } from './nodes/vectors.ts';

/** Summed estimated total effect per token. Source: TDB "token display". */
export interface TokenEffects {
  readonly embeddings: readonly number[];
  readonly mlps: readonly number[];
  /** Attention pairs summed by source (attended-to) and by query (attended-from). */
  readonly bySource: readonly number[];
  readonly byQuery: readonly number[];
}

/**
 * Estimated total effect of embeddings, of all neurons, and of all attention pairs by either end, per token.
 * Always of the model's own neurons and heads, also where SAEs stand for them in the table.
 */
export async function tokenEffects(side: NodeSide, signal?: AbortSignal): Promise<TokenEffects> {
  const { trace, gradients } = side;
  const size = trace.ids.length;
  const sums: PairSums = {
    mlps: new Float64Array(size),
    bySource: new Float64Array(size),
    byQuery: new Float64Array(size),
  };
  for (let layer = 0; layer < trace.config.n_layers; layer++) {
    throwIfCancelled(signal);
    const gradient = gradients.layer(layer);
    if (!gradient) continue;
    const activations = await trace.layer(layer);
    const post = activations.get('post');
    const dPost = gradient.get('post');
    if (post && dPost) {
      for (let at = 0; at < size; at++)
        sums.mlps[at] = (sums.mlps[at] ?? 0) + dotRows(post.data, dPost, at, at);
    }
    const pattern = activations.get('pattern');
    const dPattern = gradient.get('pattern');
    if (pattern && dPattern) addPairs(pattern.data, dPattern.data, sums, size);
  }
  const embeddings = trace.residPre(0);
  const dEmbeddings = gradients.residPre(0);
  return {
    embeddings: trace.ids.map((_, at) => dotRows(embeddings.data, dEmbeddings, at, at)),
    mlps: [...sums.mlps],
    bySource: [...sums.bySource],
    byQuery: [...sums.byQuery],
  };
}

interface PairSums {
  readonly mlps: Float64Array;
  readonly bySource: Float64Array;
  readonly byQuery: Float64Array;
}

/** pattern and its gradient [head, query, key]. */
function addPairs(pattern: Float32Array, gradient: Float32Array, sums: PairSums, size: number): void {
  const { bySource, byQuery } = sums;
  for (let start = 0; start < pattern.length; start += size) {
    const query = (start / size) % size;
    let total = 0;
    for (let key = 0; key <= query; key++) {
      const effect = (pattern[start + key] as number) * (gradient[start + key] as number);
      bySource[key] = (bySource[key] as number) + effect;
      total += effect;
    }
    byQuery[query] = (byQuery[query] as number) + total;
  }
}
