/** Half-open range of the rows that are drawn, and the room that the others take, CSS pixels. */
export interface DrawnRows {
  readonly first: number;
  readonly end: number;
  readonly before: number;
  readonly after: number;
}

/** Room above and below the view that is drawn ahead. */
const AHEAD = 300;
/** Most rows that are ever drawn. */
export const MAX_ROWS = 40;

/** Which rows of different heights are drawn around a view. Heights that are not known yet count as `guess`. */
export function drawnRows(input: {
  readonly count: number;
  readonly heights: ReadonlyMap<number, number>;
  readonly guess: number;
  readonly top: number;
  readonly height: number;
}): DrawnRows {
  const { count, heights, guess, top, height } = input;
  const heightOf = (row: number): number => heights.get(row) ?? guess;
  let row = 0;
  let before = 0;
  while (row < count - 1 && before + heightOf(row) <= top - AHEAD) before += heightOf(row++);
  const first = row;
  let drawn = before;
  while (row < count && row - first < MAX_ROWS && drawn < top + height + AHEAD) drawn += heightOf(row++);
  const end = row;
  let after = 0;
  while (row < count) after += heightOf(row++);
  return { first, end, before, after };
}
