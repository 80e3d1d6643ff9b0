/** A table as data: what the table view shows and what is copied. */
export interface DataTable {
  readonly caption: string;
  readonly columns: readonly DataColumn[];
  readonly rows: readonly (readonly DataCell[])[];
}

export interface DataColumn {
  /** Key in JSON; also the header of TSV, with the unit. */
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly numeric: boolean;
}

export type DataCell = string | number | boolean | null;

/** Tab-separated text with one header line. Tabs and line ends inside texts are escaped as \t and \n. */
export function toTsv(table: DataTable): string {
  const header = table.columns.map(({ title, unit }) => (unit === '' ? title : `${title} (${unit})`));
  const lines = [header, ...table.rows.map((row) => row.map(cellText))];
  return lines.map((line) => line.map(escapeTsv).join('\t')).join('\n');
}

/** Comma-separated text with one header line. Source: RFC 4180. */
export function toCsv(table: DataTable): string {
  const lines = [
    table.columns.map(({ key }) => key),
    ...table.rows.map((row) => row.map((cell) => String(cell ?? ''))),
  ];
  return `${lines.map((line) => line.map(quoteCsv).join(',')).join('\r\n')}\r\n`;
}

function quoteCsv(text: string): string {
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** JSON: an array of objects by column key; numbers that are not finite become null. */
export function toJson(table: DataTable): string {
  const objects = table.rows.map((row) =>
    Object.fromEntries(table.columns.map((column, i) => [column.key, row[i] ?? null])),
  );
  return JSON.stringify(objects, null, 2);
}

function cellText(cell: DataCell): string {
  return cell === null ? '' : String(cell);
}

function escapeTsv(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
}
