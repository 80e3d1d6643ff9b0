import type { Scalar } from '../../core/trace/gradients/scalar.ts';
import { parseTraceStep } from '../../core/trace/gradients/traceStep.ts';
import type { TraceStep } from '../../protocol/debugContract.ts';
import type { DebugSession } from './debugSession.ts';

/** A view's scalar on both sides. Right = null without a right side, or where a token has no counterpart. */
export interface SideScalars {
  readonly left: Scalar;
  readonly right: Scalar | null;
}

/** @throws unit/unknown, position/out-of-range */
export function scalarsOf(session: DebugSession, step: TraceStep | null): SideScalars {
  const { left, right, summary } = session;
  if (step === null) return { left: left.scalar, right: right?.scalar ?? null };
  const scalar = parseTraceStep(step, { base: left.scalar, tokens: left.tokens });
  if (!right) return { left: scalar, right: null };
  const pairs = summary.alignment;
  const map = (position: number): number | null => (pairs ? (pairs[position] ?? null) : position);
  return { left: scalar, right: mapScalar(scalar, right.scalar, map) };
}

/** The same reading at the other side's positions; `base` is that side's own scalar. */
function mapScalar(
  scalar: Scalar,
  base: Extract<Scalar, { kind: 'logits' }>,
  map: (position: number) => number | null,
): Scalar | null {
  if (scalar.kind === 'logits') return base;
  const position = map(scalar.position);
  if (position === null) return null;
  if (scalar.kind === 'neuron' || scalar.kind === 'latent') return { ...scalar, position };
  const source = map(scalar.source);
  if (source === null || source > position) return null;
  if (scalar.kind === 'score') return { ...scalar, position, source };
  const downstream = mapScalar(scalar.downstream, base, map);
  if (downstream === null || downstream.kind === 'value') return null;
  return { ...scalar, position, source, downstream };
}
