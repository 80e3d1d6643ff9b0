import { InterpError, isInterpError } from '../core/errors.ts';
import { gridCorrelation } from '../core/analysis/measure/attributionPatching.ts';
import type { NodeRow } from '../core/analysis/nodes/nodeRows.ts';
import {
  PATCH_HOOKS,
  type DebugCandidate,
  type DebugSummary,
  type DebugTable,
  type DebugView,
  type Experiment,
  type MeasuredNode,
  type PatchHook,
  type PatchResult,
  type SweepRow,
  type TraceStep,
} from '../protocol/debugContract.ts';
import type { ModelInfo } from '../protocol/engineContract.ts';
import type { DebugArgs } from './debugArgs.ts';
import type { Session } from './session.ts';

/** A sweep as far as it went. */
export interface SweepReport {
  readonly kind: string;
  readonly positions: string;
  /** Largest effect in size first. */
  readonly rows: readonly SweepRow[];
  readonly complete: boolean;
}

/** One hook of the patching sweep: a result per layer. */
export interface PatchReport {
  readonly hook: PatchHook;
  readonly byPosition: boolean;
  readonly layers: readonly PatchResult[];
  readonly complete: boolean;
}

/** How well attribution patching foresaw what was measured: Pearson's r over all cells; null where not defined. */
export function patchCorrelation({ layers }: PatchReport): number | null {
  return gridCorrelation(
    layers.map(({ measured }) => measured.flat()),
    layers.map(({ estimated }) => estimated.flat()),
  );
}

/** All that `debug` prints of one prompt. */
export interface DebugReport {
  readonly name: string;
  readonly model: ModelInfo;
  readonly experiment: Experiment;
  readonly summary: DebugSummary;
  readonly step: TraceStep | null;
  readonly table: DebugTable;
  /** By node name. */
  readonly measured: ReadonlyMap<string, MeasuredNode>;
  readonly candidates: readonly DebugCandidate[];
  readonly sweep: SweepReport | null;
  readonly patch: readonly PatchReport[];
}

/** Measured together in one request: cancel and progress come between requests. */
const MEASURED_AT_ONCE = 16;
const POSITION_HOOKS: readonly PatchHook[] = ['resid_pre', 'attn_out', 'mlp_out'];
const DEFAULT_PATCH_HOOKS: readonly PatchHook[] = [...POSITION_HOOKS, 'z'];
const CANDIDATES = 10;

/** Opens the experiment and reads what was asked. A sweep that is cancelled keeps what it has measured. */
export async function reportDebug(
  { jobs, job }: Session,
  asked: {
    readonly name: string;
    readonly model: ModelInfo;
    readonly experiment: Experiment;
    readonly args: DebugArgs;
  },
): Promise<DebugReport> {
  const { name, model, experiment, args } = asked;
  const summary = await jobs.handlers['debug/open']({ experiment }, job);
  const { debugId } = summary;
  try {
    const step = args.trace === undefined ? null : { at: args.trace, via: args.via ?? null };
    const view: DebugView = { debugId, step, options: tableOptions(args, model) };
    const table = await jobs.handlers['debug/table'](view, job);
    const measured = await measureTop({ jobs, job }, { view, rows: table.rows, count: args.measure });
    const candidates = await jobs.handlers['debug/candidates']({ ...view, k: CANDIDATES, filter: '' }, job);
    const sweep = args.sweep === undefined ? null : await runSweep({ jobs, job }, view, args);
    const patch = args.patch ? await runPatch({ jobs, job }, debugId, { model, args }) : [];
    return { name, model, experiment, summary, step, table, measured, candidates, sweep, patch };
  } finally {
    await jobs.handlers['debug/close']({ debugId }, job);
  }
}

/** @throws unit/unknown for a SAE that is not attached */
export function tableOptions(args: DebugArgs, model: ModelInfo): DebugView['options'] {
  const { k, foldValueBiases, liveScale } = args;
  return { k, foldValueBiases, frozenScale: !liveScale, saes: splicedSaes(args.splice, model) };
}

/** `all`: every attached SAE but the residual ones, of which at most one fits into a sum. */
function splicedSaes(asked: readonly string[], { saes, name }: ModelInfo): readonly string[] {
  if (asked.includes('all'))
    return saes.filter(({ hook_name }) => !hook_name.includes('resid')).map(({ id }) => id);
  const unknown = asked.find((id) => saes.every((sae) => sae.id !== id));
  if (unknown === undefined) return asked;
  const known = saes.map(({ id }) => id).join(', ') || 'none';
  throw new InterpError('unit/unknown', `No SAE "${unknown}" is attached to ${name}; attached: ${known}.`, {
    data: { sae: unknown },
  });
}

type Engine = Pick<Session, 'jobs' | 'job'>;

async function measureTop(
  { jobs, job }: Engine,
  asked: { readonly view: DebugView; readonly rows: readonly NodeRow[]; readonly count: number },
): Promise<ReadonlyMap<string, MeasuredNode>> {
  const size = ({ left, right }: NodeRow): number =>
    Math.max(Math.abs(left?.estimatedTotalEffect ?? 0), Math.abs(right?.estimatedTotalEffect ?? 0));
  const top = asked.rows
    .filter(({ node }) => node.kind !== 'bias')
    .toSorted((a, b) => size(b) - size(a))
    .slice(0, asked.count);
  const measured = new Map<string, MeasuredNode>();
  for (let start = 0; start < top.length; start += MEASURED_AT_ONCE) {
    const nodes = top.slice(start, start + MEASURED_AT_ONCE).map(({ node }) => node);
    const results = await jobs.handlers['debug/measure']({ ...asked.view, nodes }, job);
    for (const result of results) measured.set(result.name, result);
    job.progress({ done: start + nodes.length, total: top.length, message: 'measuring' });
  }
  return measured;
}

async function runSweep(
  { jobs, job }: Engine,
  view: DebugView,
  args: DebugArgs,
): Promise<SweepReport | null> {
  const { sweep: kind, at: positions, layer } = args;
  if (kind === undefined) return null;
  const plan = await jobs.handlers['debug/sweepPlan']({ ...view, kind, positions, layer }, job);
  const rows: SweepRow[] = [];
  let done = 0;
  const complete = await untilCancelled(async () => {
    for (const { id, title } of plan.parts) {
      rows.push(...(await jobs.handlers['debug/sweepPart']({ ...view, kind, positions, part: id }, job)));
      job.progress({ done: ++done, total: plan.parts.length, message: title });
    }
  });
  return {
    kind,
    positions,
    rows: rows.toSorted((a, b) => Math.abs(b.effect) - Math.abs(a.effect)),
    complete,
  };
}

async function runPatch(
  { jobs, job }: Engine,
  debugId: string,
  { model, args }: { readonly model: ModelInfo; readonly args: DebugArgs },
): Promise<PatchReport[]> {
  const hooks = args.hooks.length === 0 ? DEFAULT_PATCH_HOOKS : args.hooks;
  const reports: PatchReport[] = [];
  let done = 0;
  for (const hook of PATCH_HOOKS.filter((known) => hooks.includes(known))) {
    const byPosition = POSITION_HOOKS.includes(hook);
    const layers: PatchResult[] = [];
    const complete = await untilCancelled(async () => {
      for (let layer = 0; layer < model.n_layers; layer++) {
        const part = { hook, layer, byPosition };
        layers.push(await jobs.handlers['debug/patchPart']({ debugId, part }, job));
        job.progress({ done: ++done, total: hooks.length * model.n_layers, message: `patching ${hook}` });
      }
    });
    reports.push({ hook, byPosition, layers, complete });
    if (!complete) break;
  }
  return reports;
}

/** False when it was cancelled: what was measured until then is kept. */
async function untilCancelled(run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (isInterpError(error, 'cancelled')) return false;
    throw error;
  }
}
