import { median } from '../../core/explain/distribution.ts';
import { isOfPattern, type ExplanationRecord, type Score } from '../../core/explain/explanation.ts';
import { counted } from './numbers.ts';
import type { Paint } from './style.ts';
import { tableLines, type Cell } from './table.ts';
import { shorten } from './visible.ts';

const WORDS_COLUMNS = 76;
const NONE = '–';

/** Explanations as a table, and their medians. */
export function explainedText(records: readonly ExplanationRecord[], paint: Paint): string {
  if (records.length === 0) return '';
  const columns = [
    { title: 'unit', align: 'left' },
    { title: 'score', align: 'right' },
    { title: '95 %', align: 'left' },
    { title: 'random only', align: 'right' },
    { title: 'detection', align: 'right' },
    { title: 'by', align: 'left' },
    { title: 'words', align: 'left' },
  ] as const;
  const rows = records.map((record): Cell[] => {
    const { scores } = record;
    const main = scores?.topAndRandom?.correlation ?? scores?.pairs?.auc ?? null;
    return [
      { text: record.unit, paint: (text) => paint('strong', text) },
      { text: `${isOfPattern(record) ? 'pattern ' : ''}${figure(record.score)}` },
      { text: interval(main), paint: (text) => paint('dim', text) },
      { text: figure(scores?.randomOnly?.correlation?.value ?? null) },
      { text: figure(scores?.detection?.accuracy.value ?? null) },
      { text: `${record.explainer}/${record.simulatorKind ?? NONE}`, paint: (text) => paint('dim', text) },
      { text: shorten(record.explanation, WORDS_COLUMNS) },
    ];
  });
  const failures = records.reduce((sum, { failures: own }) => sum + own.length, 0);
  const lines = tableLines(columns, rows, (text) => paint('dim', text));
  const [patterns, words] = [records.filter(isOfPattern), records.filter((record) => !isOfPattern(record))];
  const foot = [
    ...(words.length > 0 ? [medianLine('score', words)] : []),
    ...(patterns.length > 0 ? [medianLine('pattern', patterns)] : []),
    ...(failures > 0 ? [`${counted(failures, 'simulation')} failed: left out of the scores`] : []),
  ];
  return `${[...lines, '', ...foot.map((line) => `  ${line}`)].join('\n')}\n`;
}

/** A pattern's score is none of the words': each has its own median. */
function medianLine(name: string, records: readonly ExplanationRecord[]): string {
  const scored = records.flatMap(({ score }) => score ?? []);
  const middle = figure(median(scored));
  return `median ${name} ${middle} over ${counted(scored.length, 'scored unit')} of ${records.length}`;
}

export function figure(value: number | null): string {
  return value === null ? NONE : value.toFixed(2);
}

function interval(score: Score | null): string {
  return score === null ? '' : `${score.low.toFixed(2)} to ${score.high.toFixed(2)}`;
}
