import { throwIfCancelled } from '../errors.ts';
import { row, type Tensor } from '../tensor/tensor.ts';
import { MAX_LOGITS } from '../trace/runner.ts';
import { logSumExp } from './candidates.ts';

/** KL(p || q) of the softmaxes of two rows of logits, nats, in float64. Equal rows give exactly 0. */
export function klDivergence(p: Float32Array, q: Float32Array): number {
  const totalP = logSumExp(p);
  const totalQ = logSumExp(q);
  let sum = 0;
  for (let index = 0; index < p.length; index++) {
    const logP = (p[index] ?? Number.NaN) - totalP;
    const logQ = (q[index] ?? Number.NaN) - totalQ;
    const weight = Math.exp(logP);
    // 0 ln 0 = 0: what p holds impossible adds nothing, however impossible q holds it.
    if (weight !== 0) sum += weight * (logP - logQ);
  }
  return sum;
}

/** A run whose predictions can be read at some positions. */
export interface Predictions {
  /** [positions, d_vocab]. */
  logits(positions: readonly number[]): Promise<Tensor>;
  readonly config: { readonly d_vocab: number };
}

/**
 * KL(p || q) per token of the predictions that two runs make at it; null where `pairs` has no partner.
 * `pairs[i]` = position of `q` for position i of `p`.
 */
export async function klPerToken(
  {
    p,
    q,
    pairs,
  }: { readonly p: Predictions; readonly q: Predictions; readonly pairs: readonly (number | null)[] },
  signal?: AbortSignal,
): Promise<(number | null)[]> {
  const aligned = pairs.flatMap((right, left) => (right === null ? [] : [{ left, right }]));
  const step = Math.max(1, Math.floor(MAX_LOGITS / 2 / p.config.d_vocab));
  const result: (number | null)[] = pairs.map(() => null);
  for (let start = 0; start < aligned.length; start += step) {
    throwIfCancelled(signal);
    const part = aligned.slice(start, start + step);
    const ofP = await p.logits(part.map(({ left }) => left));
    const ofQ = await q.logits(part.map(({ right }) => right));
    part.forEach(({ left }, index) => {
      result[left] = klDivergence(row(ofP, index), row(ofQ, index));
    });
  }
  return result;
}
