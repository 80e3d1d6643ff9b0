import type { ColorDomain } from '../../../src/core/trace/readings.ts';
import { alphaOf, fillOf, shareOf } from './color.ts';
import { labelStep, visibleCells, type Cell, type GridGeometry, type Scroll } from './gridGeometry.ts';
import type { Theme } from './theme.ts';

export interface GridPicture {
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  readonly value: (row: number, column: number) => number | null;
  readonly domain: ColorDomain;
  readonly selected: Cell | null;
  /** Cell under the keyboard's focus; null when the grid has none. */
  readonly active: Cell | null;
}

interface Frame {
  readonly context: CanvasRenderingContext2D;
  readonly geometry: GridGeometry;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly scroll: Scroll;
  readonly theme: Theme;
  readonly picture: GridPicture;
}

/** Font size of row and column labels, CSS pixels. */
export const LABEL_SIZE = 11;
const LABEL_GAP = 5;

/** Paints the visible part of a heat grid: cells, outlines, then the labels that stay in view. */
export function paintGrid(frame: Frame): void {
  const { context, viewport, geometry } = frame;
  context.clearRect(0, 0, viewport.width, viewport.height);
  context.save();
  context.beginPath();
  context.rect(geometry.gutter, 0, viewport.width - geometry.gutter, viewport.height - geometry.footer);
  context.clip();
  paintCells(frame);
  context.restore();
  outline(frame, frame.picture.selected, { color: frame.theme.focus, dash: [] });
  outline(frame, frame.picture.active, { color: frame.theme.text, dash: [2, 2] });
  paintRowLabels(frame);
  paintColumnLabels(frame);
}

function paintCells({ context, geometry, viewport, scroll, theme, picture }: Frame): void {
  const { rows, columns } = visibleCells(geometry, viewport, scroll);
  const gap = geometry.cellWidth >= 6 && geometry.cellHeight >= 6 ? 1 : 0;
  const width = geometry.cellWidth - gap;
  const height = geometry.cellHeight - gap;
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      const value = picture.value(row, column);
      const share = value === null ? 0 : shareOf(value, picture.domain);
      if (share === 0) continue;
      const x = geometry.gutter + column * geometry.cellWidth - scroll.left;
      const y = row * geometry.cellHeight - scroll.top;
      if (theme.highContrast) paintPattern(context, { x, y, width, height }, share, theme.text);
      else {
        context.fillStyle = fillOf(share, theme);
        context.fillRect(x, y, width, height);
      }
    }
  }
}

/** High contrast: a frame grows inward with a positive value; lines grow denser with a negative one; weak is empty. */
function paintPattern(
  context: CanvasRenderingContext2D,
  box: { x: number; y: number; width: number; height: number },
  share: number,
  color: string,
): void {
  context.fillStyle = color;
  if (share < 0) {
    const steps = Math.round(Math.abs(share) * 4);
    for (let i = 0; i < steps; i++)
      context.fillRect(box.x, box.y + ((i + 0.5) * box.height) / steps, box.width, 1);
    return;
  }
  const thick = Math.round(alphaOf(share, Math.min(box.width, box.height) / 2));
  context.fillRect(box.x, box.y, box.width, thick);
  context.fillRect(box.x, box.y + box.height - thick, box.width, thick);
  context.fillRect(box.x, box.y, thick, box.height);
  context.fillRect(box.x + box.width - thick, box.y, thick, box.height);
}

function outline(frame: Frame, cell: Cell | null, pen: { color: string; dash: number[] }): void {
  if (cell === null) return;
  const { context, geometry, viewport, scroll } = frame;
  const x = geometry.gutter + cell.column * geometry.cellWidth - scroll.left;
  const y = cell.row * geometry.cellHeight - scroll.top;
  if (x < geometry.gutter - 1 || y < 0 || x > viewport.width || y > viewport.height - geometry.footer - 1)
    return;
  context.save();
  context.strokeStyle = pen.color;
  context.lineWidth = 1.5;
  context.setLineDash(pen.dash);
  const inset = 0.75;
  const gap = geometry.cellWidth >= 6 && geometry.cellHeight >= 6 ? 1 : 0;
  context.strokeRect(
    x + inset,
    y + inset,
    Math.max(2, geometry.cellWidth - gap - 2 * inset),
    Math.max(2, geometry.cellHeight - gap - 2 * inset),
  );
  context.restore();
}

function paintRowLabels({ context, geometry, viewport, scroll, theme, picture }: Frame): void {
  const { rows } = visibleCells(geometry, viewport, scroll);
  const step = labelStep(geometry.cellHeight, LABEL_SIZE + 1);
  const chosen = picture.selected?.row ?? -1;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (let row = rows[0]; row < rows[1]; row++) {
    const fromBottom = geometry.rows - 1 - row;
    const hidden =
      fromBottom % step !== 0 || (row !== chosen && Math.abs(row - chosen) < step && chosen >= 0);
    if (hidden && row !== chosen) continue;
    const middle = row * geometry.cellHeight - scroll.top + geometry.cellHeight / 2;
    const y = Math.max(LABEL_SIZE / 2, middle);
    if (y > viewport.height - geometry.footer) continue;
    context.font = `${LABEL_SIZE}px ${theme.font}`;
    context.fillStyle = row === chosen ? theme.text : theme.description;
    context.fillText(picture.rowLabels[row] ?? '', geometry.gutter - LABEL_GAP, y);
  }
}

function paintColumnLabels({ context, geometry, viewport, scroll, theme, picture }: Frame): void {
  const { columns } = visibleCells(geometry, viewport, scroll);
  const step = labelStep(geometry.cellWidth, LABEL_SIZE + 1);
  const chosen = picture.selected?.column ?? -1;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (let column = columns[0]; column < columns[1]; column++) {
    const crowded = chosen >= 0 && Math.abs(column - chosen) < step;
    if (column !== chosen && (column % step !== 0 || crowded)) continue;
    const x = geometry.gutter + column * geometry.cellWidth - scroll.left + (geometry.cellWidth - 1) / 2;
    if (x < geometry.gutter) continue;
    context.save();
    context.translate(x, Math.min(viewport.height, geometry.height) - geometry.footer + LABEL_GAP);
    context.rotate(Math.PI / 2);
    context.font = `${LABEL_SIZE}px ${theme.editorFont}`;
    context.fillStyle = column === chosen ? theme.text : theme.description;
    context.fillText(fit(context, picture.columnLabels[column] ?? '', geometry.footer - LABEL_GAP), 0, 0);
    context.restore();
  }
}

/** The text, cut with an ellipsis where it is longer than the room. */
function fit(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  const characters = [...text];
  while (characters.length > 1 && context.measureText(`${characters.join('')}…`).width > room)
    characters.pop();
  return `${characters.join('')}…`;
}

/** Room for labels: the longest of them, within a limit. */
export function labelRoom(
  context: CanvasRenderingContext2D,
  labels: readonly string[],
  font: string,
  limit: number,
): number {
  context.font = `${LABEL_SIZE}px ${font}`;
  const longest = labels.reduce((max, label) => Math.max(max, context.measureText(label).width), 0);
  return Math.ceil(Math.min(limit, longest + LABEL_GAP + 1));
}
