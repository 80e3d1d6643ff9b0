import { formatUnit } from '../../core/model/units.ts';
import type { UnitWords } from '../records/unitWords.ts';
import { attentionLayer, type AttentionLayer } from '../../core/analysis/attentionLayer.ts';
import { layerAttribution, type LayerAttribution } from '../../core/analysis/layerAttribution.ts';
import { nextTokens, type DebugCandidate } from '../../core/analysis/nextTokens.ts';
import { nodeDetail, type NodeDetail } from '../../core/analysis/nodes/nodeDetail.ts';
import type { NodeSide } from '../../core/analysis/nodes/nodeSide.ts';
import { InterpError } from '../../core/errors.ts';
import { gradients } from '../../core/trace/gradients/gradients.ts';
import type { Node } from '../../core/trace/node.ts';
import type { LogitScalar } from '../../core/trace/gradients/scalar.ts';
import type { DebugOptions, DebugView } from '../../protocol/debugContract.ts';
import type { DebugSession, DebugSideRun } from './debugSession.ts';
import { nodeSides, sourceOf } from './nodeSides.ts';
import { logitsAt } from './sides.ts';

/** The next-token table at the scalar's position. */
export async function readCandidates(
  { model, left, right, summary }: DebugSession,
  { k, filter }: { readonly k: number; readonly filter: string },
): Promise<DebugCandidate[]> {
  return nextTokens({
    left: await logitsAt(left, left.scalar.position),
    right: right && (await logitsAt(right, right.scalar.position)),
    targets: summary.targets.map(({ id }) => id),
    distractors: summary.distractors.map(({ id }) => id),
    k,
    filter,
    text: (id) => model.tokenizer.text(id),
  });
}

/** What one node of the left side says and hears. */
export async function readDetail(
  session: DebugSession,
  asked: DebugView & { readonly node: Node; readonly k: number },
  { words, signal }: { readonly words: UnitWords; readonly signal: AbortSignal },
): Promise<NodeDetail> {
  const { model, left } = session;
  const { left: side } = await nodeSides(session, asked, signal);
  return nodeDetail({
    side,
    node: asked.node,
    k: asked.k,
    foldValueBiases: asked.options.foldValueBiases,
    gradientsOf: (scalar, options) =>
      gradients(sourceOf(model, left), scalar, { frozenScale: true, signal, ...options }),
    text: (id) => model.tokenizer.text(id),
    words: (unit) => words.words(model, formatUnit(unit)),
  });
}

/** Patterns of one layer of one side. @throws request/invalid for a right side that is not there */
export async function readAttention(
  { model, left, right }: DebugSession,
  { side, layer }: { readonly side: 'left' | 'right'; readonly layer: number },
): Promise<AttentionLayer> {
  const run = side === 'left' ? left : right;
  if (!run) throw new InterpError('request/invalid', 'This view has no right side.');
  run.trace.residPre(layer + 1);
  return attentionLayer({ reads: model.reads, trace: run.trace }, layer);
}

/** Logit lens and direct attribution of the experiment's own scalar. */
export async function readLayers(
  session: DebugSession,
  options: DebugOptions,
  signal: AbortSignal,
): Promise<LayerAttribution> {
  const { left, right } = session;
  const view = { debugId: session.id, step: null, options: { ...options, saes: [] } };
  const sides = await nodeSides(session, view, signal);
  const attributed = (
    side: NodeSide | null,
    run: DebugSideRun | null,
  ): { side: NodeSide; scalar: LogitScalar } | null => side && run && { side, scalar: run.scalar };
  return layerAttribution({
    left: { side: sides.left, scalar: left.scalar },
    right: attributed(sides.right, right),
    foldValueBiases: options.foldValueBiases,
    signal,
  });
}
