import { html, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { button } from './button.ts';
import { columnFormat, NONE } from '../draw/format.ts';
import { toJson, toTsv, type DataCell, type DataColumn, type DataTable } from '../draw/tableText.ts';
import { tokenView } from '../draw/tokenView.ts';

/** Digits of a table that stands in for a picture: what a 32-bit float can tell. */
const EXACT = { moreDecimals: 3 };

/** A table of every value of a picture, exact, with copies for spreadsheets and programs. */
export function tablePane(options: {
  readonly id: string;
  readonly table: DataTable;
  /** Row of the selected token. */
  readonly selected: number | null;
  readonly onCopy: (text: string) => void;
}): TemplateResult {
  const { id, table, selected, onCopy } = options;
  const columns = table.columns.map((column, i) => ({
    column,
    format: columnFormat(numbersOf(table, i), EXACT),
  }));
  return html`<section class="table-pane">
    <h3>
      ${table.caption}<span class="space"></span>
      ${button({ id: `${id}-tsv`, label: 'Copy TSV', secondary: true, onClick: () => onCopy(toTsv(table)) })}
      ${button({ id: `${id}-json`, label: 'Copy JSON', secondary: true, onClick: () => onCopy(toJson(table)) })}
    </h3>
    <div class="table-scroll" tabindex="0" role="region" aria-label=${table.caption}>
      <table class="data" id=${id}>
        <thead>
          <tr>
            ${table.columns.map(header)}
          </tr>
        </thead>
        <tbody>
          ${table.rows.map(
            (row, i) =>
              html`<tr class=${i === selected ? 'selected' : ''}>
                ${guard([row], () => row.map((cell, j) => cellView(cell, columns[j], i)))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function header(column: DataColumn): TemplateResult {
  const unit = column.unit === '' ? '' : html` <span class="dim">${column.unit}</span>`;
  return html`<th scope="col" class=${column.numeric ? 'num' : ''}>${column.title}${unit}</th>`;
}

interface ShownColumn {
  readonly column: DataColumn;
  readonly format: (value: number | null) => string;
}

function cellView(cell: DataCell, shown: ShownColumn | undefined, row: number): TemplateResult {
  if (shown?.column.key === 'token')
    return html`<td class="mono">${tokenView({ text: String(cell) }, row)}</td>`;
  if (typeof cell === 'number') return html`<td class="num" title=${cell}>${shown?.format(cell)}</td>`;
  return html`<td class=${shown?.column.numeric === true ? 'num dim' : ''}>${cell ?? NONE}</td>`;
}

function numbersOf(table: DataTable, column: number): readonly (number | null)[] {
  return table.rows.map((row) => {
    const cell = row[column];
    return typeof cell === 'number' ? cell : null;
  });
}
