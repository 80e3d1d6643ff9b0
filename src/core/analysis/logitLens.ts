import type { LensRow } from '../trace/readings.ts';
import type { Trace } from '../trace/trace.ts';
import { row, type Tensor } from '../tensor/tensor.ts';
import { candidateOf, topCandidates, topIndices } from './candidates.ts';

/**
 * Logit lens at one position: final LayerNorm and unembedding applied to the residual stream after each layer.
 * Rows from the embeddings (layer -1) to the last layer, whose row is the run's own prediction. A final LayerNorm
 * whose scale the run holds is held in every row.
 * Source: nostalgebraist 2020, "interpreting GPT: the logit lens".
 */
export async function logitLens(
  trace: Pick<Trace, 'resid' | 'unembed'>,
  at: { readonly position: number; readonly k: number },
  text: (id: number) => string,
): Promise<LensRow[]> {
  const positions = trace.resid.map(() => at.position);
  const logits = await trace.unembed(stackRows(trace.resid, at.position), positions);
  const final = row(logits, trace.resid.length - 1);
  const finalId = topIndices(final, 1)[0] ?? 0;
  return trace.resid.map((_, index) => {
    const here = row(logits, index);
    const read = candidateOf(here, finalId, text);
    return {
      layer: index - 1,
      candidates: topCandidates(here, at.k, text),
      finalRank: read.rank,
      finalProbability: read.probability,
    };
  });
}

/** The same row of several [pos, d_model] tensors, one under the other. */
function stackRows(tensors: readonly Tensor[], position: number): Tensor {
  const width = tensors[0]?.dims[1] ?? 1;
  const data = new Float32Array(tensors.length * width);
  tensors.forEach((each, index) => data.set(row(each, position), index * width));
  return { dims: [tensors.length, width], data };
}
