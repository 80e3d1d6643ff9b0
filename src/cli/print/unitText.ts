import { percent } from '../../core/percent.ts';
import { isOfPattern } from '../../core/explain/explanation.ts';
import type { ExampleGroup, ExampleReading, RelatedUnit, TokenWeight } from '../../core/records/readings.ts';
import { scoreOfWords } from '../../core/trace/words.ts';
import type { UnitReport } from '../unitReport.ts';
import { bar, counted, short } from './numbers.ts';
import type { Paint } from './style.ts';
import { joinSections, tableLines, type Cell, type Column } from './table.ts';
import { columnsOf, shorten, visible } from './visible.ts';

const KINDS = { neuron: 'MLP neuron', head: 'attention head', latent: 'SAE latent' } as const;
const TOKEN_COLUMNS = 24;
const WORDS_COLUMNS = 60;
/** Columns of text before the strongest token, and after it. */
const BEFORE = 60;
const AFTER = 30;
/** Tokens of at least this share of an example's largest activation are marked. Source: delphi's fuzzing, .3 max. */
const MARKED = 0.3;
const BAR_COLUMNS = 40;
/** Bars of a histogram; more bins are joined. */
const BARS = 12;

/** A unit page as text for a terminal. */
export function unitText(report: UnitReport, paint: Paint): string {
  const { related } = report;
  const sections = [
    headLines(report, paint),
    explanationLines(report, paint),
    statisticsLines(report.summary, paint),
    ...[...report.top, ...report.quantiles, ...report.random].map((group) => exampleLines(group, paint)),
    tokenLines(report, paint),
    headScoreLines(report, paint),
    relatedLines('Upstream', 'write direction . gain . read direction', related.upstream, paint),
    relatedLines('Downstream', 'write direction . gain . read direction', related.downstream, paint),
    relatedLines('Fires with', 'Pearson over the random windows', related.coactive, paint),
    relatedLines('Writes like', 'cosine of write directions', related.cosine, paint),
  ];
  return joinSections(sections);
}

function headLines({ model, index, summary }: UnitReport, paint: Paint): string[] {
  const corpus = index ? [`${index.corpus}, ${counted(index.tokens, 'token')}`] : [];
  const about = [model.name, `${KINDS[summary.kind]} at ${summary.hook}`, ...corpus].join(' · ');
  const neighbours = [summary.previous, summary.next].flatMap((id) => (id === null ? [] : [id]));
  return [
    `${paint('strong', summary.id)} ${paint('dim', about)}`,
    paint(
      'dim',
      `${summary.index + 1} of ${summary.familySize}; beside ${neighbours.join(' and ') || 'none'}`,
    ),
  ];
}

function explanationLines({ explanations, summary }: UnitReport, paint: Paint): string[] {
  const { label } = summary;
  const lines = explanations.map(({ record, stale }) => {
    const name = isOfPattern(record) ? 'pattern' : (record.scoreKind ?? 'score');
    const score = record.score === null ? `no ${name} score` : `${name} ${short(record.score)}`;
    const from = `(${record.explainer}, ${score}${stale === null ? '' : ', stale'})`;
    return `  ${visibleLine(record.explanation)} ${paint('dim', from)}`;
  });
  const shipped = label
    ? [`  ${visibleLine(label.words)} ${paint('dim', `(concept label, F1 ${short(label.f1)})`)}`]
    : [];
  if (lines.length + shipped.length === 0) return [];
  return [paint('strong', 'Explanations'), ...lines, ...shipped];
}

function statisticsLines({ statistics, kind }: UnitReport['summary'], paint: Paint): string[] {
  if (!statistics) return [];
  const counts = kind === 'head' ? 'pairs' : 'tokens';
  const { central, density, max, count, histogram } = statistics;
  const facts = [
    `density ${percent(density, 'text')} of ${count} ${counts}`,
    `max ${short(max)}`,
    `mean ${short(central.mean)}`,
    `variance ${short(central.variance)}`,
    `skewness ${short(central.skewness)}`,
    `kurtosis ${short(central.kurtosis)}`,
  ];
  const joined = joinBins(histogram.counts);
  const most = Math.max(...joined.counts.map((each) => Math.log1p(each)), 0);
  const columns = [
    { title: 'activation', align: 'right' },
    { title: counts, align: 'right' },
    { title: 'log scale', align: 'left' },
  ] as const;
  const rows = joined.counts.map((each, bin): Cell[] => [
    { text: `to ${short((bin + 1) * joined.size * histogram.width)}` },
    { text: String(each) },
    { text: bar(Math.log1p(each), most, BAR_COLUMNS), paint: (text) => paint('bar', text) },
  ]);
  const table = rows.length > 0 ? tableLines(columns, rows, (text) => paint('dim', text)) : [];
  return [paint('strong', 'Activations'), `  ${facts.join(', ')}`, ...table];
}

/** Neighbouring bins of a histogram together, so that at most `BARS` are left; empty ones at the end are left out. */
function joinBins(counts: readonly number[]): { readonly size: number; readonly counts: readonly number[] } {
  const used = counts.findLastIndex((count) => count > 0) + 1;
  const size = Math.max(1, Math.ceil(used / BARS));
  const joined = Array.from({ length: Math.ceil(used / size) }, (_, bar_) =>
    counts.slice(bar_ * size, Math.min(used, (bar_ + 1) * size)).reduce((sum, count) => sum + count, 0),
  );
  return { size, counts: joined };
}

function exampleLines({ title, total, examples }: ExampleGroup, paint: Paint): string[] {
  if (examples.length === 0) return [];
  const shown = examples.length < total ? `${examples.length} of ${total}` : String(total);
  const lines = examples.map((example) => {
    const value = short(example.activations[example.position] ?? null).padStart(6);
    return `  ${value}  ${excerpt(example, paint)} ${paint('dim', example.source)}`;
  });
  return [`${paint('strong', title)} ${paint('dim', `(${shown})`)}`, ...lines];
}

/** The text around the strongest token. Active tokens stand in «», of heads the query; the key in []. */
function excerpt({ tokens, activations, position, key }: ExampleReading, paint: Paint): string {
  const most = activations[position] ?? 0;
  const marked = (at: number): boolean =>
    key === null ? most > 0 && (activations[at] ?? 0) >= MARKED * most : at === position;
  const shown = (at: number): string => {
    const text = visible(tokens[at] ?? '');
    if (at === key && at !== position) return `[${text}]`;
    return marked(at) ? `«${text}»` : text;
  };
  const [first, last] = spread(
    tokens.map((_, at) => columnsOf(shown(at))),
    position,
  );
  let line = first > 0 ? '…' : '';
  if (key !== null && key < first) line = `${paint('good', shown(key))} ${line}`;
  for (let at = first; at <= last; at++) {
    const tone = at === key && at !== position ? 'good' : 'bar';
    line += marked(at) || at === key ? paint(tone, shown(at)) : shown(at);
  }
  return last < tokens.length - 1 ? `${line}…` : line;
}

/** First and last token of an excerpt: so many columns before and after the strongest one. */
function spread(widths: readonly number[], position: number): [first: number, last: number] {
  let first = position;
  for (let used = 0; first > 0 && used + (widths[first - 1] ?? 0) <= BEFORE; first--)
    used += widths[first - 1] ?? 0;
  let last = position;
  for (let used = 0; last < widths.length - 1 && used + (widths[last + 1] ?? 0) <= AFTER; last++)
    used += widths[last + 1] ?? 0;
  return [first, last];
}

/** Output and input tokens side by side. */
function tokenLines({ logits }: UnitReport, paint: Paint): string[] {
  const lists = [
    ['writes for', logits.output?.top],
    ['writes against', logits.output?.bottom],
    ['excited by', logits.input?.top],
    ['held down by', logits.input?.bottom],
  ] as const;
  const given = lists.flatMap(([title, tokens]) => (tokens ? [{ title, tokens }] : []));
  const notes = logits.notes.map((note) => paint('dim', `  ${note}`));
  if (given.length === 0) return [paint('strong', 'Tokens by weight'), ...notes];
  const columns = given.flatMap(({ title }): Column[] => [
    { title, align: 'left' },
    { title: '', align: 'right' },
  ]);
  const size = Math.max(...given.map(({ tokens }) => tokens.length));
  const rows = Array.from({ length: size }, (_, at) =>
    given.flatMap(({ tokens }) => weightCells(tokens[at])),
  );
  const table = tableLines(columns, rows, (text) => paint('dim', text));
  return [paint('strong', 'Tokens by weight'), ...table, ...notes];
}

function weightCells(token: TokenWeight | undefined): Cell[] {
  if (!token) return [{ text: '' }, { text: '' }];
  return [{ text: shorten(visible(token.text), TOKEN_COLUMNS) }, { text: short(token.value) }];
}

function headScoreLines({ head }: UnitReport, paint: Paint): string[] {
  if (!head) return [];
  const { previousToken, duplicateToken, induction, firstToken, entropy, topPairs } = head;
  const scores = [
    `previous token ${percent(previousToken, 'text')}`,
    `duplicate token ${percent(duplicateToken, 'text')}`,
    `induction ${percent(induction, 'text')}`,
    `first token ${percent(firstToken, 'text')}`,
    `entropy ${short(entropy)} nats`,
  ];
  const columns = [
    { title: 'query', align: 'left' },
    { title: 'key', align: 'left' },
    { title: 'mean', align: 'right' },
    { title: 'seen', align: 'right' },
  ] as const;
  const rows = topPairs.map(({ query, key, value, count }): Cell[] => [
    { text: shorten(visible(query), TOKEN_COLUMNS) },
    { text: shorten(visible(key), TOKEN_COLUMNS) },
    { text: short(value) },
    { text: String(count) },
  ]);
  const table = rows.length > 0 ? tableLines(columns, rows, (text) => paint('dim', text)) : [];
  const title = `${paint('strong', 'Attention')} ${paint('dim', '(mean weights on repeated random tokens)')}`;
  return [title, `  ${scores.join(', ')}`, ...table];
}

function relatedLines(title: string, about: string, units: readonly RelatedUnit[], paint: Paint): string[] {
  if (units.length === 0) return [];
  const columns = [
    { title: 'unit', align: 'left' },
    { title: 'value', align: 'right' },
    { title: 'words', align: 'left' },
    { title: 'score', align: 'left' },
  ] as const;
  const rows = units.map(({ id, value, known }): Cell[] => [
    { text: id },
    { text: short(value) },
    { text: shorten(visibleLine(known?.words ?? '–'), WORDS_COLUMNS) },
    { text: known === null ? '' : scoreOfWords(known) },
  ]);
  const table = tableLines(columns, rows, (text) => paint('dim', text));
  return [`${paint('strong', title)} ${paint('dim', `(${about})`)}`, ...table];
}

/** Words of any source on one line; spaces stay spaces. */
function visibleLine(words: string): string {
  return words.split(' ').map(visible).join(' ');
}
