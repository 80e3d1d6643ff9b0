import type { WorldDocument } from './document.ts';

/** A token's place in the text: UTF-16 offsets, end exclusive; empty for tokens without text, such as BOS. */
export interface TokenRange {
  readonly start: number;
  readonly end: number;
}

/** Carried by the first token that has text. */
const FIRST_TOKEN = 'position.first';

/**
 * The concepts of each token. Shape [tokens].
 * Rule: a token has a concept if more than half of its non-space characters (of all its characters, if it is
 * nothing but space) lie in spans of that concept. Tokens without text have none.
 */
export function labelTokens(
  document: Pick<WorldDocument, 'text' | 'spans'>,
  tokens: readonly TokenRange[],
): ReadonlySet<string>[] {
  const labels = tokens.map(() => new Map<string, number>());
  const sizes = tokens.map((token) => countInk(document.text, token));
  for (const span of document.spans) {
    for (let i = firstOverlap(tokens, span.start); i < tokens.length; i++) {
      const token = tokens[i] as TokenRange;
      if (token.start >= span.end) break;
      const overlap = countOverlap(document.text, token, span);
      const label = labels[i] as Map<string, number>;
      for (const concept of span.concepts) label.set(concept, (label.get(concept) ?? 0) + overlap);
    }
  }
  const firstText = sizes.findIndex((size) => size > 0);
  return labels.map((label, index) => {
    const size = sizes[index] ?? 0;
    const held = new Set<string>();
    for (const [concept, overlap] of label) if (size > 0 && overlap * 2 > size) held.add(concept);
    if (index === firstText) held.add(FIRST_TOKEN);
    return held;
  });
}

/** Index of the first token that ends after `start`; tokens lie in rising order. */
function firstOverlap(tokens: readonly TokenRange[], start: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] as TokenRange).end <= start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countOverlap(text: string, token: TokenRange, span: TokenRange): number {
  const start = Math.max(token.start, span.start);
  const end = Math.min(token.end, span.end);
  if (isBlank(text, token)) return end - start;
  return end > start ? countInk(text, { start, end }, true) : 0;
}

/** Non-space characters of a range; all of them if there is nothing but space, unless `strict`. */
function countInk(text: string, { start, end }: TokenRange, strict = false): number {
  let ink = 0;
  for (let i = start; i < end; i++) if (!isSpace(text.charCodeAt(i))) ink++;
  return ink > 0 || strict ? ink : end - start;
}

function isBlank(text: string, { start, end }: TokenRange): boolean {
  for (let i = start; i < end; i++) if (!isSpace(text.charCodeAt(i))) return false;
  return true;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
