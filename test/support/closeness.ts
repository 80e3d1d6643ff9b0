import assert from 'node:assert/strict';

/**
 * Largest |actual - expected| relative to the largest finite |expected|.
 * Infinities and NaN must agree exactly.
 */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length, 'lengths differ');
  let scale = 0;
  let worst = 0;
  for (let index = 0; index < expected.length; index++) {
    const want = expected[index] ?? Number.NaN;
    const got = actual[index] ?? Number.NaN;
    if (!Number.isFinite(want)) {
      if (!Object.is(got, want)) assert.fail(`at ${index}: ${got} instead of ${want}`);
      continue;
    }
    scale = Math.max(scale, Math.abs(want));
    const difference = Math.abs(got - want);
    if (Number.isNaN(difference)) assert.fail(`at ${index}: ${got} instead of ${want}`);
    worst = Math.max(worst, difference);
  }
  return scale === 0 ? worst : worst / scale;
}

export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  const error = relativeError(actual, expected);
  assert.ok(error < tolerance, `${what}: relative error ${error.toExponential(2)} is not below ${tolerance}`);
}
