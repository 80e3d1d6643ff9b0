import { reportTables, subjectText, type ReportTable } from './reportRows.ts';
import type { VerifyReport } from './report.ts';

/** A report as Markdown: the verdict, what to do next, then the tables. */
export function verifyMarkdown(report: VerifyReport): string {
  const { model, verdict, headline, next, directory } = report;
  return [
    `# Verify ${escaped(model)}`,
    `**Verdict: ${verdict}.** ${escaped(headline)}`,
    ...next.map((step) => `- ${step}`),
    ...reportTables(report).map(tableMarkdown),
    '## Model',
    `\`${directory}\`  \n${escaped(subjectText(report))}`,
    '',
  ].join('\n\n');
}

function tableMarkdown({ title, notes, columns, rows }: ReportTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [
    line(columns.map((column) => column.title)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map(({ cells, ok }) =>
      line(cells.map((cell) => (ok || cell === '' ? escaped(cell) : `**${escaped(cell)}**`))),
    ),
  ];
  return [
    `## ${escaped(title)}`,
    ...notes.map(escaped),
    ...(rows.length === 0 ? [] : [table.join('\n')]),
  ].join('\n\n');
}

/** Nothing of a model's name or tokens is markup. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|!]/g, '\\$&').replaceAll('\n', ' ');
}
