import { join } from 'node:path';
import { isJsonObject } from '../../core/json.ts';
import type { LanguageReply, TokenLogprobs } from '../../core/explain/parts.ts';
import { readJson } from '../files/jsonFile.ts';
import { replaceFile } from '../files/replaceFile.ts';

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
      replaceFile(pathOf(key), JSON.stringify({ version: 1, text, outputLogprobs, promptLogprobs })),
  };
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
