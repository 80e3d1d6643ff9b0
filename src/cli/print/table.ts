import { columnsOf } from './visible.ts';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** A cell: its plain text, and how it is painted once the widths are known. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = '  ';

/** Lines of a table: titles, then rows; each column as wide as its widest cell; no blanks at the ends of lines. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paintTitle: (text: string) => string,
): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(columnsOf(title), ...rows.map((cells) => columnsOf(cells[index]?.text ?? ''))),
  );
  const line = (cells: readonly Cell[]): string => {
    const parts = columns.map(({ align }, index) => {
      const cell = cells[index] ?? { text: '' };
      const padding = ' '.repeat((widths[index] ?? 0) - columnsOf(cell.text));
      const painted = cell.paint ? cell.paint(cell.text) : cell.text;
      return align === 'left' ? painted + padding : padding + painted;
    });
    return `  ${parts.join(GAP)}`.trimEnd();
  };
  const titles = columns.map(({ title }) => ({ text: title, paint: paintTitle }));
  return [line(titles), ...rows.map(line)];
}

/** Sections one under another, a blank line between them; empty ones are left out. */
export function joinSections(sections: readonly (readonly string[])[]): string {
  const texts = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${texts.join('\n\n')}\n`;
}
