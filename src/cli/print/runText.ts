import type { RunReport } from '../commands/run.ts';
import { candidateLines } from './candidateLines.ts';
import { logitDiff } from './debugJson.ts';
import { signed } from './debugText.ts';
import { counted, nats } from './numbers.ts';
import type { Paint } from './style.ts';
import { joinSections, tableLines, type Cell } from './table.ts';
import { shorten, visible } from './visible.ts';

const TOKEN_COLUMNS = 24;

/** A run as text for a terminal: logit difference before and after, next tokens, tokens that changed, continuation. */
export function runText(report: RunReport, paint: Paint): string {
  const sections = [
    headLines(report, paint),
    candidateLines(report.candidates, 'unedited', paint),
    tokenLines(report, paint),
    continuationLines(report, paint),
  ];
  return joinSections(sections);
}

function headLines({ model, summary, candidates }: RunReport, paint: Paint): string[] {
  const about = `${model.name} · ${counted(summary.left.tokens.length, 'token')} · ${Math.round(summary.milliseconds)} ms`;
  const edits = summary.edits.map(({ text, enabled, alreadySo }) => {
    const note = enabled ? (alreadySo ? ' (already so)' : '') : ' (off)';
    return `  ${text.replaceAll(/\s/g, ' ')}${paint('dim', note)}`;
  });
  return [
    paint('dim', about),
    paint('strong', sentence(summary, candidates)),
    ...edits,
    ...summary.warnings.map((warning) => paint('warn', warning)),
  ];
}

function sentence(summary: RunReport['summary'], candidates: RunReport['candidates']): string {
  const hasBoth = logitDiff(candidates, 'left') !== null;
  const what = hasBoth ? 'Logit difference' : 'Value';
  const read = (side: 'left' | 'right'): number | null =>
    hasBoth ? logitDiff(candidates, side) : (summary[side]?.value ?? null);
  const after = signed(read('left'));
  return summary.right
    ? `${what} ${signed(read('right'))} before the edits, ${after} with them.`
    : `${what} ${after}; no edit is on.`;
}

/** Loss and KL per token, where both sides are there. */
function tokenLines({ summary }: RunReport, paint: Paint): string[] {
  const { left, right } = summary;
  if (!right || !left.kl) return [];
  const columns = [
    { title: '#', align: 'right' },
    { title: 'token', align: 'left' },
    { title: 'loss before', align: 'right' },
    { title: 'after', align: 'right' },
    { title: 'KL of prediction', align: 'right' },
  ] as const;
  const rows = left.tokens.map((token, index): Cell[] => [
    { text: String(index), paint: (text) => paint('dim', text) },
    { text: shorten(visible(token.text), TOKEN_COLUMNS) },
    { text: nats(right.loss[index] ?? null) },
    { text: nats(left.loss[index] ?? null) },
    { text: nats(left.kl?.[index] ?? null) },
  ]);
  const title = `${paint('strong', 'What the edits change')} ${paint('dim', '(nats)')}`;
  return [title, ...tableLines(columns, rows, (text) => paint('dim', text))];
}

function continuationLines({ continuation, temperature, seed }: RunReport, paint: Paint): string[] {
  if (!continuation) return [];
  const how = temperature === 0 ? 'most likely tokens' : `temperature ${temperature}, seed ${seed}`;
  const line = (name: string, text: string): string => `  ${paint('dim', name)} ${shown(text)}`;
  const { left, right } = continuation;
  const title = `${paint('strong', 'Continuation')} ${paint('dim', `(${how})`)}`;
  if (right === null) return [title, line('', left).replace(/^ {3}/, '  ')];
  return [title, line('before', right), line('after ', left)];
}

/** Line ends and other control characters as marks: no text may steer the terminal. */
function shown(text: string): string {
  return visible(text).replaceAll('·', ' ');
}
