/** Tokens and numbers as the editor's own surfaces (hover, CodeLens, tree) show them, and the Markdown around them. */

const MARKS: Readonly<Record<string, string>> = { ' ': '·', '\n': '↵', '\r': '␍', '\t': '⇥', '\uFFFD': '�' };
/** Control, format, private and unassigned characters and other spaces: shown by their code, so that none can hide. */
const HIDDEN = /[\p{C}\p{Z}]/u;
const SPECIAL = /^<\|([^|]+)\|>$/;

/** A token with every invisible character made visible; a part of a character as its bytes in hexadecimal. */
export function visibleToken(token: { readonly text: string; readonly bytes?: readonly number[] }): string {
  const special = SPECIAL.exec(token.text)?.[1];
  if (special !== undefined) return `⟨${special}⟩`;
  if (token.bytes !== undefined)
    return `‹${token.bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}›`;
  return [...token.text].map((character) => MARKS[character] ?? shown(character)).join('');
}

/** Three significant digits. */
export function short(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(1);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** Markdown code span that holds any text, in table cells too. */
export function codeSpan(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = '`'.repeat(Math.max(0, ...runs) + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${text.replaceAll('|', '\\|')}${pad}${fence}`;
}

/** Plain text inside Markdown. */
export function plainMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()#+\-!|<>~&$]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ');
}

/** Target of a Markdown link that runs a command. */
export function commandLink(command: string, ...args: readonly unknown[]): string {
  if (args.length === 0) return `command:${command}`;
  const encoded = encodeURIComponent(JSON.stringify(args)).replaceAll(
    /[()]/g,
    (c) => `%${c === '(' ? 28 : 29}`,
  );
  return `command:${command}?${encoded}`;
}

function shown(character: string): string {
  if (!HIDDEN.test(character)) return character;
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
