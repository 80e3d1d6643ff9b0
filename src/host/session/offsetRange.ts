/** Part of a file that is traced, UTF-16 offsets. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** One change of a document: as VS Code reports it, offsets before the change. */
interface OffsetChange {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** Moves a range along with edits before or inside it. Changes come last place first, as VS Code sends them. */
export function shiftRange(range: OffsetRange, changes: readonly OffsetChange[]): OffsetRange {
  let { start, end } = range;
  for (const { rangeOffset, rangeLength, text } of changes) {
    const changeEnd = rangeOffset + rangeLength;
    const delta = text.length - rangeLength;
    if (changeEnd <= start) {
      start += delta;
      end += delta;
    } else if (rangeOffset < end) {
      end = Math.max(rangeOffset + text.length, end + delta);
      start = Math.min(start, rangeOffset + text.length, end);
    }
  }
  return { start, end };
}
