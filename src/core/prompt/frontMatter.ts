import type { BosMode } from '../tokens/bos.ts';
import { editProblem } from './edits.ts';
import { BOS_CHOICES, choicesOf, KEY_NAMES, KEYS, SCALAR_CHOICES } from './keys.ts';
import type { KeyName, ScalarName, ValueKind } from './keys.ts';
import { nearest } from './nearest.ts';
import { parsePosition, type Position } from './position.ts';
import type { Problem, TextRange } from './problem.ts';
import { quoteYaml } from './quote.ts';
import type { YamlEntry, YamlValue } from './yamlEntries.ts';

interface ValueOfKind {
  text: string;
  texts: readonly string[];
  integer: number;
  bos: BosMode;
  scalar: ScalarName;
  position: Position;
  edits: readonly string[];
}

/** A key that is present and well-formed, with the ranges of its parts in the file. */
export interface FrontMatterEntry<T> {
  readonly value: T;
  readonly key: TextRange;
  readonly range: TextRange;
  /** Ranges of a list's items, or of the single value. */
  readonly items: readonly TextRange[];
}

/** Typed front matter; a key that is absent or wrong is undefined. */
export type FrontMatter = {
  readonly [K in KeyName]?: FrontMatterEntry<ValueOfKind[(typeof KEYS)[K]['kind']]>;
};

/** A known key as it stands in the file, whether its value is well-formed or not. */
export interface WrittenKey extends TextRange {
  readonly name: KeyName;
}

/** What became of the YAML lines: values that are well-formed, every known key, and what is wrong. */
export interface TypedEntries {
  readonly values: FrontMatter;
  readonly keys: readonly WrittenKey[];
  readonly problems: readonly Problem[];
}

type Read<T> =
  { readonly value: T; readonly problems?: readonly Problem[] } | { readonly problems: readonly Problem[] };

/** Turns YAML entries into typed values; what cannot be used becomes a problem at its place. */
export function typeEntries(entries: readonly YamlEntry[]): TypedEntries {
  const problems: Problem[] = [];
  const keys: WrittenKey[] = [];
  const values: Partial<Record<KeyName, FrontMatterEntry<unknown>>> = {};
  const seen = new Set<string>();
  for (const entry of entries) {
    const name = KEY_NAMES.find((key) => key === entry.key);
    if (seen.has(entry.key)) {
      problems.push(keyProblem(entry, 'duplicate-key', `"${entry.key}" stands twice; the first one counts.`));
    } else if (name === undefined) {
      problems.push(unknownKey(entry));
    } else {
      const read = readKind(KEYS[name].kind, name, entry.value);
      problems.push(...(read.problems ?? []));
      if ('value' in read) values[name] = { value: read.value, ...rangesOf(entry) };
    }
    if (name !== undefined) keys.push({ name, ...entry.keyRange });
    seen.add(entry.key);
  }
  // Each value was read by the kind that the table gives to its key.
  return { values: values as FrontMatter, keys, problems };
}

function readKind(kind: ValueKind, key: KeyName, value: YamlValue): Read<ValueOfKind[ValueKind]> {
  switch (kind) {
    case 'text':
      return readText(key, value);
    case 'texts':
      return readTexts(key, value);
    case 'integer':
      return readInteger(key, value);
    case 'bos':
      return readBos(value);
    case 'scalar':
      return readChoice('scalar', SCALAR_CHOICES, value);
    case 'position':
      return readPosition(value);
    case 'edits':
      return readEdits(value);
  }
}

function readText(key: string, value: YamlValue): Read<string> {
  if (value.kind !== 'scalar') return wrongType(key, 'a text', value);
  if (typeof value.value === 'string') return { value: value.value };
  return wrongType(key, 'a text', value, value.source === '' ? undefined : quoteYaml(value.source));
}

function readTexts(key: string, value: YamlValue): Read<readonly string[]> {
  if (value.kind !== 'list') {
    const single = readText(key, value);
    return 'value' in single ? { value: [single.value] } : single;
  }
  const texts: string[] = [];
  const problems: Problem[] = [];
  for (const item of value.items) {
    const read = readText(key, item);
    if ('value' in read) texts.push(read.value);
    else problems.push(...read.problems);
  }
  return problems.length > 0 ? { problems } : { value: texts };
}

function readInteger(key: string, value: YamlValue): Read<number> {
  const number = value.kind === 'scalar' ? value.value : null;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return { value: number };
  return wrongType(key, 'a whole number from 0', value);
}

function readBos(value: YamlValue): Read<BosMode> {
  const read = readChoice('bos', BOS_CHOICES, value);
  if (!('value' in read)) return read;
  const modes = { auto: 'auto', true: 'always', false: 'never' } as const;
  return { value: modes[read.value] };
}

function readChoice<T extends string>(key: KeyName, choices: readonly T[], value: YamlValue): Read<T> {
  const written = value.kind === 'scalar' ? String(value.value ?? '') : '';
  const choice = choices.find((name) => name === written);
  if (choice !== undefined) return { value: choice };
  const near = nearest(written, choices);
  return wrongType(key, `one of ${choicesOf(KEYS[key].kind).join(', ')}`, value, near ?? undefined);
}

function readPosition(value: YamlValue): Read<Position> {
  const written = value.kind === 'scalar' ? value.value : null;
  const position =
    typeof written === 'string' || typeof written === 'number' ? parsePosition(String(written)) : null;
  return position
    ? { value: position }
    : wrongType('position', `a position such as last, 7, 3..7, '@*' or '@" John"#2'`, value);
}

/** Edits that are wrong stay among the values: who runs them must be told, and not get a run without them. */
function readEdits(value: YamlValue): Read<readonly string[]> {
  const read = readTexts('ablate', value);
  if (!('value' in read)) return read;
  const items = value.kind === 'list' ? value.items : [value];
  const problems = read.value.flatMap((edit, index): Problem[] => {
    const problem = editProblem(edit);
    if (problem === null) return [];
    const range = withinItem(items[index] ?? value, edit, problem);
    return [{ code: 'bad-value', severity: 'error', message: `In ablate: ${problem.message}.`, ...range }];
  });
  return { value: read.value, problems };
}

/** A range of an item's text as a range of the file: exact where YAML writes the text as it is. */
function withinItem(item: YamlValue, text: string, part: TextRange): TextRange {
  const { start, end } = item;
  const source = item.kind === 'scalar' ? item.source : '';
  const at = source === text ? 0 : source.slice(1, -1) === text ? 1 : -1;
  return at < 0 ? { start, end } : { start: start + at + part.start, end: start + at + part.end };
}

function wrongType(
  key: string,
  wanted: string,
  value: YamlValue,
  replacement?: string,
): { problems: Problem[] } {
  const { start, end } = value;
  const empty = value.kind === 'scalar' && value.value === null;
  const found = value.kind === 'other' ? value.what : value.kind === 'list' ? 'a list' : value.source;
  const problem: Problem = {
    code: 'wrong-type',
    severity: empty ? 'warning' : 'error',
    message: empty ? `"${key}" has no value; it wants ${wanted}.` : `"${key}" wants ${wanted}, not ${found}.`,
    start,
    end,
  };
  if (replacement === undefined) return { problems: [problem] };
  const fix = { title: `Write ${replacement}`, edits: [{ start, end, newText: replacement }] };
  return { problems: [{ ...problem, fix }] };
}

function unknownKey(entry: YamlEntry): Problem {
  const near = nearest(entry.key, KEY_NAMES);
  const hint = near === null ? `Keys are ${KEY_NAMES.join(', ')}.` : `Did you mean "${near}"?`;
  const problem = keyProblem(
    entry,
    'unknown-key',
    `"${entry.key}" is not a key of the front matter. ${hint}`,
  );
  if (near === null) return problem;
  return {
    ...problem,
    fix: { title: `Change to "${near}"`, edits: [{ ...entry.keyRange, newText: near }] },
  };
}

function keyProblem(entry: YamlEntry, code: 'unknown-key' | 'duplicate-key', message: string): Problem {
  return { code, severity: 'warning', message, ...entry.keyRange };
}

function rangesOf({ keyRange, value }: YamlEntry): Omit<FrontMatterEntry<unknown>, 'value'> {
  const range = { start: value.start, end: value.end };
  const items = value.kind === 'list' ? value.items.map(({ start, end }) => ({ start, end })) : [range];
  return { key: keyRange, range, items };
}
