import type { ExplanationRecord } from '../../core/explain/explanation.ts';
import { FREE, printRecord } from '../../core/explain/recordJson.ts';
import type { ExplainOptions, ManyExplained } from '../../protocol/explainContract.ts';

/**
 * The lines of `explain --json`: one a unit. What could not be explained has the same keys as what could, without words
 * and score, and with the reason under `failures`; it comes last.
 */
export function explainedJson(
  records: readonly ExplanationRecord[],
  failed: ManyExplained['failed'],
  options: Pick<ExplainOptions, 'explainer' | 'language'>,
): string {
  const without = new Set(failed.map(({ unit }) => unit));
  const lines = [
    // An older record of a unit that has failed now is not what this run has made of it.
    ...records.filter(({ unit }) => !without.has(unit)).map(printRecord),
    ...failed.map((each) => unexplained(each, options)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function unexplained(
  { unit, reason }: ManyExplained['failed'][number],
  { explainer: { kind }, language }: Pick<ExplainOptions, 'explainer' | 'language'>,
): string {
  const record: Readonly<Record<Exclude<keyof ExplanationRecord, 'scoreKind'>, unknown>> = {
    version: 1,
    id: null,
    unit,
    explanation: null,
    explainer: kind === 'language' ? (language?.model ?? kind) : kind,
    explainerKind: kind,
    pattern: null,
    simulator: null,
    simulatorKind: null,
    score: null,
    scores: null,
    sequences: 0,
    failures: [{ sequence: null, reason }],
    cost: FREE,
    revises: null,
    from: null,
  };
  return JSON.stringify(record);
}
