import { html, nothing, type TemplateResult } from 'lit';
import type { NodeRow } from '../../../src/core/analysis/nodes/nodeRows.ts';
import { told } from '../../../src/core/trace/words.ts';
import { remember } from '../controls/changed.ts';
import { icon } from '../controls/icon.ts';
import { sortHeader } from '../controls/sortHeader.ts';
import { wordsLine } from '../controls/saidWords.ts';
import { tipOn, type TipContent } from '../controls/tip.ts';
import { divergingBar } from '../draw/bars.ts';
import { columnFormat, formatExact } from '../draw/format.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { nodeName, nodePlace } from './nodeText.ts';
import {
  isColumn,
  rowDisagrees,
  sumOf,
  valueOf,
  type ColumnKey,
  type Measured,
  type ShownSide,
  type SortKey,
  type TableChoice,
} from './rows.ts';

interface Column {
  readonly key: SortKey;
  readonly title: string;
  readonly doc: string;
  /** Has a bar to either side of one centre line. */
  readonly bar: boolean;
  /** Left out where there is little room. */
  readonly extra: boolean;
}

export const COLUMNS: readonly Column[] = [
  { key: 'name', title: 'Node', doc: 'Part of the model', bar: false, extra: false },
  { key: 'where', title: 'Where', doc: 'Token, or query → key of a head', bar: false, extra: false },
  { key: 'words', title: 'Words', doc: 'What the unit is about, if known', bar: false, extra: true },
  {
    key: 'activation',
    title: 'Activation',
    doc: 'Post-activation, pattern weight of a pair, latent activation; 1 for embeddings, errors and biases',
    bar: false,
    extra: true,
  },
  {
    key: 'writeMagnitude',
    title: 'Write magnitude',
    doc: 'Activation × norm of the write direction',
    bar: false,
    extra: true,
  },
  {
    key: 'directEffect',
    title: 'Direct effect',
    doc: 'What the node writes, times the gradient where the scalar is read',
    bar: true,
    extra: false,
  },
  {
    key: 'estimatedTotalEffect',
    title: 'Est. total',
    doc: 'Estimated total effect: activation × gradient',
    bar: true,
    extra: true,
  },
  {
    key: 'measured',
    title: 'Measured',
    doc: 'Measured total effect: the scalar less what it is with this activation at 0',
    bar: true,
    extra: false,
  },
];

/** What cells need beside their row: one scale and one number format per column. */
export interface ColumnScales {
  readonly side: ShownSide;
  readonly measured: Measured;
  readonly format: (column: ColumnKey, value: number | null) => string;
  readonly share: (column: ColumnKey, value: number | null) => number;
  readonly tokens: readonly { readonly text: string }[];
}

interface ColumnScale {
  readonly format: (value: number | null) => string;
  readonly most: number;
}

/** Columns that a table brings: they are gone through once per table and side, however much is measured meanwhile. */
const fixedScales = remember(
  (rows: readonly NodeRow[], side: ShownSide): ReadonlyMap<SortKey, ColumnScale> => {
    const none: Measured = new Map();
    const keys = COLUMNS.map(({ key }) => key).filter((key) => isColumn(key) && key !== 'measured');
    return new Map(
      keys.map((key) => [
        key,
        scaleOf(
          key,
          rows.map((row) => valueOf(row, key as ColumnKey, side, none)),
        ),
      ]),
    );
  },
);

function scaleOf(key: SortKey, values: readonly (number | null)[]): ColumnScale {
  return {
    format: columnFormat(values, { signed: key !== 'activation' }),
    most: values.reduce<number>((max, value) => Math.max(max, Math.abs(value ?? 0)), 0),
  };
}

function measuredScale(side: ShownSide, measured: Measured): ColumnScale {
  const values = [...measured.values()].map(({ left, right }) => {
    if (side !== 'difference') return side === 'left' ? left : right;
    return left === null || right === null ? null : left - right;
  });
  return scaleOf('measured', values);
}

/** Scales over all rows of the table, so that bars keep their length while it is filtered and scrolled. */
export function columnScales(
  rows: readonly NodeRow[],
  side: ShownSide,
  measured: Measured,
  tokens: readonly { readonly text: string }[],
): ColumnScales {
  const scales = new Map(fixedScales(rows, side)).set('measured', measuredScale(side, measured));
  return {
    side,
    measured,
    tokens,
    format: (column, value) => scales.get(column)?.format(value) ?? '',
    share: (column, value) => {
      const reach = scales.get(column)?.most ?? 0;
      return value === null || reach === 0 ? 0 : value / reach;
    },
  };
}

export function headerRow(
  choice: TableChoice,
  unit: string,
  onSort: (change: Pick<TableChoice, 'sort' | 'order'>) => void,
): TemplateResult {
  return html`<tr role="row" aria-rowindex="1">
    ${COLUMNS.map(({ bar, doc, ...column }) => {
      const measure = bar && unit !== '' ? `, ${unit}` : '';
      const shown = { ...column, doc: `${doc}${measure}`, numeric: isColumn(column.key) };
      return sortHeader<SortKey>(shown, choice, onSort);
    })}
    <th role="columnheader" class="flag"><span class="unseen">Disagreement</span></th>
  </tr>`;
}

/** Cells of a node's row. */
export function nodeCells(
  row: NodeRow,
  scales: ColumnScales,
  options: { readonly pinned: boolean },
): TemplateResult {
  const flagged = rowDisagrees(row, scales.side, scales.measured);
  return html`<td role="gridcell" class="mono id" ${tipOn(() => rowTip(row, scales))}>
      ${options.pinned ? icon('pinned') : nothing}${nodeName(row.node)}
    </td>
    <td role="gridcell" class="mono dim">${nodePlace(row.node)}</td>
    <td role="gridcell" class="extra words dim" title=${aboutTitle(row, scales)}>${about(row, scales)}</td>
    ${COLUMNS.map(({ key, bar, extra }) => (isColumn(key) ? numberCell(row, key, scales, { bar, extra }) : nothing))}
    <td role="gridcell" class="flag">
      ${flagged ? html`<span class="disagrees" title=${DISAGREES} aria-label=${DISAGREES}>≠</span>` : nothing}
    </td>`;
}

export const DISAGREES =
  'Estimate and measurement disagree: they differ by more than 0.05 and 25 % of the larger.';

function numberCell(
  row: NodeRow,
  key: ColumnKey,
  scales: ColumnScales,
  { bar, extra }: { readonly bar: boolean; readonly extra: boolean },
): TemplateResult {
  const value = valueOf(row, key, scales.side, scales.measured);
  const waits = key === 'measured' && !scales.measured.has(row.name);
  const text = waits ? html`<span class="dim" aria-label="not measured">·</span>` : scales.format(key, value);
  return html`<td role="gridcell" class="num ${extra ? 'extra' : ''} col-${key}">
    ${bar ? html`<span class="effect">${divergingBar(scales.share(key, value))}<span>${text}</span></span>` : text}
  </td>`;
}

/** Words of the unit with their score; else the place. */
function about(row: NodeRow, scales: ColumnScales): TemplateResult {
  const place = placeText(row, scales);
  return row.known === null ? html`${place}` : wordsLine(row.known, place);
}

function aboutTitle(row: NodeRow, scales: ColumnScales): string {
  return `${row.known === null ? '' : told(row.known)}${placeText(row, scales)}`;
}

/** For a head, the token that it attends to; for attention latents, where they come from; nothing beside words. */
function placeText({ node, known, attributedTo }: NodeRow, { tokens }: ColumnScales): string {
  const label = (at: number): string => {
    const token = tokens[at];
    return token === undefined ? String(at) : tokenLabel(token, at);
  };
  const from = attributedTo === null ? '' : ` from ${label(attributedTo)}`;
  if (known !== null) return from;
  if (node.kind === 'head') return `to ${label(node.source)}`;
  return node.kind === 'bias' ? 'constant of the model' : `${label(node.position)}${from}`;
}

function rowTip(row: NodeRow, scales: ColumnScales): TipContent {
  const numbers = COLUMNS.flatMap(({ key, title }): [string, string][] =>
    isColumn(key) ? [[title, formatExact(valueOf(row, key, scales.side, scales.measured))]] : [],
  );
  const frozen = scales.measured.get(row.name)?.leftFrozen ?? null;
  const held: [string, string][] =
    frozen === null ? [] : [['Measured, final scale held', formatExact(frozen)]];
  const flag: [string, string][] = rowDisagrees(row, scales.side, scales.measured)
    ? [['≠', 'estimate and measurement disagree']]
    : [];
  return { title: row.name, rows: [...numbers, ...held, ...flag] };
}

/** Cells of the head of a group: what is in it, and the sums of the effects. */
export function groupCells(
  title: string,
  rows: readonly NodeRow[],
  scales: ColumnScales,
  { open }: { readonly open: boolean },
): TemplateResult {
  const count = `${rows.length} row${rows.length === 1 ? '' : 's'}`;
  return html`<td role="gridcell" colspan="2" class="id">
      ${icon(open ? 'chevron-down' : 'chevron-right')}<b>${title}</b> <span class="dim">${count}</span>
    </td>
    <td role="gridcell" class="extra"></td>
    ${COLUMNS.map(({ key, bar, extra }) => {
      if (!isColumn(key)) return nothing;
      if (!bar) return html`<td role="gridcell" class="${extra ? 'extra' : ''} col-${key}"></td>`;
      const measured = rows.filter(({ name }) => scales.measured.has(name));
      const sum =
        key === 'measured' && measured.length < rows.length
          ? null
          : sumOf(rows, key, scales.side, scales.measured);
      return html`<td role="gridcell" class="num ${extra ? 'extra' : ''} col-${key}">
        ${key === 'measured' ? '' : scales.format(key, sum)}
      </td>`;
    })}
    <td role="gridcell"></td>`;
}
