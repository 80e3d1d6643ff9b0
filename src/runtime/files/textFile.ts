import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InterpError, isInterpError, type ErrorCode } from '../../core/errors.ts';
import { parseJsonObject, type JsonObject } from '../../core/json.ts';
import { withFile } from './fileByteSource.ts';
import { writeError } from './fileError.ts';

/** A prompt is text that a person wrote; a longer file was named by mistake. 64 MB also holds any tokenizer. */
const MAX_TEXT_BYTES = 64 * 2 ** 20;

/**
 * Reads a UTF-8 text file; a byte order mark is dropped.
 * @throws file/not-found, file/unreadable, file/binary (a NUL byte, or bytes that are not UTF-8)
 */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await withFile(path, async ({ size, read }) => {
    if (size <= MAX_TEXT_BYTES) return read(0, size);
    throw new InterpError(
      'file/unreadable',
      `${path} has ${size} bytes; a text of at most ${MAX_TEXT_BYTES} is read.`,
      { data: { file: path, found: size, expected: MAX_TEXT_BYTES } },
    );
  });
  return decodeText(path, bytes);
}

/** UTF-8 bytes as text; a byte order mark is dropped. @throws file/binary, naming `path` */
export function decodeText(path: string, bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw binary(path, `it has a NUL byte at ${nul}`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw binary(path, 'its bytes are not UTF-8', cause);
  }
}

/** @throws as readTextFile; `code` when it is no text, or not a JSON object. */
export async function readJsonFile(path: string, code: ErrorCode): Promise<JsonObject> {
  const text = await readTextFile(path).catch((error: unknown) => {
    if (!isInterpError(error, 'file/binary')) throw error;
    throw new InterpError(code, error.message, { data: error.data, cause: error });
  });
  return parseJsonObject(text, { file: path, code });
}

/** Writes text or bytes, making the folder when it is missing. @throws file/unwritable */
export async function writeWholeFile(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (error) {
    throw writeError(path, error);
  }
}

/** `why`: `it has a NUL byte`. */
export function binary(path: string, why: string, cause?: unknown): InterpError {
  return new InterpError('file/binary', `${path} is not a text file: ${why}.`, {
    data: { file: path },
    cause,
  });
}
