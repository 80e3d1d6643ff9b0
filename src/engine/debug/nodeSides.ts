import { TABLE_GRADIENTS } from '../../core/analysis/nodes/nodeTable.ts';
import type { NodeSae, NodeSide } from '../../core/analysis/nodes/nodeSide.ts';
import { bug } from '../../core/errors.ts';
import { gradients, readout, type GradientSource } from '../../core/trace/gradients/gradients.ts';
import type { Scalar } from '../../core/trace/gradients/scalar.ts';
import type { DebugView } from '../../protocol/debugContract.ts';
import { findSae } from '../liveTrace.ts';
import type { OpenModel } from '../openModel.ts';
import { areLarge, makeGradientsFit, noteDebugged } from './debugMemory.ts';
import type { DebugRun, DebugSession } from './debugSession.ts';
import { shared } from './shared.ts';
import { scalarsOf } from './steps.ts';

/** Both sides of a view, ready to be read as nodes; right = null where the scalar has no counterpart. */
export interface NodeSides {
  readonly left: NodeSide;
  readonly right: NodeSide | null;
}

/** Views of one session whose gradients are kept: the one that is shown, and the one before. */
const KEPT_VIEWS = 2;

const kept = new WeakMap<DebugSession, Map<string, Promise<NodeSides>>>();

/**
 * Gradients of a view's scalar on both sides. Computed once for each scalar and manner of reading.
 * @throws model/too-large, scalar/*, unit/unknown, cancelled
 */
export function nodeSides(session: DebugSession, view: DebugView, signal: AbortSignal): Promise<NodeSides> {
  const views = kept.get(session) ?? new Map<string, Promise<NodeSides>>();
  kept.set(session, views);
  const { saes, frozenScale } = view.options;
  const key = JSON.stringify([view.step, saes, frozenScale]);
  const { pos, sides } = sizeOf(session);
  if (!views.has(key) && areLarge(session.model, pos, sides)) views.clear();
  return shared(views, key, () => makeSides(session, view, signal), { most: KEPT_VIEWS, signal });
}

/** Tokens of the longer run, and how many runs there are. */
function sizeOf({ left, right }: DebugSession): { readonly pos: number; readonly sides: number } {
  return { pos: Math.max(left.tokens.length, right?.tokens.length ?? 0), sides: right ? 2 : 1 };
}

async function makeSides(session: DebugSession, view: DebugView, signal: AbortSignal): Promise<NodeSides> {
  const { model, left, right } = session;
  const scalars = scalarsOf(session, view.step);
  const { pos, sides } = sizeOf(session);
  await makeGradientsFit(model, { pos, sides, what: `Explaining ${pos} tokens` });
  const side = (run: DebugRun, scalar: Scalar): Promise<NodeSide> =>
    makeSide(model, run, { scalar, view, signal });
  const ofLeft = await side(left, scalars.left);
  noteDebugged(model);
  return { left: ofLeft, right: right && scalars.right ? await side(right, scalars.right) : null };
}

async function makeSide(
  model: OpenModel,
  run: DebugRun,
  asked: { readonly scalar: Scalar; readonly view: DebugView; readonly signal: AbortSignal },
): Promise<NodeSide> {
  const { scalar, signal } = asked;
  const { frozenScale, saes } = asked.view.options;
  const source = sourceOf(model, run);
  return {
    reads: model.reads,
    trace: run.trace,
    scalar,
    gradients: await gradients(source, scalar, { frozenScale, signal, hooks: TABLE_GRADIENTS }),
    saes: saes.map((id) => nodeSae(model, run, id)),
    edits: run.edits,
  };
}

/** What gradients of a run are taken of. */
export function sourceOf(model: OpenModel, run: DebugRun): GradientSource {
  return { runner: model.runner, trace: run.trace, sae: (id) => findSae(model, id).runner };
}

function nodeSae(model: OpenModel, run: DebugRun, id: string): NodeSae {
  const sae = findSae(model, id);
  return {
    ...sae,
    id,
    acts: () => run.acts(id),
    read: async (index, position) => {
      const scalar = { kind: 'latent', sae: id, index, position } as const;
      const read = await readout(sourceOf(model, run), scalar, { frozenScale: true });
      const row = read.vectors.find((each) => each.position === position);
      if (!row) throw bug(`the reading of ${id}/${index} has no vector`);
      return row.vector;
    },
  };
}
