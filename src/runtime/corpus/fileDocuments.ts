import { createReadStream } from 'node:fs';
import { InterpError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { parsePrompt } from '../../core/prompt/parsePrompt.ts';
import { fileError } from '../files/fileError.ts';
import { binary, readTextFile } from '../files/textFile.ts';
import type { CorpusFile } from './findFiles.ts';
import { parquetDocuments } from './parquetDocuments.ts';

/** One text of a file. */
export interface FileDocument {
  readonly name: string;
  readonly text: string;
}

/** A text past this size, in UTF-16 units, is cut at the next blank line, so that memory stays bounded. */
const PIECE = 64 * 1024;
/** Where no blank line comes, at the end of a line; and where none comes either, anywhere. */
const PIECE_AT_MOST = 2 * PIECE;
/** Longest line of a .jsonl file, in UTF-16 units. */
const LONGEST_LINE = 64 * 2 ** 20;
/** Lines that hold nothing but blanks. */
const BLANK_LINE = /\n[ \t\r]*\n/g;

export interface LeftOutRow {
  /** `line 7`. */
  readonly place: string;
  /** A sentence that names the file too. */
  readonly reason: string;
}

export interface FileOptions {
  /** Of rows: what holds the text. */
  readonly field: string;
  /** Told of each row that is left out because it holds no text. */
  onLeftOut?(row: LeftOutRow): void;
}

/**
 * The texts of one file, in order; those without a character but white space are left out, and rows without a text. A .jsonl file
 * whose first row has none is refused: it is of another use, or the field is not its. @throws corpus/malformed, file/*
 */
export async function* fileDocuments(file: CorpusFile, options: FileOptions): AsyncGenerator<FileDocument> {
  for await (const document of allDocuments(file, options)) if (document.text.trim() !== '') yield document;
}

function allDocuments(file: CorpusFile, options: FileOptions): AsyncIterable<FileDocument> {
  switch (file.format) {
    case 'text':
      return textPieces(file);
    case 'prompt':
      return promptBody(file);
    case 'jsonl':
      return jsonLines(file, options);
    case 'parquet':
      return parquetDocuments(file, options);
  }
}

async function* promptBody({ path, name }: CorpusFile): AsyncGenerator<FileDocument> {
  yield { name, text: parsePrompt(await readTextFile(path)).body.text };
}

/** A short file is one document; of a long one the later pieces are named with their line. */
async function* textPieces({ path, name }: CorpusFile): AsyncGenerator<FileDocument> {
  let rest = '';
  let line = 1;
  const named = (text: string): FileDocument => ({ name: line === 1 ? name : `${name}:${line}`, text });
  for await (const chunk of decoded(path)) {
    rest += chunk;
    for (let end = cutAt(rest); end > 0; end = cutAt(rest)) {
      const text = rest.slice(0, end);
      yield named(text);
      line += count(text, '\n');
      rest = rest.slice(end);
    }
  }
  if (rest !== '') yield named(rest);
}

/** Where a text is cut, told by its first `PIECE_AT_MOST` characters; 0 while it is not longer than they. */
function cutAt(text: string): number {
  if (text.length <= PIECE_AT_MOST) return 0;
  const head = text.slice(0, PIECE_AT_MOST);
  BLANK_LINE.lastIndex = PIECE;
  const blank = BLANK_LINE.exec(head);
  if (blank) return blank.index + blank[0].length;
  const line = head.lastIndexOf('\n');
  if (line >= PIECE) return line + 1;
  const last = head.charCodeAt(PIECE_AT_MOST - 1);
  return last >= 0xd800 && last < 0xdc00 ? PIECE_AT_MOST - 1 : PIECE_AT_MOST; // a pair stays together
}

async function* jsonLines(
  { path, name }: CorpusFile,
  { field, onLeftOut }: FileOptions,
): AsyncGenerator<FileDocument> {
  let number = 0;
  let found = false;
  for await (const line of lines(path)) {
    number++;
    if (line.trim() === '') continue;
    const text = fieldOf(line, field, { path, number });
    if (typeof text === 'string') {
      found = true;
      yield { name: `${name}:${number}`, text };
      continue;
    }
    if (!found) throw text;
    onLeftOut?.({ place: `line ${number}`, reason: text.message });
  }
}

/** The text of a row, or what is wrong with it. */
function fieldOf(
  line: string,
  field: string,
  at: { readonly path: string; readonly number: number },
): string | InterpError {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (cause) {
    return malformedLine(at, 'it is no JSON', cause);
  }
  if (!isJsonObject(row)) return malformedLine(at, 'it holds no JSON object');
  const text = Object.hasOwn(row, field) ? row[field] : undefined;
  if (typeof text === 'string') return text;
  const known = Object.keys(row).slice(0, MOST_NAMED).join(', ') || 'none';
  return malformedLine(
    at,
    `its field "${field}" is ${text === undefined ? 'missing' : 'no text'}; it has ${known}`,
  );
}

/** Field names that a message lists. */
const MOST_NAMED = 8;

function malformedLine(
  { path, number }: { readonly path: string; readonly number: number },
  why: string,
  cause?: unknown,
): InterpError {
  return new InterpError('corpus/malformed', `${path}, line ${number}: ${why}.`, {
    data: { file: path, line: number },
    cause,
  });
}

async function* lines(path: string): AsyncGenerator<string> {
  let parts: string[] = [];
  let length = 0;
  let number = 1;
  for await (const chunk of decoded(path)) {
    const [first = '', ...later] = chunk.split('\n');
    parts.push(first);
    length += first.length;
    for (const line of later) {
      yield parts.join('');
      parts = [line];
      length = line.length;
      number++;
    }
    if (length > LONGEST_LINE)
      throw malformedLine({ path, number }, `it is longer than ${LONGEST_LINE} characters`);
  }
  if (length > 0) yield parts.join('');
}

/** A file's text in chunks; a byte order mark is dropped. @throws file/binary, file/not-found, file/unreadable */
async function* decoded(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes: Uint8Array | null): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw binary(path, 'its bytes are not UTF-8', cause);
    }
  };
  const stream = createReadStream(path);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (chunk.includes(0)) throw binary(path, 'it has a NUL byte');
      yield decode(chunk);
    }
    yield decode(null);
  } catch (error) {
    throw fileError(path, error);
  } finally {
    stream.destroy();
  }
}

function count(text: string, mark: string): number {
  let found = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) found++;
  return found;
}
