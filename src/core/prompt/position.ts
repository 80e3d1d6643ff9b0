import { InterpError } from '../errors.ts';

/** Token positions as they are written: `@7`, `@3..7`, `@last`, `@*`, `@" John"#2`. */
export type Position =
  | { readonly kind: 'index'; readonly index: number }
  /** Both ends included. */
  | { readonly kind: 'range'; readonly first: number; readonly last: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'all' }
  /** The `occurrence`-th token (from 1) whose text is `text`. */
  | { readonly kind: 'text'; readonly text: string; readonly occurrence: number };

const FORMS: readonly [RegExp, (match: RegExpExecArray) => Position | null][] = [
  [/@?(\d{1,9})\.\.(\d{1,9})/y, (match) => range(Number(match[1]), Number(match[2]))],
  [/@?(\d{1,9})/y, (match) => ({ kind: 'index', index: Number(match[1]) })],
  [/@?last\b/y, () => ({ kind: 'last' })],
  [/@?\*/y, () => ({ kind: 'all' })],
  [/@?("(?:[^"\\]|\\.)*")(?:#(\d{1,9}))?/y, (match) => textual(match[1] ?? '', Number(match[2] ?? 1))],
];

/** Reads a position at an offset of a longer text; null when none stands there. The `@` may be left out. */
export function scanPosition(text: string, at: number): { position: Position; end: number } | null {
  for (const [form, build] of FORMS) {
    form.lastIndex = at;
    const match = form.exec(text);
    const position = match && build(match);
    if (position) return { position, end: form.lastIndex };
  }
  return null;
}

/** Reads a whole text as a position; null when it is none. */
export function parsePosition(text: string): Position | null {
  const scanned = scanPosition(text, 0);
  return scanned?.end === text.length ? scanned.position : null;
}

/** The written form, with its `@`. */
export function formatPosition(position: Position): string {
  switch (position.kind) {
    case 'index':
      return `@${position.index}`;
    case 'range':
      return `@${position.first}..${position.last}`;
    case 'last':
      return '@last';
    case 'all':
      return '@*';
    case 'text':
      return `@${JSON.stringify(position.text)}#${position.occurrence}`;
  }
}

/** The form that survives an edit of the text, which panels write: `@" John"#2`. */
export function positionOf(tokens: readonly { readonly text: string }[], index: number): Position {
  const text = tokens[index]?.text;
  if (text === undefined) return { kind: 'index', index };
  const occurrence = tokens.slice(0, index + 1).filter((token) => token.text === text).length;
  return { kind: 'text', text, occurrence };
}

/**
 * Indices that a position means among a prompt's tokens, BOS included, ascending.
 * @throws position/out-of-range
 */
export function resolvePosition(position: Position, tokens: readonly { readonly text: string }[]): number[] {
  const outside = (problem: string): InterpError =>
    new InterpError('position/out-of-range', `${formatPosition(position)}: ${problem}`, {
      data: { position: formatPosition(position), tokens: tokens.length },
    });
  if (tokens.length === 0) throw outside('the prompt has no tokens.');
  const last = tokens.length - 1;
  switch (position.kind) {
    case 'index':
      if (position.index > last) throw outside(`the prompt's tokens are 0 to ${last}.`);
      return [position.index];
    case 'range':
      if (position.last > last) throw outside(`the prompt's tokens are 0 to ${last}.`);
      return Array.from({ length: position.last - position.first + 1 }, (_, i) => position.first + i);
    case 'last':
      return [last];
    case 'all':
      return tokens.map((_, index) => index);
    case 'text': {
      const found = tokens.flatMap((token, index) => (token.text === position.text ? [index] : []));
      const index = found[position.occurrence - 1];
      if (index === undefined)
        throw outside(`the prompt has ${found.length} token(s) ${JSON.stringify(position.text)}.`);
      return [index];
    }
  }
}

function range(first: number, last: number): Position | null {
  return first <= last ? { kind: 'range', first, last } : null;
}

function textual(quoted: string, occurrence: number): Position | null {
  if (occurrence < 1) return null;
  try {
    const text: unknown = JSON.parse(quoted);
    return typeof text === 'string' && text !== '' ? { kind: 'text', text, occurrence } : null;
  } catch {
    return null;
  }
}
