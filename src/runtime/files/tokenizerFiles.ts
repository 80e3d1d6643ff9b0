import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { TokenizerFiles } from '../../core/tokens/definition.ts';
import { isFile } from './fileByteSource.ts';
import { readTextFile } from './textFile.ts';

const NAMES = ['tokenizer.json', 'vocab.json', 'merges.txt', 'tokenizer_config.json'] as const;

/** Texts of a model folder's tokenizer files: tokenizer.json, or the older pair, or both. @throws tokenizer/missing, file/* */
export async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const files: Partial<Record<(typeof NAMES)[number], string>> = {};
  for (const name of NAMES) {
    const path = join(directory, name);
    if (await isFile(path)) files[name] = await readTextFile(path);
  }
  const pair = files['vocab.json'] !== undefined && files['merges.txt'] !== undefined;
  if (files['tokenizer.json'] !== undefined || pair) return files;
  throw new InterpError(
    'tokenizer/missing',
    `${directory} holds neither tokenizer.json nor vocab.json with merges.txt.`,
    { data: { file: directory } },
  );
}
