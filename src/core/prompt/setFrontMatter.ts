import { InterpError } from '../errors.ts';
import { splitPrompt } from './blocks.ts';
import type { KeyName } from './keys.ts';
import type { TextEdit } from './problem.ts';
import { quoteYaml } from './quote.ts';
import { readYaml, type YamlEntry, type YamlValue } from './yamlEntries.ts';

/** What a key can be set to. */
export type NewValue = string | number | boolean | readonly string[];

type YamlList = Extract<YamlValue, { kind: 'list' }>;

/**
 * Edits that give a key of the front matter a value, or take it away (`null`). Comments, order, quoting and line
 * ends of everything else stay as they are; without front matter, one is put on top. Edits do not overlap.
 * Only a comment in the line of a list item that goes away goes with it, and with the last line the front matter.
 * @throws prompt/front-matter when there is one that is no block mapping.
 */
export function setFrontMatter(text: string, key: KeyName, value: NewValue | null): TextEdit[] {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const { yaml, body } = splitPrompt(text);
  if (!yaml) {
    if (value === null) return [];
    const newText = `---${eol}${key}: ${formatValue(value)}${eol}---${eol}`;
    return [{ start: body.start, end: body.start, newText }];
  }
  const { entries, notMapping } = readYaml(text.slice(yaml.start, yaml.end), yaml.start);
  if (notMapping) {
    throw new InterpError('prompt/front-matter', 'The front matter is not made of "key: value" lines.');
  }
  const entry = entries.find((candidate) => candidate.key === key);
  if (!entry) {
    return value === null
      ? []
      : [{ start: yaml.end, end: yaml.end, newText: `${key}: ${formatValue(value)}${eol}` }];
  }
  if (value === null) {
    const lines = removeLines(text, entry.keyRange.start, contentEnd(entry));
    return [wholeFrontMatter(text, lines) ?? lines];
  }
  if (entry.value.kind === 'list' && !entry.value.flow && Array.isArray(value) && value.length > 0)
    return editBlockList(text, entry.value, value, eol);
  return [replaceValue(text, entry, value, eol)];
}

/** Applies edits that do not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const backwards = edits
    .map((edit, index) => ({ edit, index }))
    .sort((a, b) => b.edit.start - a.edit.start || b.index - a.index);
  return backwards.reduce(
    (result, { edit }) => result.slice(0, edit.start) + edit.newText + result.slice(edit.end),
    text,
  );
}

function replaceValue(text: string, entry: YamlEntry, value: NewValue, eol: string): TextEdit {
  const { value: old } = entry;
  const written = formatValue(value);
  const onKeyLine = !text.slice(entry.keyRange.end, old.start).includes('\n');
  const isBlock = onKeyLine && /^[|>]/.test(text.slice(old.start, old.end));
  const colon = colonAfter(text, entry.keyRange.end);
  if (colon === null) {
    // The explicit form `? key` without a value.
    return { start: entry.keyRange.end, end: entry.keyRange.end, newText: `${eol}: ${written}` };
  }
  if (old.end === old.start) return { start: colon + 1, end: colon + 1, newText: ` ${written}` };
  if (onKeyLine && !isBlock) return { start: old.start, end: old.end, newText: written };
  const end = contentEnd(entry);
  const tail = text[end - 1] === '\n' ? eol : '';
  if (onKeyLine) return { start: old.start, end, newText: written + tail };
  return { start: colon + 1, end, newText: ` ${written}${tail}` };
}

/** Changes a block list item by item, so that comments between and behind the items stay. */
function editBlockList(text: string, list: YamlList, value: readonly string[], eol: string): TextEdit[] {
  const edits: TextEdit[] = [];
  const { items } = list;
  for (const [index, item] of items.entries()) {
    const wanted = value[index];
    if (wanted === undefined) edits.push(removeLines(text, item.start, item.end));
    else if (item.kind !== 'scalar' || item.value !== wanted) {
      const newText = item.start === item.end ? ` ${quoteYaml(wanted)}` : quoteYaml(wanted);
      edits.push({ start: item.start, end: item.end, newText });
    }
  }
  const added = value.slice(items.length);
  const last = items.at(-1);
  if (added.length === 0 || !last) return edits;
  const dash = text.lastIndexOf('-', last.start - 1);
  const lineStart = text.lastIndexOf('\n', dash) + 1;
  const indent = ' '.repeat(dash - lineStart);
  const at = lineEnd(text, last.end);
  const newText = added.map((item) => `${indent}- ${quoteYaml(item)}${eol}`).join('');
  return [...edits, { start: at, end: at, newText }];
}

/** Deletes whole lines from the one that holds `start` to the one that holds the last character before `end`. */
function removeLines(text: string, start: number, end: number): TextEdit {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const to = text[end - 1] === '\n' ? end : lineEnd(text, end);
  return { start: from, end: to, newText: '' };
}

/** Where nothing else stands in the front matter, all of it goes. Null: something does, or the body would become one. */
function wholeFrontMatter(text: string, lines: TextEdit): TextEdit | null {
  const { yaml, body } = splitPrompt(text);
  if (!yaml || `${text.slice(yaml.start, lines.start)}${text.slice(lines.end, yaml.end)}`.trim() !== '')
    return null;
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  const rest = text.slice(0, start) + text.slice(body.start);
  const { yaml: other, unclosed } = splitPrompt(rest);
  return other || unclosed ? null : { start, end: body.start, newText: '' };
}

function colonAfter(text: string, at: number): number | null {
  const colon = /\s*:/y;
  colon.lastIndex = at;
  return colon.test(text) ? colon.lastIndex - 1 : null;
}

/** End of an entry without the blank and comment lines that may follow it. */
function contentEnd({ keyRange, value }: YamlEntry): number {
  let end = Math.max(value.end, keyRange.end);
  if (value.kind === 'list' && !value.flow) end = value.items.at(-1)?.end ?? end;
  return end;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

function formatValue(value: NewValue): string {
  if (typeof value === 'string') return quoteYaml(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return `[${value.map(quoteYaml).join(', ')}]`;
}
