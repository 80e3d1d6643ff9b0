import type { ActivationName } from '../model/config.ts';
import type { GraphBuilder, Ref } from './graphBuilder.ts';

/** sqrt(2/pi) and the cubic term of gelu_new, as in core/model/activation. */
const TANH_SLOPE = Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715;

/**
 * Derivative of the MLP's activation function at every pre-activation. Written so that nothing cancels near 0 and
 * the tails go to exactly 0 and 1; relu has slope 0 at 0.
 */
export function activationSlope(g: GraphBuilder, name: ActivationName, pre: Ref): Ref {
  switch (name) {
    case 'gelu_new':
      return geluNewSlope(g, pre);
    case 'gelu':
      return geluSlope(g, pre);
    case 'relu':
      return g.castToFloat(g.op('Greater', [pre, g.float(0)]));
    case 'silu': {
      const s = g.op('Sigmoid', [pre]);
      return gatedSlope(g, s, pre);
    }
  }
}

/**
 * gelu_new(x) = x s(w) with w = 2 sqrt(2/pi) (x + 0.044715 x^3), since (1 + tanh(w/2)) / 2 = s(w);
 * so the slope is s (1 + (1 - s) x w').
 */
function geluNewSlope(g: GraphBuilder, x: Ref): Ref {
  const square = g.op('Mul', [x, x]);
  const polynomial = (cubic: number): Ref => {
    const factor = g.op('Add', [
      g.op('Mul', [square, g.float(2 * TANH_SLOPE * cubic)]),
      g.float(2 * TANH_SLOPE),
    ]);
    return g.op('Mul', [x, factor]);
  };
  const s = g.op('Sigmoid', [polynomial(TANH_CUBIC)]);
  return gatedSlope(g, s, polynomial(3 * TANH_CUBIC));
}

/** Slope of x s(w): s (1 + (1 - s) x w'), given s and x w'. */
function gatedSlope(g: GraphBuilder, s: Ref, xSlope: Ref): Ref {
  const one = g.float(1);
  const rest = g.op('Mul', [g.op('Sub', [one, s]), xSlope]);
  return g.op('Mul', [s, g.op('Add', [rest, one])]);
}

/** gelu(x) = x Phi(x): Phi(x) + x phi(x). */
function geluSlope(g: GraphBuilder, x: Ref): Ref {
  const erf = g.op('Erf', [g.op('Mul', [x, g.float(Math.SQRT1_2)])]);
  const phi = g.op('Mul', [g.op('Add', [erf, g.float(1)]), g.float(0.5)]);
  const gaussian = g.op('Exp', [g.op('Mul', [g.op('Mul', [x, x]), g.float(-0.5)])]);
  const density = g.op('Mul', [gaussian, g.float(1 / Math.sqrt(2 * Math.PI))]);
  return g.op('Add', [phi, g.op('Mul', [x, density])]);
}
