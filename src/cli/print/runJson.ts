import type { RunReport } from '../commands/run.ts';
import { logitDiff, valuesJson } from './debugJson.ts';
import { jsonNumber } from './numbers.ts';

/** The object of `run --json`: `after` with the edits, `before` without; null when no edit is on. */
export function runJson(report: RunReport): Readonly<Record<string, unknown>> {
  const { summary, candidates, continuation } = report;
  const { left, right } = summary;
  const next = (side: 'left' | 'right'): unknown =>
    candidates.flatMap(({ id, text, role, [side]: values }) =>
      values ? [{ id, text, role, ...(valuesJson(values) as object) }] : [],
    );
  const before = right && {
    value: jsonNumber(right.value),
    logitDiff: logitDiff(candidates, 'right'),
    loss: right.loss.map(jsonNumber),
    next: next('right'),
    text: continuation?.right ?? null,
  };
  return {
    version: 1,
    model: report.model.name,
    prompt: report.name,
    temperature: report.temperature,
    seed: report.seed,
    tokens: left.tokens.map(({ id, text }) => ({ id, text })),
    position: summary.position,
    targets: summary.targets,
    distractors: summary.distractors,
    edits: summary.edits,
    warnings: summary.warnings,
    before,
    after: {
      value: jsonNumber(left.value),
      logitDiff: logitDiff(candidates, 'left'),
      loss: left.loss.map(jsonNumber),
      kl: left.kl && left.kl.map(jsonNumber),
      next: next('left'),
      text: continuation?.left ?? null,
    },
  };
}
