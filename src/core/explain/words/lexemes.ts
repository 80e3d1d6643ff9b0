/** A piece of a sentence. */
export type Lexeme =
  | { readonly kind: 'quoted'; readonly text: string }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'end' };

/** Double, curly, single and back quotes; single ones only around words, not within one. */
const LEXEME =
  /"((?:[^"\\]|\\.)*)"|“([^”]*)”|«([^»]*)»|`([^`]*)`|‘([^’]*)’|(?<![\p{L}\p{N}])'([^']*)'(?![\p{L}\p{N}])|(;)|([\p{L}\p{N}][\p{L}\p{N}'’.-]*)/gu;

/** Cuts a sentence into quoted strings, words in lower case, and ends of clauses. */
export function lexemesOf(sentence: string): Lexeme[] {
  const lexemes: Lexeme[] = [];
  for (const match of sentence.matchAll(LEXEME)) {
    const [, double, ...rest] = match;
    const word = rest.pop();
    const end = rest.pop();
    const quoted = double === undefined ? rest.find((text) => text !== undefined) : unescaped(double);
    if (quoted !== undefined) {
      if (quoted !== '') lexemes.push({ kind: 'quoted', text: quoted });
    } else if (end !== undefined) lexemes.push({ kind: 'end' });
    else if (word !== undefined)
      lexemes.push({ kind: 'word', text: word.toLowerCase().replace(/[.'’-]+$/, '') });
  }
  return lexemes;
}

function unescaped(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}
