import assert from 'node:assert/strict';
import { binOf, binValues } from '../../../../../webview-ui/src/draw/bins.ts';
import { noise } from '../../../../webview/support/noise.ts';

describe('binValues', () => {
  const check = (
    values: readonly (number | null)[],
    edges: readonly number[],
    counts: readonly number[],
  ): void => {
    it(`bins ${JSON.stringify(values)}`, () => assert.deepEqual(binValues(values), { edges, counts }));
  };
  check([], [], []);
  check([null, NaN, Infinity], [], []);
  check([3, 3, null], [3, 3], [2]);
  check([0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 2]);
  check([-1, 1], [-1, -0.5, 0, 0.5, 1], [1, 0, 0, 1]);

  it('counts every finite value once, in the bin that binOf names, with zero among the edges', () => {
    for (let trial = 0; trial < 200; trial++) {
      const count = 2 + Math.floor(noise('count', trial) * 80);
      const scale = 10 ** Math.floor(noise('scale', trial) * 8 - 4);
      const values = Array.from({ length: count }, (_, i) => (noise(trial, i) - 0.3) * scale);
      const bins = binValues(values);
      const recount = bins.counts.map(
        (_, bin) => values.filter((value) => binOf(value, bins) === bin).length,
      );
      assert.deepEqual(recount, bins.counts, `trial ${trial}`);
      assert.equal(
        bins.counts.reduce((sum, n) => sum + n, 0),
        count,
      );
      const signs = new Set(values.map(Math.sign));
      assert.ok(
        signs.size === 1 || bins.edges.includes(0),
        `trial ${trial} has edges ${bins.edges.join(' ')}`,
      );
      assert.ok(bins.counts.length <= 26);
    }
  });
});

describe('binOf', () => {
  const bins = { edges: [0, 1, 2], counts: [1, 1] };
  const check = (value: number | null, expected: number): void => {
    it(`${value} lies in bin ${expected}`, () => assert.equal(binOf(value, bins), expected));
  };
  check(0, 0);
  check(0.99, 0);
  check(1, 1);
  check(2, 1);
  check(2.01, -1);
  check(-0.1, -1);
  check(null, -1);
});
