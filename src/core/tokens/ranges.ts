/** Where a token's bytes lie in the text, UTF-16 offsets of whole characters. */
export interface TokenRange {
  readonly start: number;
  readonly end: number;
  /** True when the token begins or ends inside a character; neighbouring ranges then overlap. */
  readonly split: boolean;
}

/** First place where the tokens stop spelling the text. */
export interface SpellingMismatch {
  /** Index of the token, or the number of tokens when text is left over. */
  readonly token: number;
  /** UTF-16 offset in the text. */
  readonly offset: number;
}

/**
 * Walks the tokens' bytes over the UTF-8 of the text. A lone surrogate counts as U+FFFD, as encoders write it.
 * Cost: linear in the text.
 */
export function locateTokens(
  text: string,
  tokens: readonly Uint8Array[],
): readonly TokenRange[] | SpellingMismatch {
  const utf8 = new TextEncoder().encode(text);
  const { starts, ends } = characterBounds(text, utf8.length);
  const ranges: TokenRange[] = [];
  let at = 0;
  for (const [index, bytes] of tokens.entries()) {
    const differs = bytes.findIndex((byte, i) => utf8[at + i] !== byte);
    if (differs >= 0 || bytes.length === 0)
      return { token: index, offset: starts[at + Math.max(differs, 0)] ?? text.length };
    const last = at + bytes.length - 1;
    const next = last + 1;
    const start = starts[at] ?? text.length;
    const end = ends[last] ?? text.length;
    const cutsFirst = at > 0 && starts[at - 1] === start;
    const cutsLast = next < utf8.length && starts[next] === starts[last];
    ranges.push({ start, end, split: cutsFirst || cutsLast });
    at = next;
  }
  return at === utf8.length ? ranges : { token: tokens.length, offset: starts[at] ?? text.length };
}

/** For every byte of the text's UTF-8: UTF-16 start and end of the character that it belongs to. */
function characterBounds(text: string, byteCount: number): { starts: Uint32Array; ends: Uint32Array } {
  const starts = new Uint32Array(byteCount);
  const ends = new Uint32Array(byteCount);
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    const length = utf8Length(character.codePointAt(0) ?? 0);
    starts.fill(unit, byte, byte + length);
    ends.fill(unit + character.length, byte, byte + length);
    byte += length;
    unit += character.length;
  }
  return { starts, ends };
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
