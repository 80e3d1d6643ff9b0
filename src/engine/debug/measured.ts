import { PATCH_GRADIENTS } from '../../core/analysis/measure/attributionPatching.ts';
import { measureNodes } from '../../core/analysis/measure/measure.ts';
import { mapNode, positionMap } from '../../core/analysis/nodes/alignNodes.ts';
import { patch } from '../../core/analysis/measure/patching.ts';
import { planSweep, sweepPart, type SweepRequest } from '../../core/analysis/measure/sweeps.ts';
import { InterpError } from '../../core/errors.ts';
import { formatUnit } from '../../core/model/units.ts';
import { parsePosition, resolvePosition } from '../../core/prompt/position.ts';
import { gradients } from '../../core/trace/gradients/gradients.ts';
import { formatNode, type Node } from '../../core/trace/node.ts';
import type { Gradients } from '../../core/trace/gradients/readout.ts';
import type {
  DebugView,
  EngineDebug,
  MeasuredNode,
  PatchPart,
  PatchResult,
  SweepPlan,
  SweepRow,
} from '../../protocol/debugContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import { makeGradientsFit } from './debugMemory.ts';
import type { DebugSession } from './debugSession.ts';
import { sourceOf } from './nodeSides.ts';
import { shared } from './shared.ts';
import { scalarsOf } from './steps.ts';

/** Measured total effects of some nodes on a view's scalar, on both sides. */
export async function measure(
  session: DebugSession,
  { step, nodes }: DebugView & { readonly nodes: readonly Node[] },
  { signal }: JobContext,
): Promise<MeasuredNode[]> {
  const { model, left, right, summary } = session;
  const scalars = scalarsOf(session, step);
  const ofLeft = await measureNodes(model.variants, left.trace, nodes, scalars.left, { signal });
  const { toRight } = positionMap(left.tokens.length, summary.alignment);
  const partners = nodes.map((node) => (right ? mapNode(node, toRight) : null));
  const present = partners.filter((node) => node !== null);
  const ofRight =
    right && scalars.right
      ? await measureNodes(model.variants, right.trace, present, scalars.right, { signal })
      : [];
  const byPartner = new Map(present.map((node, index) => [node, ofRight[index]?.effect ?? null]));
  return nodes.map((node, index) => {
    const partner = partners[index];
    return {
      name: formatNode(node),
      left: ofLeft[index]?.effect ?? null,
      right: partner ? (byPartner.get(partner) ?? null) : null,
      leftFrozen: ofLeft[index]?.frozen ?? null,
    };
  });
}

/** Which parts a sweep of the left side consists of. @throws position/out-of-range */
export async function sweepPlan(
  { model, left }: DebugSession,
  { kind, positions, layer }: EngineDebug['debug/sweepPlan']['params'],
): Promise<SweepPlan> {
  const request: SweepRequest = { kind, layer, positions: positionsOf(positions, left.tokens) };
  return { kind, positions, parts: await planSweep(model.variants, left.trace, request) };
}

/** One part of a sweep: each unit taken to 0 at all the positions at once. */
export async function sweep(
  session: DebugSession,
  { kind, positions, part, step }: EngineDebug['debug/sweepPart']['params'],
  job: JobContext,
): Promise<SweepRow[]> {
  const { model, left } = session;
  const request = { kind, part, positions: positionsOf(positions, left.tokens) };
  const scalar = scalarsOf(session, step).left;
  const place = positions.startsWith('@') ? positions : `@${positions}`;
  const swept = await sweepPart(model.variants, left.trace, request, scalar, progressOf(job, part));
  return swept.map(({ unit, effect }) => ({ unit: `${formatUnit(unit)}${place}`, effect }));
}

/** One part of a patching sweep between the corrupted and the clean prompt. @throws edit/incomplete */
export async function patchPart(
  session: DebugSession,
  part: PatchPart,
  job: JobContext,
): Promise<PatchResult> {
  const { model, clean, corrupted } = session;
  if (!corrupted)
    throw new InterpError('edit/incomplete', 'There is no corrupted prompt to patch from.', {
      data: { missing: 'corrupted' },
    });
  const { side, pairs } = corrupted;
  const sides = {
    clean: clean.trace,
    corrupted: side.trace,
    pairs,
    scalar: { clean: clean.scalar, corrupted: side.scalar },
  };
  const options = { ...progressOf(job, part.hook), gradients: await patchGradients(session, job.signal) };
  const { measured, estimated } = await patch(model.variants, sides, part, options);
  return { measured, estimated: estimated ?? measured.map((row) => row.map(() => null)) };
}

const kept = new WeakMap<DebugSession, Map<string, Promise<Gradients>>>();

/** Gradients of the corrupted run, for the estimate of every part; computed once. The final scale is live there. */
function patchGradients(session: DebugSession, signal: AbortSignal): Promise<Gradients> {
  const { model, corrupted, clean } = session;
  const side = corrupted?.side ?? clean;
  const held = kept.get(session) ?? new Map<string, Promise<Gradients>>();
  kept.set(session, held);
  const make = async (): Promise<Gradients> => {
    const pos = side.tokens.length;
    await makeGradientsFit(model, { pos, sides: 1, what: `Patching ${pos} tokens` });
    return gradients(sourceOf(model, side), side.scalar, {
      frozenScale: false,
      signal,
      hooks: PATCH_GRADIENTS,
    });
  };
  return shared(held, 'corrupted', make, { most: 1, signal });
}

function positionsOf(written: string, tokens: DebugSession['left']['tokens']): number[] {
  const position = parsePosition(written);
  if (position) return resolvePosition(position, tokens);
  throw new InterpError('position/out-of-range', `"${written}" is not a position.`, {
    data: { position: written },
  });
}

function progressOf(
  job: JobContext,
  message: string,
): { signal: AbortSignal; onProgress: (done: number, total: number) => void } {
  return { signal: job.signal, onProgress: (done, total) => job.progress({ done, total, message }) };
}
