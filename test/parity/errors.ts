/** How far two sets of logits are apart. */
export interface LogitErrors {
  readonly max: number;
  readonly mean: number;
  /** Largest Kullback-Leibler divergence of any position, nats, in float64. */
  readonly kl: number;
}

/** Adds up errors over rows of logits, [rows, d_vocab] each. */
export function logitErrors(own: Float32Array, peer: Float32Array, d_vocab: number): LogitErrors {
  let max = 0;
  let sum = 0;
  let kl = 0;
  for (let start = 0; start < own.length; start += d_vocab) {
    const [ours, theirs] = [own.subarray(start, start + d_vocab), peer.subarray(start, start + d_vocab)];
    for (let token = 0; token < d_vocab; token++) {
      const error = Math.abs((ours[token] ?? Number.NaN) - (theirs[token] ?? Number.NaN));
      max = Math.max(max, error); // NaN stays
      sum += error;
    }
    kl = Math.max(kl, divergence(theirs, ours));
  }
  return { max, mean: sum / own.length, kl };
}

/** KL(softmax(p) || softmax(q)), nats. */
function divergence(p: Float32Array, q: Float32Array): number {
  const [normP, normQ] = [logSumExp(p), logSumExp(q)];
  let sum = 0;
  for (let token = 0; token < p.length; token++) {
    const logP = (p[token] ?? Number.NaN) - normP;
    sum += Math.exp(logP) * (logP - ((q[token] ?? Number.NaN) - normQ));
  }
  return sum;
}

function logSumExp(values: Float32Array): number {
  const top = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}
