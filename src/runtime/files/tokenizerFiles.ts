import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { isFile } from './fileByteSource.ts';
import { readJsonFile, readTextFile } from './textFile.ts';

/** What a model folder holds of its tokenizer: tokenizer.json, or the older pair, or both. */
export interface TokenizerFiles {
  readonly directory: string;
  readonly tokenizerJson: JsonObject | null;
  readonly vocabJson: JsonObject | null;
  readonly mergesTxt: string | null;
  readonly tokenizerConfigJson: JsonObject | null;
}

/** @throws tokenizer/missing, tokenizer/malformed (not JSON), file/* */
export async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const json = async (name: string): Promise<JsonObject | null> => {
    const path = join(directory, name);
    return (await isFile(path)) ? readJsonFile(path, 'tokenizer/malformed') : null;
  };
  const mergesPath = join(directory, 'merges.txt');
  const tokenizerJson = await json('tokenizer.json');
  const vocabJson = await json('vocab.json');
  const mergesTxt = (await isFile(mergesPath)) ? await readTextFile(mergesPath) : null;
  if (tokenizerJson === null && (vocabJson === null || mergesTxt === null)) {
    throw new InterpError(
      'tokenizer/missing',
      `${directory} holds neither tokenizer.json nor vocab.json with merges.txt.`,
      { data: { file: directory } },
    );
  }
  return {
    directory,
    tokenizerJson,
    vocabJson,
    mergesTxt,
    tokenizerConfigJson: await json('tokenizer_config.json'),
  };
}
