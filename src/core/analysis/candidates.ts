import type { Candidate } from '../trace/readings.ts';

/** ln(sum(exp(logits))), in float64 and safe for large logits. */
export function logSumExp(logits: Float32Array): number {
  let max = -Infinity;
  for (const logit of logits) if (logit > max) max = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - max);
  return max + Math.log(sum);
}

/** Indices of the k largest values, largest first; ties by index. */
export function topIndices(values: Float32Array, k: number): number[] {
  const top: number[] = [];
  const before = (a: number, b: number): boolean => {
    const difference = (values[a] ?? 0) - (values[b] ?? 0);
    return difference > 0 || (difference === 0 && a < b);
  };
  for (let index = 0; index < values.length; index++) {
    const last = top.at(-1);
    if (top.length >= k && (last === undefined || !before(index, last))) continue;
    let place = top.length;
    while (place > 0 && before(index, top[place - 1] ?? 0)) place--;
    top.splice(place, 0, index);
    if (top.length > k) top.pop();
  }
  return top;
}

/** Rank of one value among all: 1 = largest; ties share the better rank. */
export function rankOf(values: Float32Array, index: number): number {
  const own = values[index] ?? Number.NaN;
  let rank = 1;
  for (const value of values) if (value > own) rank++;
  return rank;
}

/** The k most likely tokens of one row of logits [d_vocab]. Probabilities by softmax in float64. */
export function topCandidates(logits: Float32Array, k: number, text: (id: number) => string): Candidate[] {
  const total = logSumExp(logits);
  return topIndices(logits, k).map((id, index) => candidate(logits, id, index + 1, total, text));
}

/** One named token among all, wherever it ranks. */
export function candidateOf(logits: Float32Array, id: number, text: (id: number) => string): Candidate {
  return candidate(logits, id, rankOf(logits, id), logSumExp(logits), text);
}

function candidate(
  logits: Float32Array,
  id: number,
  rank: number,
  total: number,
  text: (id: number) => string,
): Candidate {
  const logit = logits[id] ?? Number.NaN;
  return { id, text: text(id), logit, probability: Math.exp(logit - total), rank };
}
