/** Densities further apart than this factor are not compared. */
const FACTOR = 2;

/** Something with a density above zero. */
export interface Dense {
  readonly density: number;
}

/**
 * Pairs of one of each list with nearly equal density: nearest in log density, each used once, never more than a factor
 * of two apart. The closest pairs are made first by walking up the densities of the first list; what is never active is
 * left out.
 */
export function matchByDensity<A extends Dense, B extends Dense>(
  first: readonly A[],
  second: readonly B[],
): (readonly [A, B])[] {
  const left = first.filter(({ density }) => density > 0).toSorted((a, b) => a.density - b.density);
  const right = second.filter(({ density }) => density > 0).toSorted((a, b) => a.density - b.density);
  const used = new Set<number>();
  const pairs: (readonly [A, B])[] = [];
  let from = 0;
  for (const a of left) {
    while (from < right.length && (right[from]?.density ?? 0) * FACTOR < a.density) from++;
    const at = nearestFree(right, used, from, a.density);
    const b = at === null ? undefined : right[at];
    if (at === null || !b) continue;
    used.add(at);
    pairs.push([a, b]);
  }
  return pairs;
}

function nearestFree(
  sorted: readonly Dense[],
  used: ReadonlySet<number>,
  from: number,
  density: number,
): number | null {
  let best: { at: number; distance: number } | null = null;
  for (let at = from; at < sorted.length; at++) {
    const other = sorted[at]?.density ?? 0;
    if (other > density * FACTOR) break;
    const distance = Math.abs(Math.log(other / density));
    if (best && other > density && distance > best.distance) break;
    if (!used.has(at) && (!best || distance < best.distance)) best = { at, distance };
  }
  return best?.at ?? null;
}
