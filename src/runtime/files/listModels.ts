import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { toInterpError } from '../../core/errors.ts';
import { DEFAULT_CARD, parseModelCard, type ModelCard } from '../../core/model/card.ts';
import { isDirectory, isFile } from './fileByteSource.ts';
import { openCheckpoint, weightBytes } from './openCheckpoint.ts';
import { findSaes } from './findSaes.ts';
import { readJsonFile } from './textFile.ts';
import { readTokenizerFiles } from './tokenizerFiles.ts';

/** A model folder that was found, and why it could not be opened if so. */
export interface FoundModel {
  readonly name: string;
  readonly directory: string;
  /** 0 when it cannot be opened. */
  readonly weightBytes: number;
  readonly saes: number;
  readonly problem: string | null;
}

/** Model folders: each given folder with a config.json, or its subfolders that have one. Reads headers only. */
export async function listModels(folders: readonly string[]): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  const directories = (await Promise.all(folders.map(modelFolders))).flat();
  for (const directory of new Set(directories)) found.push(await describe(directory));
  return found;
}

/** card.json of a model folder, or GPT-2's manner where there is none. @throws model/bad-config */
export async function readModelCard(directory: string): Promise<ModelCard & { readonly name: string }> {
  const file = join(directory, 'card.json');
  const card = (await isFile(file))
    ? parseModelCard(await readJsonFile(file, 'model/bad-config'), { file })
    : DEFAULT_CARD;
  return { ...card, name: card.name ?? basename(resolve(directory)) };
}

/** Folders of SAEs that lie beside the model's weights; none is no error. */
export async function ownSaeFolders(directory: string): Promise<string[]> {
  const folder = join(directory, 'saes');
  if (!(await isDirectory(folder))) return [];
  return findSaes(folder).catch(() => []);
}

async function modelFolders(folder: string): Promise<string[]> {
  if (await isFile(join(folder, 'config.json'))) return [folder];
  const names = await readdir(folder).catch(() => []);
  const found: string[] = [];
  for (const name of names.toSorted()) {
    if (await isFile(join(folder, name, 'config.json'))) found.push(join(folder, name));
  }
  return found;
}

async function describe(directory: string): Promise<FoundModel> {
  const saes = (await ownSaeFolders(directory)).length;
  try {
    const { name } = await readModelCard(directory);
    const { checkpoint } = await openCheckpoint(directory, { scan: 'never' });
    await readTokenizerFiles(directory);
    return { name, directory, weightBytes: weightBytes(checkpoint), saes, problem: null };
  } catch (error) {
    const problem = toInterpError(error).message;
    return { name: basename(resolve(directory)), directory, weightBytes: 0, saes, problem };
  }
}
