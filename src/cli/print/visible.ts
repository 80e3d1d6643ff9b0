const MARKS: Readonly<Record<string, string>> = { ' ': '·', '\n': '↵', '\r': '␍', '\t': '⇥' };

/** Zero-width, bidirectional and control characters: shown by their code, so that no token can steer a terminal. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;
const COMBINING = /\p{M}/u;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60]/u;

/** A token's text with every invisible character made visible. */
export function visible(text: string): string {
  let result = '';
  for (const character of text) {
    const mark = MARKS[character];
    if (mark !== undefined) result += mark;
    else if (HIDDEN.test(character) || /\s/.test(character)) result += code(character);
    else result += character;
  }
  return result;
}

/** Columns that a text takes on a terminal: wide characters two, combining marks none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (COMBINING.test(character)) continue;
    columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}

/** Cuts a text to so many columns, with an ellipsis where something is cut. */
export function shorten(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  for (const character of text) {
    if (columnsOf(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

function code(character: string): string {
  return `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;
}
