import type { ActivationName } from './config.ts';

/**
 * The MLP's activation function at one number, float64.
 * gelu_new: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), so gelu_new(1) = 0.841192;
 * gelu: x Phi(x), so gelu(1) = 0.841345; silu: x / (1 + e^-x).
 */
export function activate(name: ActivationName, x: number): number {
  switch (name) {
    case 'gelu_new':
      return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    case 'gelu':
      return 0.5 * x * erfc(-x / Math.SQRT2);
    case 'relu':
      return Math.max(0, x);
    case 'silu':
      return x / (1 + Math.exp(-x));
  }
}

/** Beyond this the asymptotic form is exact to double precision; below, the series converges. */
const SERIES_LIMIT = 3;
/** Steps of the continued fraction: enough for 1e-15 from SERIES_LIMIT on. */
const FRACTION_STEPS = 60;

/** 1 - erf(x) to about 1e-15, relative also in the far tail. Source: Abramowitz & Stegun 7.1.6 and 7.1.14. */
function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  const gaussian = Math.exp(-x * x);
  if (x < SERIES_LIMIT) {
    let term = x;
    let series = x;
    for (let n = 1; term > series * 1e-17; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      series += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * gaussian * series;
  }
  let fraction = x;
  for (let n = FRACTION_STEPS; n > 0; n--) fraction = x + n / 2 / fraction;
  return gaussian / (Math.sqrt(Math.PI) * fraction);
}
