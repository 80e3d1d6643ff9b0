import { html, type TemplateResult } from 'lit';
import { button } from '../controls/button.ts';
import { columnFormat, NONE } from '../draw/format.ts';
import { toJson, toTsv, type DataCell, type DataColumn, type DataTable } from '../draw/tableText.ts';
import { tokenView } from './tokenView.ts';

/** A table of every value of a picture, exact, with copies for spreadsheets and programs. */
export function tablePane(options: {
  readonly id: string;
  readonly table: DataTable;
  /** Row of the selected token. */
  readonly selected: number | null;
  readonly onCopy: (text: string) => void;
}): TemplateResult {
  const { id, table, selected, onCopy } = options;
  const formats = table.columns.map((_, i) =>
    columnFormat(
      table.rows.map((row) => (typeof row[i] === 'number' ? row[i] : null)),
      { moreDecimals: 3 },
    ),
  );
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
                ${row.map((cell, column) => cellView(cell, { column: table.columns[column], format: formats[column], row: i }))}
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

function cellView(
  cell: DataCell,
  at: {
    readonly column: DataColumn | undefined;
    readonly format: ((value: number | null) => string) | undefined;
    readonly row: number;
  },
): TemplateResult {
  if (at.column?.key === 'token')
    return html`<td class="mono">${tokenView({ text: String(cell) }, at.row)}</td>`;
  if (typeof cell === 'number') return html`<td class="num" title=${cell}>${at.format?.(cell) ?? cell}</td>`;
  return html`<td class=${at.column?.numeric === true ? 'num dim' : ''}>${cell ?? NONE}</td>`;
}
