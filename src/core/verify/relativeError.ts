/** Rows this much smaller than the largest one are measured by this share of it: rounding of the large is not theirs. */
const FLOOR = 1e-2;

/**
 * Largest |found - expected| of any row, relative to the largest finite |expected| of that row, so that one outlier
 * token cannot hide what is wrong at the others. Infinity where an infinity or NaN stands in one of the two only.
 */
export function relativeError(found: Float32Array, expected: Float64Array, width: number): number {
  if (found.length !== expected.length) return Infinity;
  let all = 0;
  for (const value of expected) if (Number.isFinite(value)) all = Math.max(all, Math.abs(value));
  let worst = 0;
  for (let start = 0; start < expected.length; start += width) {
    let scale = FLOOR * all;
    let difference = 0;
    for (let at = start; at < start + width; at++) {
      const want = expected[at] ?? Number.NaN;
      const got = found[at] ?? Number.NaN;
      if (want === got) {
        if (Number.isFinite(want)) scale = Math.max(scale, Math.abs(want));
        continue;
      }
      const own = Math.abs(got - want);
      if (!Number.isFinite(own)) return Infinity;
      difference = Math.max(difference, own);
      scale = Math.max(scale, Math.abs(want));
    }
    if (difference > 0) worst = Math.max(worst, difference / scale);
  }
  return worst;
}
