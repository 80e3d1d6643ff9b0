/** A piece of a token as shown: its text, or a faint mark for what cannot be seen. */
export interface TokenPart {
  readonly text: string;
  readonly mark: boolean;
}

interface TokenLike {
  readonly text: string;
  readonly bytes?: readonly number[];
}

const SPECIAL = /^<\|([^|]+)\|>$/;
const INVISIBLE = /[\s\p{Cc}\p{Cf}\uFFFD]/u;

/**
 * A token in visible parts: spaces as ·, line ends as ↵, tabs as ⇥, other invisible characters as U+XXXX,
 * special tokens as ⟨name⟩ (⟨bos⟩ at position 0), bytes of a split character in hexadecimal.
 */
export function tokenParts(token: TokenLike, position?: number): readonly TokenPart[] {
  const special = SPECIAL.exec(token.text)?.[1];
  if (special !== undefined) return [{ text: position === 0 ? '⟨bos⟩' : `⟨${special}⟩`, mark: false }];
  if (token.bytes !== undefined) return byteParts(token.bytes);
  const parts: TokenPart[] = [];
  for (const character of token.text) {
    const mark = INVISIBLE.test(character);
    const text = mark ? markFor(character) : character;
    const last = parts.at(-1);
    if (last !== undefined && last.mark === mark) parts[parts.length - 1] = { text: last.text + text, mark };
    else parts.push({ text, mark });
  }
  return parts.length === 0 ? [{ text: '⟨empty⟩', mark: true }] : parts;
}

/** The same as plain text, for canvases, labels and tables. */
export function tokenLabel(token: TokenLike, position?: number): string {
  return tokenParts(token, position)
    .map((part) => part.text)
    .join('');
}

/** True when the strip should start a new line after this token. */
export function endsLine(token: TokenLike): boolean {
  return token.text.endsWith('\n');
}

function byteParts(bytes: readonly number[]): readonly TokenPart[] {
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return [{ text: `‹${hex}›`, mark: true }];
}

function markFor(character: string): string {
  if (character === ' ') return '·';
  if (character === '\n') return '↵';
  if (character === '\t') return '⇥';
  if (character === '\r') return '␍';
  if (character === '\uFFFD') return '�';
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
