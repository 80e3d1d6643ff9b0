import { isAlias, isMap, isScalar, isSeq, Lexer, parseDocument, type Document, type ParsedNode } from 'yaml';
import type { TextRange } from './problem.ts';

/** A YAML value as far as front matter uses YAML: scalars and lists of them. */
export type YamlValue =
  | (TextRange & {
      readonly kind: 'scalar';
      readonly value: string | number | boolean | bigint | null;
      /** As written, quotes included. */
      readonly source: string;
      readonly plain: boolean;
    })
  | (TextRange & { readonly kind: 'list'; readonly items: readonly YamlValue[]; readonly flow: boolean })
  | (TextRange & { readonly kind: 'other'; readonly what: string });

/** A key of the front matter with its value, both with where they stand. */
export interface YamlEntry {
  readonly key: string;
  readonly keyRange: TextRange;
  readonly value: YamlValue;
}

/** A place that is no YAML. */
export interface YamlError extends TextRange {
  /** Code of the `yaml` library. */
  readonly code: string;
  readonly message: string;
}

/** What the front matter's lines say, before keys are looked at. */
export interface YamlEntries {
  readonly entries: readonly YamlEntry[];
  readonly errors: readonly YamlError[];
  /** Range of a top-level value that is no block mapping (`key: value` lines). */
  readonly notMapping: TextRange | null;
}

/**
 * Deepest nesting that is given to the library. It composes by recursion, and V8 may abort the whole process when
 * a regular expression is compiled with hardly any stack left: a RangeError cannot be counted on. Front matter
 * needs two levels.
 */
const MAX_FLOW_DEPTH = 100;
const MAX_INDENT = 200;
const MAX_INDICATORS = 30;

/** Lexemes that stand for no text: byte order mark, document start, end of a broken flow, plain scalar to follow. */
const MARKS = new Set(['\uFEFF', '\u0002', '\u0018', '\u001F']);
const FLOW_BROKEN_OFF = '\u0018';
const SCALAR_MARK = '\u001F';

/**
 * Reads the top level of a YAML mapping; ranges are offsets in the file, where the YAML begins at `offset`.
 * Never throws. This file is the only importer of `yaml`. Aliases are never expanded.
 */
export function readYaml(source: string, offset: number): YamlEntries {
  const deep = tooDeepAt(source);
  if (deep !== null) {
    const message = 'Nested too deeply for front matter';
    const error = { code: 'TOO_DEEP', message, start: offset + deep, end: offset + deep + 1 };
    return { entries: [], errors: [error], notMapping: null };
  }
  // uniqueKeys compares every pair of keys; duplicates are found by the caller instead.
  const document: Document.Parsed = parseDocument(source, { prettyErrors: false, uniqueKeys: false });
  const limit = offset + source.length;
  const errors = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    code,
    message,
    ...clamp(offset + pos[0], offset + pos[1], limit),
  }));
  const contents = document.contents;
  if (contents === null) return { entries: [], errors, notMapping: null };
  if (!isMap(contents) || contents.flow === true) {
    const range = { start: offset + contents.range[0], end: offset + trimmed(source, contents.range[1]) };
    const blank = isScalar(contents) && contents.value === null;
    return { entries: [], errors, notMapping: blank ? null : range };
  }
  const entries = contents.items.flatMap(({ key, value }): YamlEntry[] => {
    if (!isScalar(key) || !key.range) return [];
    const keyRange = { start: offset + key.range[0], end: offset + key.range[1] };
    return [{ key: String(key.value), keyRange, value: readValue(value, source, offset, keyRange.end) }];
  });
  return { entries, errors, notMapping: null };
}

/** Offset of the first lexeme that nests deeper than allowed, or null. The lexer itself does not recurse. */
function tooDeepAt(source: string): number | null {
  let at = 0;
  let flow = 0;
  let indicators = 0;
  let lineStart = true;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(source)) {
    const indent = lineStart && flow === 0 ? countSpaces(lexeme) : 0;
    if (isScalar) isScalar = false;
    else if (lexeme === '[' || lexeme === '{') flow++;
    else if (lexeme === ']' || lexeme === '}') flow = Math.max(0, flow - 1);
    else if (lexeme === '-' || lexeme === '?' || lexeme === ':') indicators++;
    else if (lexeme === FLOW_BROKEN_OFF) flow = 0;
    lineStart = lexeme.endsWith('\n');
    if (lineStart || lexeme === ',') indicators = 0;
    if (flow > MAX_FLOW_DEPTH || indent > MAX_INDENT || indicators > MAX_INDICATORS) return at;
    if (MARKS.has(lexeme)) isScalar = lexeme === SCALAR_MARK;
    else at += lexeme.length;
  }
  return null;
}

function countSpaces(lexeme: string): number {
  return lexeme.trim() === '' ? lexeme.length : 0;
}

function readValue(node: ParsedNode | null, source: string, offset: number, after: number): YamlValue {
  if (node === null)
    return { kind: 'scalar', value: null, source: '', plain: true, start: after, end: after };
  const [from, to] = node.range;
  // Block collections end behind their last line; block texts own their line end.
  const range = { start: offset + from, end: offset + (isScalar(node) ? to : trimmed(source, to)) };
  if (isSeq(node)) {
    const items = node.items.map((item) => readValue(item, source, offset, range.start));
    return { kind: 'list', items, flow: node.flow === true, ...range };
  }
  if (isScalar(node)) {
    const { value, type } = node;
    if (value === null || isPlainData(value)) {
      return { kind: 'scalar', value, source: source.slice(from, to), plain: type === 'PLAIN', ...range };
    }
    return { kind: 'other', what: 'a tagged value', ...range };
  }
  return { kind: 'other', what: isAlias(node) ? 'an alias' : 'a mapping', ...range };
}

function trimmed(source: string, end: number): number {
  let at = end;
  while (at > 0 && /\s/.test(source[at - 1] ?? '')) at--;
  return at;
}

function isPlainData(value: unknown): value is string | number | boolean | bigint {
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}

function clamp(start: number, end: number, limit: number): TextRange {
  const from = Math.min(start, limit);
  return { start: from, end: Math.min(Math.max(end, from), limit) };
}
