import { reportTables, subjectText, type ReportTable } from '../../core/verify/reportRows.ts';
import type { VerifyReport } from '../../core/verify/report.ts';
import { tableLines, type Cell } from './table.ts';
import type { Paint } from './style.ts';

/** The verdict in words, what to do next, then the tables. */
export function verifyText(report: VerifyReport, paint: Paint): string {
  const { directory, headline, next, verdict } = report;
  const tone = verdict === 'differs' ? 'warn' : 'good';
  return [
    `${paint(tone, `Verdict: ${verdict}.`)} ${headline}`,
    ...next.map((step) => `  ${step}`),
    ...reportTables(report).flatMap((table) => ['', ...tableText(table, paint)]),
    '',
    paint('dim', directory),
    paint('dim', subjectText(report)),
    '',
  ].join('\n');
}

function tableText({ title, notes, columns, rows }: ReportTable, paint: Paint): string[] {
  const cells = rows.map(({ cells: texts, ok }) =>
    texts.map((text): Cell => ({ text, ...(ok ? {} : { paint: (part) => paint('warn', part) }) })),
  );
  const table = rows.length === 0 ? [] : tableLines(columns, cells, (text) => paint('dim', text));
  return [paint('strong', title), ...notes.map((note) => `  ${note}`), ...table];
}
