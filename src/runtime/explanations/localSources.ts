import { createReadStream } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { InterpError, throwIfCancelled } from '../../core/errors.ts';
import { fileError } from '../files/fileError.ts';

/** A file on this machine that may hold explanations or records. */
export interface LocalSource {
  readonly file: string;
  readonly bytes: number;
  /** Another one when the file changes. */
  readonly stamp: string;
}

const ENDINGS = /\.(?:json|jsonl|ndjson)(?:\.gz)?$/i;
/** Folders deeper than this are not those of published explanations. */
const MAX_DEPTH = 8;
/** A line of one unit; a longer one is no JSON line. */
const MAX_LINE_BYTES = 64 * 2 ** 20;
const NEWLINE = 0x0a;

/** The files of a folder and of those in it, or the one file, by name. @throws file/not-found, file/unreadable */
export async function localSources(path: string): Promise<LocalSource[]> {
  const found: LocalSource[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    for await (const entry of await opendir(folder)) {
      if (entry.name.startsWith('.')) continue;
      const inner = join(folder, entry.name);
      const info = await stat(inner).catch(() => null);
      if (info?.isDirectory() === true && depth < MAX_DEPTH) await visit(inner, depth + 1);
      if (info?.isFile() === true && ENDINGS.test(entry.name)) found.push(source(inner, info));
    }
  };
  try {
    const info = await stat(path);
    if (info.isFile()) return [source(path, info)];
    await visit(path, 0);
  } catch (error) {
    throw fileError(path, error);
  }
  return found.sort((a, b) => compare(a.file, b.file));
}

/**
 * Texts of a file, one after the other: its lines, or all of a `.json`. `.gz` is unpacked on the way, so that memory
 * holds one line. @throws file/unreadable, explain/malformed
 */
export async function* textsOf(file: string, signal: AbortSignal): AsyncIterable<string> {
  const isWhole = /\.json(?:\.gz)?$/i.test(file);
  let parts: Buffer[] = [];
  let length = 0;
  const next = (chunk: Buffer, from: number): number => (isWhole ? -1 : chunk.indexOf(NEWLINE, from));
  const take = (): string => {
    const text = Buffer.concat(parts).toString('utf8');
    [parts, length] = [[], 0];
    return text;
  };
  for await (const chunk of chunksOf(file, signal)) {
    let from = 0;
    for (let end = next(chunk, from); end >= 0; end = next(chunk, from)) {
      parts.push(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > MAX_LINE_BYTES) throw tooLong(file);
  }
  if (length > 0) yield take();
}

async function* chunksOf(file: string, signal: AbortSignal): AsyncIterable<Buffer> {
  const input = createReadStream(file, { signal, highWaterMark: 2 ** 18 });
  try {
    if (!file.toLowerCase().endsWith('.gz')) {
      for await (const chunk of input) yield chunk as Buffer;
      return;
    }
    const output = createGunzip();
    const piping = pipeline(input, output);
    // It rejects with what the loop throws too.
    piping.catch(() => undefined);
    for await (const chunk of output) yield chunk as Buffer;
    await piping;
  } catch (error) {
    throwIfCancelled(signal);
    throw damaged(file, error);
  }
}

function damaged(file: string, error: unknown): InterpError {
  if (error instanceof InterpError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('Z_') && !code.startsWith('ERR_')) return fileError(file, error);
  return new InterpError('explain/malformed', `${basename(file)} is no whole gzip file.`, {
    data: { file, reason: code },
    cause: error,
  });
}

function tooLong(file: string): InterpError {
  return new InterpError(
    'explain/malformed',
    `${basename(file)} holds a line, or a JSON value, of more than ${MAX_LINE_BYTES} bytes: JSON lines are read.`,
    { data: { file } },
  );
}

function source(file: string, info: { readonly size: number; readonly mtimeMs: number }): LocalSource {
  return { file, bytes: info.size, stamp: `${info.size}:${info.mtimeMs}` };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
