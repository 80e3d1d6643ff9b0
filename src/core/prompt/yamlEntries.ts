import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type ParsedNode } from 'yaml';
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

export interface YamlEntry {
  readonly key: string;
  readonly keyRange: TextRange;
  readonly value: YamlValue;
}

export interface YamlError extends TextRange {
  /** Code of the `yaml` library. */
  readonly code: string;
  readonly message: string;
}

export interface YamlEntries {
  readonly entries: readonly YamlEntry[];
  readonly errors: readonly YamlError[];
  /** Range of a top-level value that is no block mapping (`key: value` lines). */
  readonly notMapping: TextRange | null;
}

/**
 * Reads the top level of a YAML mapping; ranges are offsets in the file, where the YAML begins at `offset`.
 * Never throws. This file is the only importer of `yaml`. Aliases are never expanded.
 */
export function readYaml(source: string, offset: number): YamlEntries {
  let document: Document.Parsed;
  try {
    // uniqueKeys compares every pair of keys; duplicates are found by the caller instead.
    document = parseDocument(source, { prettyErrors: false, uniqueKeys: false });
  } catch {
    const range = { start: offset, end: offset + source.length };
    return {
      entries: [],
      errors: [{ ...range, code: 'TOO_DEEP', message: 'nested too deeply' }],
      notMapping: null,
    };
  }
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
