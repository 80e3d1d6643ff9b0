/** Where the cells of a scrolling heat grid lie. All lengths in CSS pixels. */
export interface GridGeometry {
  readonly rows: number;
  readonly columns: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Width of the row labels, kept in view. */
  readonly gutter: number;
  /** Height of the column labels, kept in view. */
  readonly footer: number;
  /** Size of the whole picture, of which the viewport shows a part. */
  readonly width: number;
  readonly height: number;
}

export interface Scroll {
  readonly left: number;
  readonly top: number;
}

export interface Cell {
  readonly row: number;
  readonly column: number;
}

export interface CellLimits {
  readonly min: number;
  readonly max: number;
}

/** Cells as wide as fit into `available`, between the limits; square unless the rows ask for less. */
export function layOutGrid(input: {
  readonly rows: number;
  readonly columns: number;
  readonly available: number;
  readonly gutter: number;
  readonly footer: number;
  readonly limits: CellLimits;
  readonly maxRowHeight: number;
}): GridGeometry {
  const { rows, columns, gutter, footer, limits } = input;
  const fitting = Math.floor((input.available - gutter) / Math.max(1, columns));
  const cellWidth = Math.max(limits.min, Math.min(limits.max, fitting));
  const cellHeight = Math.min(cellWidth, input.maxRowHeight);
  return {
    rows,
    columns,
    cellWidth,
    cellHeight,
    gutter,
    footer,
    width: gutter + columns * cellWidth,
    height: rows * cellHeight + footer,
  };
}

/** Half-open ranges of the rows and columns that a viewport shows. */
export function visibleCells(
  grid: GridGeometry,
  viewport: { readonly width: number; readonly height: number },
  scroll: Scroll,
): { readonly rows: readonly [number, number]; readonly columns: readonly [number, number] } {
  const range = (from: number, extent: number, size: number, count: number): readonly [number, number] => [
    Math.max(0, Math.floor(from / size)),
    Math.min(count, Math.ceil((from + Math.max(0, extent)) / size)),
  ];
  return {
    rows: range(scroll.top, viewport.height - grid.footer, grid.cellHeight, grid.rows),
    columns: range(scroll.left, viewport.width - grid.gutter, grid.cellWidth, grid.columns),
  };
}

/** The cell under a point of the viewport, or null over labels and outside. */
export function cellAt(
  grid: GridGeometry,
  viewport: { readonly height: number },
  scroll: Scroll,
  point: { readonly x: number; readonly y: number },
): Cell | null {
  if (point.x < grid.gutter || point.y < 0 || point.y >= viewport.height - grid.footer) return null;
  const row = Math.floor((point.y + scroll.top) / grid.cellHeight);
  const column = Math.floor((point.x - grid.gutter + scroll.left) / grid.cellWidth);
  return row < grid.rows && column >= 0 && column < grid.columns ? { row, column } : null;
}

/** Scroll position nearest to the present one that shows a cell whole. */
export function scrollTo(
  grid: GridGeometry,
  viewport: { readonly width: number; readonly height: number },
  scroll: Scroll,
  cell: Cell,
): Scroll {
  const nearest = (from: number, extent: number, start: number, size: number): number =>
    start < from ? start : start + size > from + extent ? start + size - extent : from;
  return {
    left: nearest(scroll.left, viewport.width - grid.gutter, cell.column * grid.cellWidth, grid.cellWidth),
    top: nearest(scroll.top, viewport.height - grid.footer, cell.row * grid.cellHeight, grid.cellHeight),
  };
}

/** Show every n-th label so that labels of `size` do not touch. */
export function labelStep(cell: number, size: number): number {
  return Math.max(1, Math.ceil(size / cell));
}

/** The cell that a key leads to, or null when the key does not move. */
export function cellAfterKey(key: string, cell: Cell, size: { rows: number; columns: number }): Cell | null {
  const moves: Record<string, readonly [number, number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    PageUp: [-8, 0],
    PageDown: [8, 0],
    Home: [0, -Infinity],
    End: [0, Infinity],
  };
  const move = moves[key];
  if (move === undefined) return null;
  const clamp = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
  return { row: clamp(cell.row + move[0], size.rows), column: clamp(cell.column + move[1], size.columns) };
}
