import type { Calibration } from './explanation.ts';

/** Simulated beside true activations, of all windows of one split end to end. */
export interface Pairing {
  readonly simulated: readonly number[];
  readonly truth: readonly number[];
}

/** A fitted calibration: how it is stored, and how it is applied. */
export interface Calibrated {
  readonly calibration: Calibration;
  /** From the simulator's scale to that of the activations. */
  readonly apply: (value: number) => number;
}

export const UNCALIBRATED: Calibrated = { calibration: { kind: 'none' }, apply: (value) => value };

/**
 * Least squares of true on simulated values. A simulation that never varies gives slope 0 and the mean of the truth.
 * Nothing to fit gives no calibration.
 */
export function calibrateLinear({ simulated, truth }: Pairing): Calibrated {
  const count = simulated.length;
  if (count === 0) return UNCALIBRATED;
  const meanOfSimulated = mean(simulated);
  const meanOfTruth = mean(truth);
  let covariance = 0;
  let variance = 0;
  simulated.forEach((value, index) => {
    covariance += (value - meanOfSimulated) * ((truth[index] ?? 0) - meanOfTruth);
    variance += (value - meanOfSimulated) ** 2;
  });
  const slope = variance > 0 ? covariance / variance : 0;
  const intercept = meanOfTruth - slope * meanOfSimulated;
  return {
    calibration: { kind: 'linear', slope, intercept },
    apply: (value) => slope * value + intercept,
  };
}

/**
 * Maps the k-th smallest simulated value to the k-th smallest true one, straight lines between, the ends held.
 * Equal simulated values stand at the mean of the true values of their ranks.
 * Source: automated-interpretability, `PercentileMatchingCalibratedNeuronSimulator`.
 */
export function calibratePercentile({ simulated, truth }: Pairing): Calibrated {
  if (simulated.length === 0) return UNCALIBRATED;
  const { from, to } = knots(sorted(simulated), sorted(truth));
  return {
    calibration: { kind: 'percentile', points: from.length },
    apply: (value) => interpolate(from, to, value),
  };
}

function knots(simulated: readonly number[], truth: readonly number[]): { from: number[]; to: number[] } {
  const from: number[] = [];
  const to: number[] = [];
  for (let start = 0; start < simulated.length;) {
    let end = start;
    let sum = 0;
    while (end < simulated.length && simulated[end] === simulated[start]) sum += truth[end++] ?? 0;
    from.push(simulated[start] ?? 0);
    to.push(sum / (end - start));
    start = end;
  }
  return { from, to };
}

function interpolate(from: readonly number[], to: readonly number[], value: number): number {
  const above = from.findIndex((knot) => knot >= value);
  if (above < 0) return to[to.length - 1] ?? value;
  const right = from[above] ?? value;
  const left = from[above - 1];
  if (left === undefined || right === value) return to[above] ?? value;
  const share = (value - left) / (right - left);
  return (to[above - 1] ?? 0) * (1 - share) + (to[above] ?? 0) * share;
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
