import assert from 'node:assert/strict';
import {
  calibrateLinear,
  calibratePercentile,
  UNCALIBRATED,
} from '../../../../src/core/explain/calibrate.ts';
import { correlation } from '../../../../src/core/explain/scores.ts';

describe('linear calibration', () => {
  const truth = [0, 0, 5, 1];
  const simulated = [0, 1, 8, 2];

  it('B5: is the least-squares line of true on simulated values', () => {
    const { calibration } = calibrateLinear({ simulated, truth });
    assert.equal(calibration.kind, 'linear');
    if (calibration.kind !== 'linear') return;
    assert.ok(Math.abs(calibration.slope - 0.658065) < 1e-6, String(calibration.slope));
    assert.ok(Math.abs(calibration.intercept - -0.309677) < 1e-6, String(calibration.intercept));
  });

  it('B5: leaves the correlation as it is', () => {
    const { apply } = calibrateLinear({ simulated, truth });
    const before = correlation(truth, simulated) ?? Number.NaN;
    const after = correlation(truth, simulated.map(apply)) ?? Number.NaN;
    assert.ok(Math.abs(before - after) < 1e-12);
  });

  it('gives the mean for a simulation that never varies', () => {
    assert.equal(calibrateLinear({ simulated: [2, 2], truth: [1, 3] }).apply(7), 2);
  });

  it('fits nothing to nothing', () => {
    assert.equal(calibrateLinear({ simulated: [], truth: [] }), UNCALIBRATED);
  });
});

describe('percentile calibration', () => {
  const { apply, calibration } = calibratePercentile({ simulated: [0, 4, 2, 2], truth: [9, 0, 1, 3] });
  const check = (value: number, expected: number): void => {
    it(`${value} -> ${expected}`, () => assert.equal(apply(value), expected));
  };
  // Sorted: 0 2 2 4 on 0 1 3 9, so that 2 stands at the mean of 1 and 3.
  check(0, 0);
  check(1, 1);
  check(2, 2);
  check(3, 5.5);
  check(4, 9);
  check(-1, 0);
  check(99, 9);
  it('tells its knots', () => assert.deepEqual(calibration, { kind: 'percentile', points: 3 }));
});
