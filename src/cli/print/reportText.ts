import { apartText } from '../../core/explain/distribution.ts';
import type { Distribution, ExplainReport, ReportEntry } from '../../core/explain/report.ts';
import { figure } from './explainText.ts';
import { counted } from './numbers.ts';
import type { Paint } from './style.ts';
import { tableLines, type Cell } from './table.ts';
import { shorten } from './visible.ts';

const WORDS_COLUMNS = 84;
const LISTED = 10;

/** How well the units of a model are explained, whichever way it falls. */
export function reportText(report: ExplainReport, paint: Paint): string {
  const title = (text: string): string => paint('strong', text);
  const dim = (text: string): string => paint('dim', text);
  const by = report.explainer === null ? 'best words of each unit' : `by ${report.explainer}`;
  const lines = [title(`Explanations of ${report.model}`) + dim(`  ${by}`), ''];
  if (report.families.length === 0)
    return `${lines[0]}\n  none are kept here: run underglass explain first\n`;
  lines.push(...familyLines(report, dim), ...apartLines(report));
  if (report.matches.length > 0)
    lines.push('', title('Medians at equal density'), ...matchLines(report, dim));
  if (report.concepts.length > 0) {
    lines.push('', title('Scores against the F1 of the labels that ship with the SAEs'));
    for (const { family, units, correlation } of report.concepts) {
      lines.push(`  ${family}: Spearman ${figure(correlation)} over ${counted(units, 'latent')}`);
    }
  }
  lines.push('', title('Best'), ...entryLines(report.best));
  if (report.worst.length > 0) lines.push('', title('Worst'), ...entryLines(report.worst));
  if (report.stale > 0) lines.push('', dim(`  ${counted(report.stale, 'stale explanation')} left out`));
  return `${lines.join('\n')}\n`;
}

function familyLines({ families }: ExplainReport, dim: (text: string) => string): string[] {
  const columns = [
    { title: 'family', align: 'left' },
    { title: 'explained', align: 'right' },
    { title: 'top + random: median', align: 'right' },
    { title: 'quartiles', align: 'left' },
    { title: 'scored', align: 'right' },
    { title: 'random only: median', align: 'right' },
    { title: 'scored', align: 'right' },
    { title: 'detection: median', align: 'right' },
  ] as const;
  const rows = families.map((family): Cell[] => [
    { text: family.family },
    { text: `${family.explained} of ${family.units}` },
    { text: figure(family.topAndRandom.median) },
    { text: quartiles(family.topAndRandom), paint: dim },
    { text: String(family.topAndRandom.count) },
    { text: figure(family.randomOnly.median) },
    { text: String(family.randomOnly.count) },
    { text: figure(family.detection.median) },
  ]);
  return tableLines(columns, rows, dim);
}

/** Which units the medians are without, and which count as chance. */
function apartLines({ families }: ExplainReport): string[] {
  const lines = families.flatMap(({ family, topAndRandom, randomOnly, detection }) => {
    const parts = [
      { of: 'top + random', text: apartText(topAndRandom) },
      { of: 'random only', text: apartText(randomOnly) },
      { of: 'detection', text: apartText(detection) },
    ].filter(({ text }) => text !== null);
    return parts.length === 0
      ? []
      : [`  ${family}: ${parts.map(({ of, text }) => `${of}: ${text}`).join('; ')}`];
  });
  const what =
    '  Units silent in the windows have no score; those that vary where the words say nothing count as 0 (AUC .5):';
  return lines.length === 0 ? [] : ['', what, ...lines];
}

function matchLines({ matches }: ExplainReport, dim: (text: string) => string): string[] {
  const columns = [
    { title: 'layer', align: 'right' },
    { title: 'neurons', align: 'left' },
    { title: 'latents', align: 'left' },
    { title: 'pairs', align: 'right' },
    { title: 'top + random: neurons', align: 'right' },
    { title: 'latents', align: 'right' },
    { title: 'random only: neurons', align: 'right' },
    { title: 'latents', align: 'right' },
  ] as const;
  const rows = matches.map((match): Cell[] => [
    { text: String(match.layer) },
    { text: match.neurons },
    { text: match.latents },
    { text: String(match.pairs) },
    { text: figure(match.topAndRandom.neurons) },
    { text: figure(match.topAndRandom.latents) },
    { text: figure(match.randomOnly.neurons) },
    { text: figure(match.randomOnly.latents) },
  ]);
  return tableLines(columns, rows, dim);
}

function quartiles({ quartiles: pair }: Distribution): string {
  return pair === null ? '' : `${figure(pair[0])} to ${figure(pair[1])}`;
}

function entryLines(entries: readonly ReportEntry[]): string[] {
  const score = (entry: ReportEntry): string =>
    `${entry.isPattern === true ? 'pattern ' : ''}${figure(entry.score)}`;
  const listed = entries.slice(0, LISTED);
  const width = Math.max(5, ...listed.map((entry) => score(entry).length));
  return listed.map(
    (entry) =>
      `  ${score(entry).padStart(width)}  ${entry.unit.padEnd(12)} ${shorten(entry.words, WORDS_COLUMNS)}`,
  );
}
