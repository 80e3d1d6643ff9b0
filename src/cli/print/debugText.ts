import { scoreOfWords } from '../../core/trace/words.ts';
import { disagrees } from '../../core/analysis/nodes/disagreement.ts';
import type { NodeRow, SumCheck } from '../../core/analysis/nodes/nodeRows.ts';
import { patchCorrelation, type DebugReport, type PatchReport, type SweepReport } from '../debugReport.ts';
import { candidateLines } from './candidateLines.ts';
import { counted, short } from './numbers.ts';
import type { Paint } from './style.ts';
import { joinSections, tableLines, type Cell, type Column } from './table.ts';
import { shorten, visible } from './visible.ts';

const WORDS_COLUMNS = 40;
const TOKEN_COLUMNS = 10;
/** Rows of a sweep that a terminal shows; JSON has all. */
const SWEEP_ROWS = 30;

/** A debug report as text for a terminal. */
export function debugText(report: DebugReport, paint: Paint): string {
  const sections = [
    headLines(report, paint),
    candidateLines(report.candidates, otherSide(report), paint),
    nodeLines(report, paint),
    sumLines(report.table.left, report.table.unit, paint),
    ...(report.sweep ? [sweepLines(report.sweep, report.table.unit, paint)] : []),
    ...report.patch.map((patch) => patchLines(patch, report, paint)),
  ];
  return joinSections(sections);
}

/** `+1.23`; zero and what is not defined without a sign. */
export function signed(value: number | null): string {
  return value !== null && value > 0 ? `+${short(value)}` : short(value);
}

/** What the right side is: the run without edits, or of the corrupted prompt. */
function otherSide({ experiment }: DebugReport): string {
  return experiment.compare === 'corrupted' ? 'corrupted' : 'unedited';
}

function headLines(report: DebugReport, paint: Paint): string[] {
  const { model, summary, table } = report;
  const { left, right, milliseconds } = summary;
  const about = `${model.name} · ${counted(left.tokens.length, 'token')} · ${Math.round(milliseconds)} ms`;
  const compared = right ? `, ${otherSide(report)} ${signed(right.value)}` : '';
  const edits = summary.edits.map(({ text, enabled, alreadySo }) => {
    const note = enabled ? (alreadySo ? ' (already so)' : '') : ' (off)';
    return `  ${visibleEdit(text)}${paint('dim', note)}`;
  });
  return [
    paint('dim', about),
    paint(
      'strong',
      `${sentence(table.title)}: ${signed(table.left.value)}${ownUnit(table.unit)}${titleRight(report)}`,
    ),
    ...(report.step === null
      ? []
      : [paint('dim', `upstream of the prediction, ${signed(left.value)}${compared}`)]),
    ...table.held.map((held) => paint('dim', `held: ${held}`)),
    ...summary.warnings.map((warning) => paint('warn', warning)),
    ...(edits.length === 0 ? [] : [paint('strong', 'Edits'), ...edits]),
  ];
}

/** ` logits`; nothing where the title names what the number is. */
function ownUnit(unit: string): string {
  return unit === 'activation' ? '' : ` ${unit}`;
}

/** What effects are measured in. */
function effectUnit(unit: string): string {
  return unit === 'activation' ? 'units of the value above' : unit;
}

function titleRight(report: DebugReport): string {
  const { right } = report.table;
  return right ? `, ${otherSide(report)} ${signed(right.value)}` : '';
}

function nodeLines(report: DebugReport, paint: Paint): string[] {
  const { table, measured, summary } = report;
  const isMeasured = measured.size > 0;
  const hasRight = table.right !== null;
  const columns: Column[] = [
    { title: 'node', align: 'left' },
    { title: 'token', align: 'left' },
    ...['activation', 'write', 'direct', 'estimated'].map((title) => ({ title, align: 'right' }) as const),
    ...(isMeasured
      ? ([
          { title: 'measured', align: 'right' },
          { title: '', align: 'left' },
        ] as const)
      : []),
    ...(hasRight ? [{ title: `${otherSide(report)} est.`, align: 'right' } as const] : []),
    { title: 'words', align: 'left' },
    { title: 'score', align: 'left' },
  ];
  const token = (position: number): string =>
    shorten(visible(summary.left.tokens[position]?.text ?? ''), TOKEN_COLUMNS);
  const rows = table.rows.map((row): Cell[] => {
    const truth = measured.get(row.name)?.left ?? null;
    const estimate = row.left?.estimatedTotalEffect ?? null;
    const isOff = truth !== null && estimate !== null && disagrees(estimate, truth);
    return [
      { text: row.name },
      { text: tokensOf(row, token) },
      { text: short(row.left?.activation ?? null) },
      { text: signed(row.left?.writeMagnitude ?? null) },
      { text: signed(row.left?.directEffect ?? null) },
      { text: signed(estimate) },
      ...(isMeasured
        ? [{ text: signed(truth) }, { text: isOff ? '≠' : '', paint: (text: string) => paint('warn', text) }]
        : []),
      ...(hasRight ? [{ text: signed(row.right?.estimatedTotalEffect ?? null) }] : []),
      { text: row.known === null ? '' : shorten(row.known.words, WORDS_COLUMNS) },
      { text: row.known === null ? '' : scoreOfWords(row.known) },
    ];
  });
  const truth = isMeasured
    ? '≠ where estimate and measurement disagree'
    : '--measure N measures the N largest';
  const unit = `${table.rows.length} of ${table.total}; effects in ${effectUnit(table.unit)}; ${truth}`;
  return [heading('Nodes', unit, paint), ...tableLines(columns, rows, (text) => paint('dim', text))];
}

function tokensOf({ node }: NodeRow, token: (position: number) => string): string {
  return node.kind === 'head' ? `${token(node.position)} → ${token(node.source)}` : token(node.position);
}

function sumLines(sum: SumCheck, unit: string, paint: Paint): string[] {
  const { direct, value, residual, notAdditive, byKind } = sum;
  if (notAdditive !== null) return [paint('dim', `No sum: not additive, because ${notAdditive}.`)];
  const parts = Object.entries(byKind)
    .filter(([, part]) => part !== 0)
    .map(([kind, part]) => `${kind} ${signed(part)}`);
  return [
    `Sum of direct effects ${signed(direct)}${ownUnit(unit)}, value ${signed(value)}, residual ${residual.toExponential(1)}`,
    paint('dim', parts.join(' · ')),
  ];
}

function sweepLines({ kind, positions, rows, complete }: SweepReport, unit: string, paint: Paint): string[] {
  const most = rows.slice(0, SWEEP_ROWS);
  const what = `at ${positions}, effect of zeroing in ${effectUnit(unit)}; ${most.length} of ${rows.length}${complete ? '' : ', cancelled before its end'}`;
  const columns = [
    { title: 'unit', align: 'left' },
    { title: 'effect', align: 'right' },
  ] as const;
  const cells = most.map(({ unit: name, effect }): Cell[] => [{ text: name }, { text: signed(effect) }]);
  return [
    heading(`Sweep of ${kind}`, what, paint),
    ...tableLines(columns, cells, (text) => paint('dim', text)),
  ];
}

function patchLines(patch: PatchReport, report: DebugReport, paint: Paint): string[] {
  const { hook, byPosition, layers, complete } = patch;
  const width = layers[0]?.measured.flat().length ?? 0;
  const titles = Array.from({ length: width }, (_, index) => {
    const text = byPosition ? visible(report.summary.left.tokens[index]?.text ?? '') : `H${index}`;
    return { title: shorten(text, TOKEN_COLUMNS), align: 'right' } as const;
  });
  const rows = layers.map(({ measured }, layer): Cell[] => [
    { text: `L${layer}` },
    ...measured.flat().map((value): Cell => ({ text: value === null ? '–' : value.toFixed(2) })),
  ]);
  const what = `0 = corrupted, 1 = clean${complete ? '' : '; cancelled before its end'}`;
  return [
    heading(`Patching ${hook}`, what, paint),
    ...tableLines([{ title: '', align: 'left' }, ...titles], rows, (text) => paint('dim', text)),
    paint('dim', correlationText(patchCorrelation(patch))),
  ];
}

/** How far the fast estimate of the same cells may be trusted. */
function correlationText(correlation: number | null): string {
  const shown = correlation === null ? 'is not defined here' : correlation.toFixed(2);
  return `correlation with attribution patching (gradient estimate) ${shown}`;
}

function heading(text: string, unit: string, paint: Paint): string {
  return `${paint('strong', text)} ${paint('dim', `(${unit})`)}`;
}

function sentence(text: string): string {
  return visible(text)
    .replaceAll('·', ' ')
    .replace(/^./, (first) => first.toUpperCase());
}

function visibleEdit(text: string): string {
  return visible(text).replaceAll('·', ' ');
}
