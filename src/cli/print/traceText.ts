import { scoreOfWords } from '../../core/trace/words.ts';
import { percent } from '../../core/percent.ts';
import type { Candidate, TokenReading } from '../../core/trace/readings.ts';
import type { HookReport, TraceReport } from '../report.ts';
import { counted, bar, nats, short } from './numbers.ts';
import type { Paint } from './style.ts';
import { joinSections, tableLines, type Cell } from './table.ts';
import { shorten, visible } from './visible.ts';

const BAR_COLUMNS = 24;
const TOKEN_COLUMNS = 24;
const WORDS_COLUMNS = 60;
const TOKEN_DIMENSIONS: ReadonlySet<string> = new Set(['pos', 'query_pos', 'key_pos']);

/** A trace as text for a terminal. */
export function traceText(report: TraceReport, paint: Paint): string {
  const { tokens } = report.summary;
  const here = quoted(tokens[report.position]?.text ?? '');
  const sections = [
    [heading(report, paint), headline(report, paint)],
    tokenTable(tokens, report.position, paint),
    [title(`Next after ${here}`, 'logit, probability', paint), ...candidateTable(report.next, paint)],
    answerLines(report, paint),
    latentLines(report, here, paint),
    ...report.hooks.map((hook) => hookLines(hook, tokens, paint)),
  ];
  return joinSections(sections);
}

function heading({ model, summary }: TraceReport, paint: Paint): string {
  const { tokens, meanLoss, milliseconds } = summary;
  const parts = [
    model.name,
    counted(tokens.length, 'token'),
    ...(meanLoss === null ? [] : [`mean loss ${nats(meanLoss)} nats`]),
    `${Math.round(milliseconds)} ms`,
  ];
  return paint('dim', parts.join(' · '));
}

/** What the model expects, and where it was most surprised. */
function headline({ next, summary, position }: TraceReport, paint: Paint): string {
  const best = next[0];
  const here = position === summary.tokens.length - 1 ? 'next' : `after token ${position}`;
  const expects = best
    ? `Expects ${quoted(best.text)} ${here} (${percent(best.probability, 'text')})`
    : 'Expects nothing';
  const [worst] = summary.tokens
    .filter((token): token is TokenReading & { loss: number } => token.loss !== null)
    .toSorted((a, b) => b.loss - a.loss);
  const surprise = worst ? `; most surprised at ${quoted(worst.text)} (${nats(worst.loss)} nats)` : '';
  return paint('strong', `${expects}${surprise}.`);
}

function tokenTable(tokens: readonly TokenReading[], position: number, paint: Paint): string[] {
  const most = Math.max(...tokens.map(({ loss }) => loss ?? 0));
  const columns = [
    { title: '#', align: 'right' },
    { title: 'token', align: 'left' },
    { title: 'loss', align: 'right' },
    { title: '', align: 'left' },
    { title: 'probability', align: 'right' },
    { title: 'rank', align: 'right' },
  ] as const;
  const rows = tokens.map((token, index): Cell[] => [
    { text: String(index), paint: dim(paint) },
    tokenCell(token.text, paint, { strong: index === position }),
    { text: nats(token.loss) },
    { text: bar(token.loss ?? 0, most, BAR_COLUMNS), paint: (text) => paint('bar', text) },
    { text: percent(token.probability, 'text') },
    { text: token.rank === null ? '–' : String(token.rank) },
  ]);
  return [title('Surprise', '-ln p(token), nats', paint), ...tableLines(columns, rows, dim(paint))];
}

function candidateTable(candidates: readonly Candidate[], paint: Paint): string[] {
  const columns = [
    { title: 'rank', align: 'right' },
    { title: 'token', align: 'left' },
    { title: 'logit', align: 'right' },
    { title: 'probability', align: 'right' },
    { title: '', align: 'left' },
  ] as const;
  const rows = candidates.map((candidate): Cell[] => [
    { text: String(candidate.rank), paint: dim(paint) },
    tokenCell(candidate.text, paint),
    { text: short(candidate.logit) },
    { text: percent(candidate.probability, 'text') },
    { text: bar(candidate.probability, 1, BAR_COLUMNS), paint: (text) => paint('bar', text) },
  ]);
  return tableLines(columns, rows, dim(paint));
}

function answerLines({ answers }: TraceReport, paint: Paint): string[] {
  const { targets, distractors, logitDiff } = answers;
  if (targets.length + distractors.length === 0) return [];
  const list = (candidates: readonly Candidate[]): string =>
    candidates.map(({ text, probability }) => `${quoted(text)} ${percent(probability, 'text')}`).join(', ');
  const difference = logitDiff === null ? [] : [`logit diff ${logitDiff > 0 ? '+' : ''}${short(logitDiff)}`];
  const parts = [
    ...(targets.length > 0 ? [`target ${list(targets)}`] : []),
    ...(distractors.length > 0 ? [`distractor ${list(distractors)}`] : []),
  ];
  const tone = logitDiff !== null && logitDiff < 0 ? 'warn' : 'good';
  return [[parts.join(' against '), ...difference.map((text) => paint(tone, text))].join(': ')];
}

function latentLines({ latents }: TraceReport, here: string, paint: Paint): string[] {
  const most = latents[0]?.value ?? 0;
  if (latents.length === 0) return [];
  const columns = [
    { title: 'latent', align: 'left' },
    { title: 'activation', align: 'right' },
    { title: '', align: 'left' },
    { title: 'words', align: 'left' },
    { title: 'score', align: 'left' },
  ] as const;
  const rows = latents.map((latent): Cell[] => [
    { text: latent.id },
    { text: short(latent.value) },
    { text: bar(latent.value, most, BAR_COLUMNS / 2), paint: (text) => paint('bar', text) },
    { text: shorten(latent.known?.words ?? '–', WORDS_COLUMNS) },
    { text: latent.known ? scoreOfWords(latent.known) : '' },
  ]);
  return [
    title(`Latents at ${here}`, 'strongest over all SAEs', paint),
    ...tableLines(columns, rows, dim(paint)),
  ];
}

function hookLines(hook: HookReport, tokens: readonly TokenReading[], paint: Paint): string[] {
  const { ref, shape, top, nonFinite } = hook;
  const notes = nonFinite > 0 ? `, ${nonFinite} not finite` : '';
  const about = `[${shape.join(', ')}], largest in size${notes}`;
  const columns = [
    ...ref.dims.map(
      (name) => ({ title: name, align: TOKEN_DIMENSIONS.has(name) ? 'left' : 'right' }) as const,
    ),
    { title: 'value', align: 'right' } as const,
  ];
  const rows = top.map(({ index, value }): Cell[] => [
    ...index.map((at, dimension): Cell => {
      const isToken = TOKEN_DIMENSIONS.has(ref.dims[dimension] ?? '');
      return {
        text: isToken ? `${at} ${shorten(visible(tokens[at]?.text ?? ''), TOKEN_COLUMNS)}` : String(at),
      };
    }),
    { text: short(value) },
  ]);
  return [title(ref.name, about, paint), ...tableLines(columns, rows, dim(paint))];
}

function title(text: string, unit: string, paint: Paint): string {
  return `${paint('strong', text)} ${paint('dim', `(${unit})`)}`;
}

function tokenCell(text: string, paint: Paint, options: { readonly strong?: boolean } = {}): Cell {
  const shown = shorten(visible(text), TOKEN_COLUMNS);
  return options.strong === true ? { text: shown, paint: (part) => paint('strong', part) } : { text: shown };
}

function quoted(text: string): string {
  return `"${visible(text)}"`;
}

function dim(paint: Paint): (text: string) => string {
  return (text) => paint('dim', text);
}
