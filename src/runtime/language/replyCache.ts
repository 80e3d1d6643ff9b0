import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isJsonObject } from '../../core/json.ts';
import type { LanguageReply, TokenLogprobs } from '../../core/explain/parts.ts';
import { writeError } from '../files/fileError.ts';

/** Replies on disk by the hash of what was asked: `{folder}/replies/ab/ab….json`. */
export interface ReplyCache {
  /** Null when there is none, or a damaged one. */
  read(key: string): Promise<LanguageReply | null>;
  /** Whole or not at all. @throws file/unwritable */
  write(key: string, reply: LanguageReply): Promise<void>;
}

export function replyCache(folder: string): ReplyCache {
  const pathOf = (key: string): string => join(folder, 'replies', key.slice(0, 2), `${key}.json`);
  return {
    read: async (key) => readReply(await readJson(pathOf(key))),
    write: async (key, { text, outputLogprobs, promptLogprobs }) =>
      writeJson(pathOf(key), { version: 1, text, outputLogprobs, promptLogprobs }),
  };
}

/** A file's JSON; undefined when it is missing or damaged: what is computed can be computed again. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Writes beside the file and renames, so that a reader never sees half of it. @throws file/unwritable */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, JSON.stringify(value));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(path, error);
  }
}

function readReply(value: unknown): LanguageReply | null {
  if (!isJsonObject(value) || value['version'] !== 1 || typeof value['text'] !== 'string') return null;
  const outputLogprobs = readLogprobs(value['outputLogprobs']);
  const promptLogprobs = readLogprobs(value['promptLogprobs']);
  if (outputLogprobs === undefined || promptLogprobs === undefined) return null;
  return { text: value['text'], outputLogprobs, promptLogprobs };
}

function readLogprobs(value: unknown): readonly TokenLogprobs[] | null | undefined {
  if (value === null) return null;
  return Array.isArray(value) && value.every(isTokenLogprobs) ? value : undefined;
}

function isTokenLogprobs(value: unknown): value is TokenLogprobs {
  if (!isJsonObject(value) || typeof value['token'] !== 'string') return false;
  const alternatives = value['alternatives'];
  return Array.isArray(alternatives) && alternatives.every(isAlternative);
}

function isAlternative(value: unknown): boolean {
  return isJsonObject(value) && typeof value['token'] === 'string' && typeof value['logprob'] === 'number';
}
