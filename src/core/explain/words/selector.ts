import { type ClassId } from './tokenClasses.ts';
import { classMask, maskOf, type Mask, type TextView } from './textView.ts';

/** Which tokens are meant: any of these. All lists empty = every token. */
export interface Selector {
  /** Quoted: with a leading space exactly that token, else with or without one; `…` skips a few tokens. */
  readonly texts: readonly string[];
  readonly classes: readonly ClassId[];
  /** Tokens that end so, and those that start so. */
  readonly endings: readonly string[];
  readonly beginnings: readonly string[];
  /** Unquoted words of free text: tokens with the same stem. */
  readonly stems: readonly string[];
}

export const EVERY_TOKEN: Selector = { texts: [], classes: [], endings: [], beginnings: [], stems: [] };

export function isEveryToken({ texts, classes, endings, beginnings, stems }: Selector): boolean {
  return texts.length + classes.length + endings.length + beginnings.length + stems.length === 0;
}

/** Where a selector holds: tokens that are part of what it means, and tokens that complete it. */
export interface Selected {
  readonly covered: Mask;
  readonly completed: Mask;
}

/** Tokens that an ellipsis may skip. */
const GAP = 10;
const ELLIPSIS = /\s*(?:…|\.\.\.)\s*/;

export function select(view: TextView, selector: Selector): Selected {
  if (isEveryToken(selector)) {
    const all = view.mask('every', () => maskOf(view, () => true));
    return { covered: all, completed: all };
  }
  const key = selectorKey(selector);
  const covered = view.mask(`covered ${key}`, () => new Uint8Array(view.tokens.length));
  const completed = view.mask(`completed ${key}`, () => fill(view, selector, covered));
  return { covered, completed };
}

const keys = new WeakMap<Selector, string>();

/** The same for selectors that mean the same. */
export function selectorKey(selector: Selector): string {
  const known = keys.get(selector);
  if (known !== undefined) return known;
  const key = JSON.stringify(selector);
  keys.set(selector, key);
  return key;
}

/** Fills `covered` and answers which tokens complete what is meant. */
function fill(view: TextView, selector: Selector, covered: Mask): Mask {
  const completed = new Uint8Array(view.tokens.length);
  const add = (mask: Mask): void => {
    mask.forEach((held, index) => {
      if (held) covered[index] = completed[index] = 1;
    });
  };
  for (const id of selector.classes) add(classMask(view, id));
  if (selector.endings.length + selector.beginnings.length + selector.stems.length > 0) {
    add(maskOf(view, (token) => shapeMatches(selector, token)));
  }
  for (const text of selector.texts) quoted(view, text, covered, completed);
  return completed;
}

function shapeMatches({ endings, beginnings, stems }: Selector, token: string): boolean {
  const word = token.trim();
  if (word.length < 1) return false;
  return (
    endings.some((ending) => word.length > ending.trim().length && word.endsWith(ending.trim())) ||
    beginnings.some((beginning) => word.startsWith(beginning.trim())) ||
    (stems.length > 0 && stems.includes(stemOf(word)))
  );
}

/** A word without case and its commonest English endings. */
export function stemOf(word: string): string {
  const lower = word.trim().toLowerCase();
  const stem = lower.replace(/(?:ies|ing|ed|es|s|'s|y|e)$/, '');
  return stem.length >= 3 ? stem : lower;
}

/** Parts around an ellipsis follow each other: each the next one after the last, within a few tokens. */
function quoted(view: TextView, text: string, covered: Mask, completed: Mask): void {
  const parts = text.split(ELLIPSIS);
  // A token that is itself made of dots skips nothing.
  const [first = text, ...rest] = parts.length > 1 && parts.every((part) => part !== '') ? parts : [text];
  let found = occurrences(view, first);
  for (const part of rest) {
    const ranges = occurrences(view, part);
    found = found.flatMap(({ end }) => {
      const next = ranges.find(({ start }) => start > end);
      return next && next.start - end <= GAP + 1 ? [next] : [];
    });
  }
  for (const { start, end } of found) {
    covered.fill(1, start, end + 1);
    completed[end] = 1;
  }
}

/** First and last token. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** One token that is the text, or several that spell it exactly. */
function occurrences(view: TextView, text: string): Range[] {
  const found: Range[] = [];
  const loose = /^\s/.test(text) ? null : ` ${text}`;
  for (let start = 0; start < view.tokens.length; start++) {
    let spelled = '';
    for (let end = start; end < view.tokens.length && spelled.length <= text.length; end++) {
      spelled += view.tokens[end] ?? '';
      if (spelled === text || spelled === loose) found.push({ start, end });
    }
  }
  return found;
}
