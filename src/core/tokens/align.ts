/** Position in the other prompt, per position; null where it has no counterpart. */
export type Alignment = readonly (number | null)[];

/** A pair of unequal tokens counts only where the number of equal ones is the same either way. */
const UNEQUAL = 1;

/**
 * Pairs two prompts' tokens in order: as many equal tokens as can be, and of such pairings the one that leaves most
 * tokens side by side. Between equal ones, runs of the same length are paired one to one; others have no counterpart.
 * Cost: the product of the lengths of the parts that differ.
 */
export function alignTokens(
  left: readonly { readonly id: number }[],
  right: readonly { readonly id: number }[],
): Alignment {
  const same = (a: number, b: number): boolean => left[a]?.id === right[b]?.id;
  const pairs: (number | null)[] = left.map(() => null);
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && same(start, start)) pairs[start] = start++;
  let tail = 0;
  while (tail < shorter - start && same(left.length - 1 - tail, right.length - 1 - tail)) {
    tail++;
    pairs[left.length - tail] = right.length - tail;
  }
  const rows = left.length - tail - start;
  const columns = right.length - tail - start;
  for (const [a, b] of equalPairs(rows, columns, (a, b) => same(start + a, start + b)))
    pairs[start + a] = start + b;
  return pairRuns(pairs, right.length);
}

/** A longest common subsequence; see `alignTokens` for which one. */
function equalPairs(
  rows: number,
  columns: number,
  same: (a: number, b: number) => boolean,
): [number, number][] {
  const equal = Math.min(rows, columns) + 1;
  const width = columns + 1;
  const best = new Int32Array((rows + 1) * width);
  const at = (a: number, b: number): number => best[a * width + b] ?? 0;
  const paired = (a: number, b: number): number => at(a + 1, b + 1) + (same(a, b) ? equal : UNEQUAL);
  for (let a = rows - 1; a >= 0; a--)
    for (let b = columns - 1; b >= 0; b--)
      best[a * width + b] = Math.max(paired(a, b), at(a + 1, b), at(a, b + 1));
  const pairs: [number, number][] = [];
  let [a, b] = [0, 0];
  while (a < rows && b < columns) {
    if (at(a, b) === paired(a, b)) {
      if (same(a, b)) pairs.push([a, b]);
      a++;
      b++;
    } else if (at(a, b) === at(a + 1, b)) a++;
    else b++;
  }
  return pairs;
}

/** Fills runs between paired tokens that are as long on both sides. */
function pairRuns(pairs: readonly (number | null)[], length: number): Alignment {
  const result = [...pairs];
  let from = 0;
  let other = 0;
  for (let position = 0; position <= pairs.length; position++) {
    const next = position === pairs.length ? length : pairs[position];
    if (next === null || next === undefined) continue;
    if (position - from === next - other)
      for (let step = 0; step < next - other; step++) result[from + step] = other + step;
    from = position + 1;
    other = next + 1;
  }
  return result;
}
