import { html, type TemplateResult } from 'lit';
import { button } from '../controls/button.ts';
import { formatExact, NONE } from '../draw/format.ts';
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
                ${row.map((cell, column) => cellView(cell, table.columns[column], i))}
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

function cellView(cell: DataCell, column: DataColumn | undefined, row: number): TemplateResult {
  if (column?.key === 'token') return html`<td class="mono">${tokenView({ text: String(cell) }, row)}</td>`;
  if (typeof cell === 'number') return html`<td class="num">${formatExact(cell)}</td>`;
  return html`<td class=${column?.numeric === true ? 'num dim' : ''}>${cell ?? NONE}</td>`;
}
