import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  binOf,
  central,
  histogramOf,
  HISTOGRAM_BINS,
  mergePairs,
  widthFor,
  zeroCentered,
  type PowerSums,
} from '../../../../src/core/records/bins.ts';

describe('C5: bins of activations', () => {
  for (const [activation, width, expected] of [
    [0.01, 0.2, 1],
    [0.2, 0.2, 1],
    [0.21, 0.2, 2],
    [0.25, 0.25, 1],
    [0.2500001, 0.25, 2],
    [4, 0.5, 8],
  ] as const) {
    it(`${activation} is in bin ${expected} of width ${width}`, () => {
      assert.equal(binOf(activation, width), expected);
    });
  }

  for (const [max, bins, expected] of [
    [64, 64, 1],
    [64.1, 64, 2],
    [32, 64, 0.5],
    [32.5, 64, 1],
    [1e-3, 16, 2 ** -13],
    [1e-38, 64, 2 ** -100],
  ] as const) {
    it(`${max} fits into ${bins} bins of width ${expected}`, () => {
      assert.equal(widthFor(max, bins), expected);
    });
  }

  it('merging pairs gives the same as counting with the double width', () => {
    const positive = fc.float({ min: Math.fround(1e-6), max: 64, noNaN: true });
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 50 }), (values) => {
        const count = (width: number): Float64Array => {
          const counts = new Float64Array(HISTOGRAM_BINS);
          for (const value of values) {
            const bin = binOf(value, width) - 1;
            counts[bin] = (counts[bin] ?? 0) + 1;
          }
          return counts;
        };
        const merged = count(1);
        mergePairs(merged, 0, HISTOGRAM_BINS);
        assert.deepEqual(merged, count(2));
      }),
    );
  });

  it('a histogram ends with its last count', () => {
    assert.deepEqual(histogramOf(0.5, [3, 0, 1, 0, 0]), { width: 0.5, counts: [3, 0, 1] });
    assert.deepEqual(histogramOf(0, [0, 0]), { width: 0, counts: [] });
  });
});

describe('moments from sums of powers', () => {
  const sumsOf = (values: readonly number[]): PowerSums => [
    values.reduce((sum, value) => sum + value, 0),
    values.reduce((sum, value) => sum + value ** 2, 0),
    values.reduce((sum, value) => sum + value ** 3, 0),
    values.reduce((sum, value) => sum + value ** 4, 0),
  ];

  it('C5: around zero: E[a], E[a^2], E[a^3] / E[a^2]^1.5, E[a^4] / E[a^2]^2', () => {
    const moments = zeroCentered(2, sumsOf([1, 3]));
    assert.deepEqual(moments, { mean: 2, variance: 5, skewness: 14 / 5 ** 1.5, kurtosis: 41 / 25 });
  });

  it('around the mean: a symmetric pair has no skewness and kurtosis 1', () => {
    assert.deepEqual(central(2, sumsOf([1, 3])), { mean: 2, variance: 1, skewness: 0, kurtosis: 1 });
  });

  it('a constant has neither skewness nor kurtosis', () => {
    const values = Array.from({ length: 999 }, () => 0.1);
    const { variance, skewness, kurtosis } = central(values.length, sumsOf(values));
    assert.deepEqual({ variance, skewness, kurtosis }, { variance: 0, skewness: null, kurtosis: null });
    assert.equal(zeroCentered(3, sumsOf([0, 0, 0])).kurtosis, null);
  });

  it('NaN stays NaN', () => {
    const moments = central(2, sumsOf([1, Number.NaN]));
    assert.ok(Number.isNaN(moments.mean) && Number.isNaN(moments.variance) && Number.isNaN(moments.kurtosis));
  });
});
