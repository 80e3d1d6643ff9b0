import type { Average } from '../../core/analysis/measure/manyPrompts.ts';
import { bothEnds } from '../../core/analysis/measure/promptAverages.ts';
import type { ManyReport } from '../commands/debugMany.ts';
import { signed } from './debugText.ts';
import { jsonNumber, short } from './numbers.ts';
import type { Paint } from './style.ts';
import { joinSections, tableLines, type Cell } from './table.ts';

/** The object of `debug DIR --json`. `columns`: averages over prompts by component, 95 % intervals. */
export function manyJson(report: ManyReport): Readonly<Record<string, unknown>> {
  const { mean, low, high } = report.value;
  return {
    version: 1,
    prompts: report.prompts.map(({ name, value }) => ({ name, value: jsonNumber(value) })),
    unit: report.prompts[0]?.unit ?? null,
    value: { mean: jsonNumber(mean), low: jsonNumber(low), high: jsonNumber(high) },
    failed: report.failed.map(({ name, error }) => ({ name, code: error.code, message: error.message })),
    columns: Object.fromEntries(
      Object.entries(report.columns).map(([metric, rows]) => [metric, rows.map(averageJson)]),
    ),
    measured: report.measured.map(averageJson),
    sweep: report.sweep.map(averageJson),
  };
}

function averageJson({ key, mean, low, high, count, each }: Average): unknown {
  return {
    name: key,
    mean: jsonNumber(mean),
    low: jsonNumber(low),
    high: jsonNumber(high),
    count,
    each: each.map(jsonNumber),
  };
}

/** Averages as text for a terminal: the k strongest components of each effect at either end. */
export function manyText(report: ManyReport, paint: Paint): string {
  const { prompts, value, k } = report;
  const unit = prompts[0]?.unit ?? '';
  const sections = [
    [paint('strong', `${prompts.length} prompts, mean ${signed(value.mean)} ${unit} ${interval(value)}`)],
    averageLines('Direct effect', bothEnds(report.columns.directEffect, k), { unit, paint }),
    averageLines('Estimated total effect', bothEnds(report.columns.estimatedTotalEffect, k), { unit, paint }),
    averageLines('Measured total effect', bothEnds(report.measured, k), { unit, paint }),
    averageLines('Sweep', bothEnds(report.sweep, k), { unit, paint }),
    promptLines(report, paint),
  ];
  return joinSections(sections);
}

function averageLines(
  title: string,
  rows: readonly Average[],
  { unit, paint }: { readonly unit: string; readonly paint: Paint },
): string[] {
  if (rows.length === 0) return [];
  const columns = [
    { title: 'component', align: 'left' },
    { title: 'mean', align: 'right' },
    { title: '95 %', align: 'left' },
    { title: 'prompts', align: 'right' },
  ] as const;
  const cells = rows.map((row): Cell[] => [
    { text: row.key },
    { text: signed(row.mean) },
    { text: interval(row) },
    { text: String(row.count) },
  ]);
  const heading = `${paint('strong', title)} ${paint('dim', `(${unit}, mean over prompts)`)}`;
  return [heading, ...tableLines(columns, cells, (text) => paint('dim', text))];
}

function promptLines({ prompts }: ManyReport, paint: Paint): string[] {
  const columns = [
    { title: 'prompt', align: 'left' },
    { title: 'value', align: 'right' },
  ] as const;
  const cells = prompts.map(({ name, value }): Cell[] => [{ text: name }, { text: signed(value) }]);
  return [paint('strong', 'Prompts'), ...tableLines(columns, cells, (text) => paint('dim', text))];
}

function interval({ low, high }: Pick<Average, 'low' | 'high'>): string {
  return low === null || high === null ? '' : `[${short(low)}, ${short(high)}]`;
}
