import { correlation } from './scores.ts';

/** Rank correlation of two lists of the same length, ties at the mean of their ranks; null when one is constant. */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  const [first, second] = [ranks(a), ranks(b)];
  // Neither is the truth of the other: `correlation` takes a constant second list for 0.
  return correlation(second, first) === null ? null : correlation(first, second);
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const result = values.map(() => 0);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && order[end]?.value === order[start]?.value) end++;
    for (const { index } of order.slice(start, end)) result[index] = (start + end - 1) / 2;
    start = end;
  }
  return result;
}
