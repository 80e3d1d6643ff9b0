import { bug } from '../errors.ts';
import type { SaeConfig } from '../sae/config.ts';
import type { TensorEntry } from '../weights/tensorEntry.ts';
import type { GraphBuilder, Ref } from './graphBuilder.ts';

/** A SAE's configuration and where its tensors lie. */
export interface SaeWeights {
  readonly config: SaeConfig;
  /** By SAELens' names. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Matrices that lie in the file as the transpose of what SAELens has: graphs read them so, nothing is copied. */
  readonly transposed: ReadonlySet<string>;
}

/** The two large matrices of a SAE, by SAELens' names. */
export type SaeMatrix = 'W_enc' | 'W_dec';

/** @throws internal/bug: an opened SAE has every tensor of its architecture. */
export function saeEntry(sae: SaeWeights, name: string): TensorEntry {
  const entry = sae.tensors.get(name);
  if (!entry) throw bug(`SAE at ${sae.config.hook_name} has no ${name}`);
  return entry;
}

/** x [N, rows] times the matrix [rows, columns], plus a bias [columns] if one is given. */
export function timesMatrix(g: GraphBuilder, sae: SaeWeights, name: SaeMatrix, x: Ref, bias?: Ref): Ref {
  const inputs = [x, g.weight(saeEntry(sae, name)), ...(bias === undefined ? [] : [bias])];
  if (sae.transposed.has(name)) return g.op('Gemm', inputs, { transB: 1 });
  return g.op(bias === undefined ? 'MatMul' : 'Gemm', inputs);
}

/** x [N, columns] times the transpose of the matrix [rows, columns]. */
export function timesTranspose(g: GraphBuilder, sae: SaeWeights, name: SaeMatrix, x: Ref): Ref {
  const matrix = g.weight(saeEntry(sae, name));
  return sae.transposed.has(name) ? g.op('MatMul', [x, matrix]) : g.op('Gemm', [x, matrix], { transB: 1 });
}

/** |W_dec[i]| of every latent. [d_sae]. */
export function decoderNorms(g: GraphBuilder, sae: SaeWeights): Ref {
  const axis = sae.transposed.has('W_dec') ? 0 : 1;
  return g.op('ReduceL2', [g.weight(saeEntry(sae, 'W_dec')), g.ints([axis])], { keepdims: 0 });
}

/** W_dec[i] of some latents: indices [N] or [N, K] -> [..., d_in]. */
export function decoderRows(g: GraphBuilder, sae: SaeWeights, indices: Ref, rank: 1 | 2): Ref {
  const entry = saeEntry(sae, 'W_dec');
  if (!sae.transposed.has('W_dec')) return g.gatherWeight(entry, indices);
  const columns = g.gatherWeight(entry, indices, 1); // [d_in, ...]
  return g.op('Transpose', [columns], { perm: rank === 1 ? [1, 0] : [1, 2, 0] });
}

/** Columns of W_enc of some latents: indices [n] -> [d_in, n]. */
export function encoderColumns(g: GraphBuilder, sae: SaeWeights, indices: Ref): Ref {
  const entry = saeEntry(sae, 'W_enc');
  if (!sae.transposed.has('W_enc')) return g.gatherWeight(entry, indices, 1);
  return g.op('Transpose', [g.gatherWeight(entry, indices)], { perm: [1, 0] });
}
