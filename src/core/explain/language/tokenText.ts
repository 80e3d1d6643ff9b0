const SHORT: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
]);
const LONG: ReadonlyMap<string, string> = new Map(
  [...SHORT].map(([plain, escaped]) => [escaped[1] ?? '', plain]),
);
/** What a reader cannot see or a model would not repeat: controls, lone surrogates, odd spaces, the replacement sign. */
const HIDDEN = /\\|\ufffd|\p{C}|\p{Z}/gu;
const ESCAPE = /\\(?:([\\ntr])|u\{([0-9a-f]+)\})/g;

/**
 * A token on one line without tabs, as prompts show it: `\n`, `\t`, `\r`, `\\`, and `\u{hex}` for whatever else
 * cannot be seen. Plain spaces stay. `plainToken` gives the token back, whatever it was.
 */
export function lineToken(token: string): string {
  return token.replace(HIDDEN, (sign) => {
    if (sign === ' ') return sign;
    return SHORT.get(sign) ?? `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** The token that `lineToken` wrote. */
export function plainToken(line: string): string {
  return line.replace(ESCAPE, (_, short: string | undefined, hex: string | undefined) =>
    short === undefined ? String.fromCodePoint(Number.parseInt(hex ?? '0', 16)) : (LONG.get(short) ?? short),
  );
}

/** Tokens as one line of text. */
export function lineText(tokens: readonly string[]): string {
  return tokens.map(lineToken).join('');
}

/** Tokens as one line between two marks; a space that leads stays outside. */
export function markedText(tokens: readonly string[], [open, close]: readonly [string, string]): string {
  const [, space = '', word = ''] = /^( *)(.*)$/.exec(lineText(tokens)) ?? [];
  return `${space}${open}${word}${close}`;
}
