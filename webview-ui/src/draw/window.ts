/** Rows beyond the edges of the view that are drawn ahead, so that a short scroll meets no gap. */
const AHEAD = 10;
/** Most rows that are ever drawn, whatever the view's height. */
export const MAX_DRAWN = 160;

export interface RowWindow {
  /** Half-open range of the rows that are drawn. */
  readonly first: number;
  readonly end: number;
  /** Half-open range of the rows that are in view. */
  readonly seenFirst: number;
  readonly seenEnd: number;
}

/** Which of `count` rows of one height are in view, and which are drawn around them. */
export function rowWindow(input: {
  readonly count: number;
  readonly rowHeight: number;
  readonly scrollTop: number;
  readonly height: number;
}): RowWindow {
  const { count, rowHeight, scrollTop, height } = input;
  const clamp = (row: number): number => Math.max(0, Math.min(count, row));
  const seenFirst = clamp(Math.floor(scrollTop / rowHeight));
  const seenEnd = clamp(Math.ceil((scrollTop + height) / rowHeight));
  const first = clamp(seenFirst - AHEAD);
  return { first, end: Math.min(clamp(seenEnd + AHEAD), first + MAX_DRAWN), seenFirst, seenEnd };
}

/** Scroll position nearest to the present one that shows a row whole. */
export function scrollToRow(row: number, rowHeight: number, scrollTop: number, height: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return top + rowHeight > scrollTop + height ? top + rowHeight - height : scrollTop;
}

/** The row that a key leads to, or null when the key does not move. */
export function rowAfterKey(key: string, row: number, count: number, page: number): number | null {
  const moves: Readonly<Record<string, number>> = {
    ArrowUp: row - 1,
    ArrowDown: row + 1,
    PageUp: row - page,
    PageDown: row + page,
    Home: 0,
    End: count - 1,
  };
  const target = moves[key];
  return target === undefined || count === 0 ? null : Math.max(0, Math.min(count - 1, target));
}
