import { parseUnitSearch } from '../../../src/core/records/units/unitSearch.ts';
import { html, nothing, type TemplateResult } from 'lit';
import type { ExampleMatch, UnitRow } from '../../../src/core/records/readings.ts';
import { scoreName } from '../../../src/core/trace/words.ts';
import { icon } from '../controls/icon.ts';
import { tipOn, tipText, type TipContent } from '../controls/tip.ts';
import { bar } from '../draw/bars.ts';
import { formatExact, formatNumber, formatPercent, NONE } from '../draw/format.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { tokenView } from '../draw/tokenView.ts';
import type { UnitListRow } from './unitList.ts';

/** Letters before what was found that are shown in any case. */
const LEAD = 16;
const STALE = 'of another model, SAE or index';

export interface RowActions {
  readonly isPinned: (unit: string) => boolean;
  /** Whether it is the one that was opened last. */
  readonly isOpened: (unit: string) => boolean;
  readonly onPin: (row: UnitRow) => void;
}

/** A row whose page is under way. */
export function waitingRow(index: number): UnitListRow {
  return {
    key: `waiting ${index}`,
    classes: 'waiting-row',
    cells: html`<div role="gridcell" class="unit dim" aria-label="Reading">…</div>`,
  };
}

/** Id and words; then score, density, largest activation and the token of it. `found`: what was searched for. */
export function unitRow(row: UnitRow, found: string, actions: RowActions): UnitListRow {
  const figures = html`<span class="num">${score(row)}</span>
    <span class="num">${formatPercent(row.density)}</span>
    <span class="num">${largest(row.max)}</span>
    <span class="mono top-token">${row.topToken === null ? NONE : tokenView({ text: row.topToken })}</span>`;
  return rowOf(row, html`<span class="figures">${figures}</span>`, { found, tip: unitTip(row), actions });
}

/** As `unitRow`, but how strongly the unit fires on the text asked for and on the other one. */
export function matchRow(
  match: ExampleMatch,
  scale: { readonly most: number; readonly format: (value: number) => string; readonly hasOther: boolean },
  actions: RowActions,
): UnitListRow {
  const { most, format, hasOther } = scale;
  const side = (value: number, name: string): TemplateResult =>
    html`<span class="side ${name}">
      ${bar(most > 0 ? value / most : 0)}<span class="num">${format(value)}</span>
    </span>`;
  const figures = html`<span class="figures match-figures"
    ><span class="mono top-token">${tokenView({ text: match.token })}</span> ${side(match.on, 'on')}
    ${hasOther ? side(match.off, 'off') : nothing}</span
  >`;
  return rowOf(match, figures, { found: '', tip: matchTip(match, hasOther), actions });
}

function rowOf(
  row: UnitRow,
  figures: TemplateResult,
  { found, tip, actions }: { readonly found: string; readonly tip: TipContent; readonly actions: RowActions },
): UnitListRow {
  const pinned = actions.isPinned(row.id);
  const label = pinned ? 'Unpin (P)' : 'Pin (P)';
  return {
    key: row.id,
    classes: `${row.stale ? 'stale-words' : ''} ${actions.isOpened(row.id) ? 'opened' : ''}`,
    cells: html`<div
        role="gridcell"
        class="unit"
        aria-label="${tipText(tip)}${pinned ? ', pinned' : ''}"
        ${tipOn(() => tip)}
      >
        <span class="name">
          <span class="mono id">${row.id}</span>
          ${row.stale ? html`<span class="stale-mark" title=${`The words are ${STALE}.`}>${icon('history')}</span>` : nothing}
          <span class="words"
            >${row.words === null ? html`<i class="dim">no words yet</i>` : marked(row.words, found)}</span
          >
        </span>
        ${figures}
      </div>
      <div role="gridcell" class="pin-cell">
        <button
          type="button"
          class="icon-button pin"
          tabindex="-1"
          title=${label}
          aria-label="${label} ${row.id}"
          aria-pressed=${String(pinned)}
          @click=${() => actions.onPin(row)}
        >
          ${icon(pinned ? 'star-full' : 'star-empty')}
        </button>
      </div>`,
  };
}

/** A glance: exact values are in the tooltip. */
function largest(value: number | null): string {
  return value !== null && value > 0 && value < 0.01 ? '<0.01' : formatNumber(value);
}

function score(row: UnitRow): TemplateResult {
  if (row.score === null) return html`${NONE}`;
  const name = nameOf(row);
  return html`${row.score.toFixed(2)}${name === 'score' ? nothing : html`<i class="score-name">${name}</i>`}`;
}

/** The words with what was searched for marked in them. */
function marked(words: string, found: string): TemplateResult {
  const wanted = parseUnitSearch(found).text.trim().toLowerCase();
  const at = wanted === '' ? -1 : words.toLowerCase().indexOf(wanted);
  if (at < 0) return html`${words}`;
  const end = at + wanted.length;
  // What was found must be seen: a long sentence begins a few words before it.
  const from = at > LEAD ? words.lastIndexOf(' ', at - LEAD / 2) + 1 : 0;
  return html`${from > 0 ? '…' : ''}${words.slice(from, at)}<mark>${words.slice(at, end)}</mark>${words.slice(end)}`;
}

function unitTip(row: UnitRow): TipContent {
  const rows: [string, string][] = [...wordsTip(row)];
  if (row.density !== null) rows.push(['Density', `${formatPercent(row.density)} of tokens`]);
  if (row.max !== null) rows.push(['Largest activation', formatExact(row.max)]);
  if (row.topToken !== null) rows.push(['at token', tokenLabel({ text: row.topToken })]);
  return { title: row.id, rows };
}

function matchTip(match: ExampleMatch, hasOther: boolean): TipContent {
  const rows: [string, string][] = [
    ...wordsTip(match),
    ['On the selection', `${formatExact(match.on)} at ${tokenLabel({ text: match.token })}`],
  ];
  if (hasOther) rows.push(['On the other text', formatExact(match.off)]);
  return { title: match.id, rows };
}

function nameOf(row: UnitRow): ReturnType<typeof scoreName> {
  return scoreName({ ...row, by: row.wordsBy ?? '' });
}

const SCORE_TITLES: Readonly<Record<string, string>> = {
  score: 'Score',
  pattern: 'Score of the pattern',
  F1: 'F1 of the label',
};

function scoreTitle(name: string): string {
  return SCORE_TITLES[name] ?? `Score: ${name}`;
}

function wordsTip(row: UnitRow): readonly [string, string][] {
  const { words, wordsBy, score: value, stale, also = [] } = row;
  if (words === null) return [];
  const rows: [string, string][] = [['Words', words]];
  if (wordsBy !== null) rows.push(['by', stale ? `${wordsBy}, ${STALE}` : wordsBy]);
  if (value !== null) rows.push([scoreTitle(nameOf(row)), formatExact(value)]);
  for (const other of also) {
    rows.push(['Also', other.words], ['by', other.stale ? `${other.by}, ${STALE}` : other.by]);
    if (other.score !== null) rows.push([scoreTitle(scoreName(other)), formatExact(other.score)]);
  }
  return rows;
}
