import { wordsJson } from './wordsJson.ts';
import type { NodeMetrics, NodeRow, SumCheck } from '../../core/analysis/nodes/nodeRows.ts';
import type {
  CandidateValues,
  DebugCandidate,
  DebugSide,
  MeasuredNode,
} from '../../protocol/debugContract.ts';
import { patchCorrelation, type DebugReport, type PatchReport, type SweepReport } from '../debugReport.ts';
import { jsonNumber } from './numbers.ts';

/**
 * The object of `debug --json`. `left` is the prompt with its edits, `right` what it is compared with (null without).
 * The flat numbers of a node are those of the left side; numbers that are not finite are null.
 */
export function debugJson(report: DebugReport): Readonly<Record<string, unknown>> {
  const { model, summary, experiment, table, step } = report;
  const offsetless = summary.left.tokens.map(({ id, text }) => ({ id, text }));
  return {
    version: 1,
    model: model.name,
    prompt: report.name,
    tokens: offsetless,
    position: summary.position,
    targets: summary.targets,
    distractors: summary.distractors,
    scalar: experiment.scalar,
    trace: step,
    title: table.title,
    unit: table.unit,
    held: table.held,
    logitDiff: logitDiff(report.candidates, 'left'),
    left: sideJson(summary.left),
    right: summary.right && {
      ...sideJson(summary.right),
      tokens: summary.right.tokens.map(({ id, text }) => ({ id, text })),
      logitDiff: logitDiff(report.candidates, 'right'),
    },
    alignment: summary.alignment,
    edits: summary.edits,
    warnings: summary.warnings,
    candidates: report.candidates.map((candidate) => ({
      id: candidate.id,
      text: candidate.text,
      role: candidate.role,
      left: valuesJson(candidate.left),
      right: candidate.right && valuesJson(candidate.right),
    })),
    sumCheck: sumJson(table.left),
    sumCheckRight: table.right && sumJson(table.right),
    nodeCount: table.total,
    nodes: table.rows.map((row) => nodeJson(row, report.measured.get(row.name))),
    sweep: report.sweep && sweepJson(report.sweep),
    patch: report.patch.length === 0 ? null : report.patch.map(patchJson),
  };
}

/** Mean target logit - mean distractor logit of a side; null without either. */
export function logitDiff(candidates: readonly DebugCandidate[], side: 'left' | 'right'): number | null {
  const mean = (role: DebugCandidate['role']): number | null => {
    const logits = candidates.flatMap((candidate) =>
      candidate.role === role && candidate[side] ? [candidate[side].logit] : [],
    );
    return logits.length === 0 ? null : logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
  };
  const target = mean('target');
  const distractor = mean('distractor');
  return target === null || distractor === null ? null : jsonNumber(target - distractor);
}

function sideJson({ value, loss, kl }: DebugSide): Record<string, unknown> {
  return { value: jsonNumber(value), loss: loss.map(jsonNumber), kl: kl && kl.map(jsonNumber) };
}

export function valuesJson({ logit, probability, rank }: CandidateValues): unknown {
  return { logit: jsonNumber(logit), probability: jsonNumber(probability), rank };
}

export function sumJson({ byKind, direct, value, residual, notAdditive }: SumCheck): unknown {
  return {
    direct: jsonNumber(direct),
    residual: jsonNumber(residual),
    value: jsonNumber(value),
    notAdditive,
    byKind: Object.fromEntries(Object.entries(byKind).map(([kind, sum]) => [kind, jsonNumber(sum)])),
  };
}

function nodeJson(row: NodeRow, measured: MeasuredNode | undefined): unknown {
  const { node } = row;
  return {
    name: row.name,
    kind: node.kind,
    layer: 'layer' in node ? node.layer : null,
    position: node.position,
    source: node.kind === 'head' ? node.source : null,
    ...metricsJson(row.left, measured?.left ?? null),
    measuredWithScaleHeld: jsonNumber(measured?.leftFrozen ?? null),
    right: row.right && metricsJson(row.right, measured?.right ?? null),
    ...wordsJson(row.known),
    attributedTo: row.attributedTo,
  };
}

function metricsJson(metrics: NodeMetrics | null, measured: number | null): Record<string, number | null> {
  return {
    activation: jsonNumber(metrics?.activation ?? null),
    writeMagnitude: jsonNumber(metrics?.writeMagnitude ?? null),
    directEffect: jsonNumber(metrics?.directEffect ?? null),
    estimatedTotalEffect: jsonNumber(metrics?.estimatedTotalEffect ?? null),
    measuredTotalEffect: jsonNumber(measured),
  };
}

function sweepJson({ kind, positions, rows, complete }: SweepReport): unknown {
  const effects = rows.map(({ unit, effect }) => ({ unit, effect: jsonNumber(effect) }));
  return { kind, positions, complete, rows: effects };
}

/** Maps [layers][columns] for hooks by position, [layers][heads] for hooks of heads. */
function patchJson(report: PatchReport): unknown {
  const { hook, byPosition, layers, complete } = report;
  const flat = (rows: PatchReport['layers'][number]['measured']): (number | null)[] =>
    rows.flat().map(jsonNumber);
  return {
    hook,
    columns: byPosition ? 'position' : 'head',
    complete,
    measured: layers.map(({ measured }) => flat(measured)),
    estimated: layers.map(({ estimated }) => flat(estimated)),
    correlation: jsonNumber(patchCorrelation(report)),
  };
}
