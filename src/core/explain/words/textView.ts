import { isSpecialToken, tokenClass, type ClassId } from './tokenClasses.ts';

/** One yes or no per token of a window. */
export type Mask = Uint8Array;

/** A window as rules look at it; what was computed of it is kept. */
export interface TextView {
  readonly tokens: readonly string[];
  /** First token of the text that a token belongs to: a window may hold several texts, apart by a special token. */
  readonly textStart: readonly number[];
  readonly sentenceStart: readonly number[];
  readonly lineStart: readonly number[];
  /** Computes once. */
  mask(key: string, compute: () => Mask): Mask;
}

export function viewText(tokens: readonly string[]): TextView {
  const kept = new Map<string, Mask>();
  const starts = (ends: (token: string) => boolean) => {
    let start = 0;
    return tokens.map((token, index) => {
      const before = tokens[index - 1];
      if (isSpecialToken(token) || (before !== undefined && (isSpecialToken(before) || ends(before))))
        start = index;
      return start;
    });
  };
  return {
    tokens,
    textStart: starts(() => false),
    lineStart: starts((token) => token.includes('\n')),
    sentenceStart: starts((token) => /\n|^\s*[.!?]+["')]*$/.test(token)),
    mask(key, compute) {
      const known = kept.get(key);
      if (known) return known;
      const mask = compute();
      kept.set(key, mask);
      return mask;
    },
  };
}

/** Tokens that pass a test. Shape [tokens], 0 or 1. */
export function maskOf(view: TextView, test: (token: string, index: number) => boolean): Mask {
  const { tokens } = view;
  const mask = new Uint8Array(tokens.length);
  // Thousands of masks are made for one unit: a plain loop takes a fraction of what an iterator does.
  for (let index = 0; index < mask.length; index++) mask[index] = test(tokens[index] ?? '', index) ? 1 : 0;
  return mask;
}

/** Tokens of a class. Shape [tokens], 0 or 1. */
export function classMask(view: TextView, id: ClassId): Mask {
  return view.mask(`class ${id}`, () => {
    const found = tokenClass(id);
    return maskOf(view, (token, index) => found?.test(token, view.tokens[index - 1] ?? '') ?? false);
  });
}

/** Whether a token lies between an opening sign and its closing one, in one text. */
export function insideMask(view: TextView, what: 'quotes' | 'brackets' | 'tags'): Mask {
  return view.mask(`inside ${what}`, () =>
    what === 'quotes' ? insideQuotes(view) : insideBrackets(view, what),
  );
}

function insideQuotes(view: TextView): Mask {
  let open = false;
  return maskOf(view, (token, index) => {
    if (view.textStart[index] === index) open = false;
    const marks = token.match(/["“”«»]/g)?.length ?? 0;
    const inside = open && marks === 0;
    if (marks % 2 === 1) open = !open;
    return inside;
  });
}

function insideBrackets(view: TextView, what: 'brackets' | 'tags'): Mask {
  const [opening, closing] = what === 'tags' ? [/</g, />/g] : [/[([{]/g, /[)\]}]/g];
  let depth = 0;
  return maskOf(view, (token, index) => {
    if (view.textStart[index] === index) depth = 0;
    const opened = token.match(opening)?.length ?? 0;
    const closed = token.match(closing)?.length ?? 0;
    const inside = depth > 0 && opened + closed === 0;
    depth = Math.max(0, depth + opened - closed);
    return inside;
  });
}

/** Repetition: the token came before in its text; it did so after the same token; or it is new there. */
export function repetitionMask(view: TextView, what: 'repeated' | 'continued' | 'new'): Mask {
  return view.mask(`repetition ${what}`, () => {
    // A word is the same at the start of a text, where it has no space.
    const words = view.tokens.map((token) => token.trim() || token);
    return maskOf(view, (token, index) => {
      if (isSpecialToken(token)) return false;
      const start = view.textStart[index] ?? 0;
      for (let earlier = start; earlier < index; earlier++) {
        if (words[earlier] !== words[index]) continue;
        if (what !== 'continued') return what === 'repeated';
        if (earlier > start && words[earlier - 1] === words[index - 1]) return true;
      }
      return what === 'new';
    });
  });
}
