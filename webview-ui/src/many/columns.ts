import { html, nothing, type TemplateResult } from 'lit';
import type { ManyColumn, Mean, MeanRow } from '../../../src/protocol/manyViewContract.ts';
import { sortHeader, type SortColumn } from '../controls/sortHeader.ts';
import { tipOn, type TipContent } from '../controls/tip.ts';
import type { VirtualRow } from '../controls/virtualTable.ts';
import { intervalBar } from '../draw/bars.ts';
import { columnFormat, formatExact } from '../draw/format.ts';
import { meansDisagree, promptsOf, type ManyChoice, type ManySortKey } from './rows.ts';

const NAME: SortColumn<ManySortKey> = {
  key: 'key',
  title: 'Component',
  doc: 'Part of the model, at the last token, at the token where the scalar is read (@position), or at all others (@*)',
  numeric: false,
  extra: false,
};
const COUNT: SortColumn<ManySortKey> = {
  key: 'count',
  title: 'Prompts',
  doc: 'Prompts among whose rows the component is',
  numeric: true,
  extra: true,
};

interface MeanColumn extends SortColumn<ManySortKey> {
  readonly key: ManyColumn;
  readonly bar: boolean;
}

const column = (key: ManyColumn, title: string, doc: string, extra = false): MeanColumn => ({
  key,
  title,
  doc,
  numeric: true,
  extra,
  bar: key !== 'activation' && key !== 'writeMagnitude',
});

const MEASURED = column(
  'measured',
  'Measured',
  'Measured total effect of the sweep: the scalar less what it is with the unit at 0',
);

/** Columns of the nodes, means over prompts. */
export const NODE_COLUMNS: readonly MeanColumn[] = [
  column('activation', 'Activation', 'Largest activation of the component in a prompt', true),
  column('writeMagnitude', 'Write magnitude', 'Largest write magnitude of the component in a prompt', true),
  column('directEffect', 'Direct effect', 'Summed direct effect of the component’s nodes in a prompt'),
  column('estimatedTotalEffect', 'Est. total', 'Summed estimated total effect in a prompt', true),
  MEASURED,
];
export const SWEEP_COLUMNS: readonly MeanColumn[] = [MEASURED];

export const DISAGREES =
  'Estimate and measurement disagree: their means differ by more than 0.05 and 25 % of the larger.';

/** One scale and one number format per column, over all rows, so that bars keep their length while rows are filtered. */
export interface MeanScales {
  readonly columns: readonly MeanColumn[];
  readonly format: (key: ManyColumn, value: number | null) => string;
  readonly share: (key: ManyColumn, value: number) => number;
}

export function meanScales(rows: readonly MeanRow[], columns: readonly MeanColumn[]): MeanScales {
  const scales = new Map(
    columns.map(({ key }) => {
      const means = rows.map(({ cells }) => cells[key]?.mean ?? null);
      const most = means.reduce<number>((max, mean) => Math.max(max, Math.abs(mean ?? 0)), 0);
      return [key, { most, format: columnFormat(means, { signed: key !== 'activation' }) }];
    }),
  );
  return {
    columns,
    format: (key, value) => scales.get(key)?.format(value) ?? '',
    share: (key, value) => {
      const most = scales.get(key)?.most ?? 0;
      return most === 0 ? 0 : value / most;
    },
  };
}

export function meanHeader(
  columns: readonly MeanColumn[],
  choice: ManyChoice,
  unit: string,
  onSort: (change: Pick<ManyChoice, 'sort' | 'order'>) => void,
): TemplateResult {
  const measure = unit === '' ? '' : `, ${unit}`;
  return html`<tr role="row" aria-rowindex="1">
    ${sortHeader(NAME, choice, onSort)}
    ${columns.map(({ bar, doc, ...rest }) => {
      const shown = { ...rest, doc: `${doc}; mean over prompts${bar ? `${measure}, ± 95 %` : ''}` };
      return sortHeader<ManySortKey>(shown, choice, onSort);
    })}
    ${sortHeader(COUNT, choice, onSort)}
    <th role="columnheader" class="flag"><span class="unseen">Disagreement</span></th>
  </tr>`;
}

export function meanCells(row: MeanRow, scales: MeanScales): VirtualRow {
  const flagged = meansDisagree(row);
  return {
    key: row.key,
    classes: '',
    cells: html`<td role="gridcell" class="mono id" ${tipOn(() => rowTip(row, scales))}>${row.key}</td>
      ${scales.columns.map((each) => meanCell(row, each, scales))}
      <td role="gridcell" class="num extra dim">${promptsOf(row)}</td>
      <td role="gridcell" class="flag">
        ${flagged ? html`<span class="disagrees" title=${DISAGREES} aria-label=${DISAGREES}>≠</span>` : nothing}
      </td>`,
  };
}

function meanCell(row: MeanRow, { key, bar, extra }: MeanColumn, scales: MeanScales): TemplateResult {
  const cell = row.cells[key];
  const classes = `num ${extra ? 'extra' : ''} col-${key}`;
  if (cell === null)
    return html`<td role="gridcell" class=${classes}>
      <span class="dim" aria-label=${key === 'measured' ? 'not measured' : 'no value'}>·</span>
    </td>`;
  const number = html`<span>${scales.format(key, cell.mean)}${halfWidth(cell, key, scales)}</span>`;
  if (!bar) return html`<td role="gridcell" class=${classes}>${number}</td>`;
  const ends =
    cell.low === null || cell.high === null
      ? null
      : ([scales.share(key, cell.low), scales.share(key, cell.high)] as const);
  return html`<td role="gridcell" class=${classes}>
    <span class="effect">${intervalBar(scales.share(key, cell.mean), ends)}${number}</span>
  </td>`;
}

/** ` ± 0.41`: Student's interval is symmetric. */
export function halfWidth(
  { mean, high }: Mean,
  key: ManyColumn,
  scales: Pick<MeanScales, 'format'>,
): TemplateResult | typeof nothing {
  if (high === null) return nothing;
  const half = scales.format(key, high - mean).replace('+', '');
  return html`<span class="half dim"> ± ${half}</span>`;
}

function rowTip(row: MeanRow, { columns }: MeanScales): TipContent {
  const rows = columns.flatMap(({ key, title }): [string, string][] => {
    const cell = row.cells[key];
    if (cell === null) return [];
    const { low, high } = cell;
    const interval = low === null || high === null ? '' : ` [${formatExact(low)}, ${formatExact(high)}]`;
    return [[`${title}, ${cell.count} prompts`, `${formatExact(cell.mean)}${interval}`]];
  });
  return { title: row.key, rows };
}
