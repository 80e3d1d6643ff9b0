import { describeEdit, editCompletions, type EditNames } from './editHelp.ts';
import { editProblem, parseEdit } from './edits.ts';
import { choicesOf, describeKey, isKeyName, KEY_NAMES, KEYS, type KeyName } from './keys.ts';
import type { WrittenKey } from './frontMatter.ts';
import type { PromptFile } from './parsePrompt.ts';
import type { TextEdit } from './problem.ts';
import { quoteYaml } from './quote.ts';

/** Names known to the editor, for the values of `model` and `sae`. */
export interface KnownNames {
  readonly models: readonly string[];
  readonly saes: readonly string[];
  /** Of the open model, for edits. */
  readonly edits?: EditNames;
}

/** One row of the editor's list, with the edit that it makes. */
export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value' | 'front-matter';
  /** Markdown. */
  readonly documentation: string;
  readonly edit: TextEdit;
}

const NO_NAMES: KnownNames = { models: [], saes: [] };

/** Whether what can be written at an offset depends on the model, or on which models there are. */
export function asksForNames(file: PromptFile, offset: number): 'edits' | 'models' | null {
  const lineStart = file.text.lastIndexOf('\n', offset - 1) + 1;
  const before = file.text.slice(lineStart, offset);
  if (!file.yaml || offset < file.yaml.start || offset > file.yaml.end) return null;
  if (editBefore(file, before, offset) !== null) return 'edits';
  return /^(?:model|sae):/.test(before) ? 'models' : null;
}

/** What can be written at an offset of the file: keys, values of a key, or a first front matter. */
export function completionsAt(file: PromptFile, offset: number, known: KnownNames = NO_NAMES): Completion[] {
  const { text, yaml } = file;
  if (!yaml) return offsetAtTop(text, offset) ? [frontMatterSnippet(text)] : [];
  if (offset < yaml.start || offset > yaml.end) return [];
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  if (offset === yaml.end && text.startsWith('---', lineStart)) return [];
  const before = text.slice(lineStart, offset);
  const item = editBefore(file, before, offset);
  if (item !== null) return editItems(item, offset, known.edits);
  const valueOf = /^([A-Za-z_]+):(\s+)(.*)$/.exec(before);
  if (valueOf) {
    const [, key = '', space = '', written = ''] = valueOf;
    if (!isKeyName(key)) return [];
    return valueCompletions(key, offset, lineStart + key.length + 1 + space.length, written, known);
  }
  return /^[A-Za-z_]*$/.test(before) ? keyCompletions(file, lineStart, offset) : [];
}

/** Key whose name stands at an offset, for a hover. */
export function keyAt({ keys }: PromptFile, offset: number): WrittenKey | null {
  return keys.find(({ start, end }) => offset >= start && offset < end) ?? null;
}

/** A well-formed edit at an offset of `ablate`, for a hover: where it stands, and Markdown. */
export function editAt(
  { frontMatter }: PromptFile,
  offset: number,
): { readonly start: number; readonly end: number; readonly documentation: string } | null {
  const entry = frontMatter.ablate;
  const index = entry?.items.findIndex(({ start, end }) => offset >= start && offset < end) ?? -1;
  const range = entry?.items[index];
  const edit = entry?.value[index];
  if (!range || edit === undefined || editProblem(edit) !== null) return null;
  return { start: range.start, end: range.end, documentation: describeEdit(parseEdit(edit)) };
}

/** The beginning of an item of `ablate` that ends at the cursor; null elsewhere. */
function editBefore({ keys }: PromptFile, before: string, offset: number): string | null {
  const key = keys.findLast(({ start }) => start < offset);
  if (key?.name !== 'ablate') return null;
  const line = /^(?:ablate:)?\s+(?:-\s+)?(.*)$/.exec(before)?.[1] ?? /^-\s+(.*)$/.exec(before)?.[1];
  if (line === undefined) return null;
  const list = Math.max(line.lastIndexOf('['), line.lastIndexOf(', '));
  return line.slice(list < 0 ? 0 : list + 1).replace(/^\s*["']?/, '');
}

function editItems(item: string, offset: number, names: EditNames | undefined): Completion[] {
  const { start, items } = editCompletions(item, names);
  return items.map(({ text, documentation }) => ({
    label: text,
    kind: 'value',
    documentation,
    edit: { start: offset - item.length + start, end: offset, newText: text },
  }));
}

function keyCompletions({ text, keys }: PromptFile, start: number, offset: number): Completion[] {
  let end = offset;
  while (/[A-Za-z_]/.test(text[end] ?? '')) end++;
  const hasColon = text[end] === ':';
  const elsewhere = new Set(keys.filter((key) => key.start !== start).map(({ name }) => name));
  return KEY_NAMES.filter((key) => !elsewhere.has(key)).map((key) => ({
    label: key,
    kind: 'key',
    documentation: describeKey(key),
    edit: { start, end, newText: hasColon ? key : `${key}: ` },
  }));
}

function valueCompletions(
  key: KeyName,
  offset: number,
  valueStart: number,
  written: string,
  known: KnownNames,
): Completion[] {
  const names = key === 'model' ? known.models : key === 'sae' ? known.saes : choicesOf(KEYS[key].kind);
  const examples = names.length === 0 && key === 'position' ? ['last', "'@*'"] : names.map(quoteChoice(key));
  const listAt = Math.max(written.lastIndexOf('['), written.lastIndexOf(','));
  const itemStart = key === 'sae' && listAt >= 0 ? afterSpaces(written, listAt + 1) : 0;
  return examples.map((label) => ({
    label,
    kind: 'value',
    documentation: describeKey(key),
    edit: { start: valueStart + itemStart, end: offset, newText: label },
  }));
}

/** Choices such as `true` are meant as YAML reads them; names are texts. */
function quoteChoice(key: KeyName): (name: string) => string {
  return (name) => (choicesOf(KEYS[key].kind).length > 0 ? name : quoteYaml(name));
}

function afterSpaces(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ') at++;
  return at;
}

/** In the first line, where nothing but dashes stands before the cursor. */
function offsetAtTop(text: string, offset: number): boolean {
  return /^\uFEFF?-{0,3}$/.test(text.slice(0, offset)) && /^(?:-{0,3}\r?\n|-{0,3}$)/.test(text.slice(offset));
}

function frontMatterSnippet(text: string): Completion {
  const end = /^\uFEFF?-*/.exec(text)?.[0].length ?? 0;
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const rest = text.slice(end);
  const closing = rest === '' ? eol : rest.startsWith('\n') || rest.startsWith('\r\n') ? '' : eol;
  return {
    label: '--- front matter ---',
    kind: 'front-matter',
    documentation:
      'Settings of this prompt: model, targets, edits. They are not part of the text that is run.',
    edit: { start, end, newText: `---${eol}target: " "${eol}---${closing}` },
  };
}
