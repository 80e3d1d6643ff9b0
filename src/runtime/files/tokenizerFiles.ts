import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { TokenizerFiles } from '../../core/tokens/definition.ts';
import { isFile } from './fileByteSource.ts';
import { readTextFile } from './textFile.ts';

const FILES = [
  'tokenizer.json',
  'vocab.json',
  'merges.txt',
  'tokenizer_config.json',
] as const satisfies readonly (keyof TokenizerFiles)[];

/**
 * Texts of a model folder's tokenizer files, as core/tokens reads them.
 * @throws tokenizer/missing naming the folder, file/unreadable, file/binary
 */
export async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const texts: Partial<Record<(typeof FILES)[number], string>> = {};
  for (const name of FILES) {
    const path = join(directory, name);
    if (await isFile(path)) texts[name] = await readTextFile(path);
  }
  const pair = texts['vocab.json'] !== undefined && texts['merges.txt'] !== undefined;
  if (texts['tokenizer.json'] !== undefined || pair) return texts;
  throw new InterpError(
    'tokenizer/missing',
    `${directory} holds neither tokenizer.json nor vocab.json with merges.txt.`,
    { data: { file: directory } },
  );
}
