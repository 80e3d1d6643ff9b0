import type { TraceStep } from '../../../src/protocol/debugContract.ts';

/** Steps upstream, and how many of them are walked. */
export interface Trail {
  readonly steps: readonly TraceStep[];
  readonly depth: number;
}

/** A step further upstream from where one stands; what was ahead is forgotten. */
export function stepped(trail: Trail, step: TraceStep): Trail {
  const steps = [...trail.steps.slice(0, trail.depth), step];
  return { steps, depth: steps.length };
}

/** The trail walked to a depth: 0 = the experiment's own scalar. */
export function walkedTo(trail: Trail, depth: number): Trail {
  return { steps: trail.steps, depth: Math.max(0, Math.min(trail.steps.length, depth)) };
}

export function currentStep({ steps, depth }: Trail): TraceStep | null {
  return steps[depth - 1] ?? null;
}
