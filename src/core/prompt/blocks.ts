import type { TextRange } from './problem.ts';

/** Where the parts of a prompt file lie. All ranges are UTF-16 offsets in the file. */
export interface PromptBlocks {
  /** The YAML between the fences, without them; null when there is no front matter. */
  readonly yaml: TextRange | null;
  /** The text to run: one final line end is left out, every other character kept. */
  readonly body: TextRange;
  /** First line when it opens a front matter that is never closed; the whole file is then the body. */
  readonly unclosed: TextRange | null;
}

const BYTE_ORDER_MARK = '\uFEFF';

/** Splits a file into front matter and body. A fence is a line of three dashes; the second one ends the YAML. */
export function splitPrompt(text: string): PromptBlocks {
  const top = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const opening = fenceEnd(text, top);
  if (opening === null) return { yaml: null, body: bodyFrom(text, top), unclosed: null };
  for (let line = opening; line < text.length; line = nextLine(text, line)) {
    const closing = fenceEnd(text, line);
    if (closing !== null)
      return { yaml: { start: opening, end: line }, body: bodyFrom(text, closing), unclosed: null };
  }
  return { yaml: null, body: bodyFrom(text, top), unclosed: { start: top, end: top + 3 } };
}

/** Offset after the line that starts at `start` when that line is a fence, else null. */
function fenceEnd(text: string, start: number): number | null {
  if (!text.startsWith('---', start)) return null;
  let at = start + 3;
  while (text[at] === ' ' || text[at] === '\t') at++;
  if (at === text.length) return at;
  if (text[at] === '\n') return at + 1;
  return text.startsWith('\r\n', at) ? at + 2 : null;
}

function nextLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end + 1;
}

function bodyFrom(text: string, start: number): TextRange {
  let end = text.length;
  if (end > start && text[end - 1] === '\n') end--;
  if (end < text.length && end > start && text[end - 1] === '\r') end--;
  return { start, end };
}
