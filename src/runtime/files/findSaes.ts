import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { openAiPlace } from '../../core/sae/formats/hookPlace.ts';
import { fileError } from './fileError.ts';
import { isDirectory, isFile } from './fileByteSource.ts';
import { readJsonFile } from './textFile.ts';

/** Configuration of SAELens and of sparsify; of dictionary_learning, with its weights beside it. */
export const CONFIG_FILE = 'cfg.json';
export const DICTIONARY = { config: 'config.json', weights: 'ae.pt' } as const;

/** What an installed folder says of itself. */
const CARD_FILE = 'card.json';

/** SAE folders lie in the given folder; .pt files deeper too: `{folder}/{location}/autoencoders/{layer}.pt`. */
const MAX_DEPTH = { folder: 1, pt: 3 } as const;

/**
 * SAEs in a folder or of a path: the path itself when it is one, else those of the folders below it, by name.
 * A .pt file in a folder counts when its path or a `_cfg.json` beside it says where it belongs.
 * @returns folders, and .pt files.
 * @throws file/not-found, sae/malformed (there is none)
 */
export async function findSaes(path: string): Promise<string[]> {
  if (await isFile(path)) {
    if (path.endsWith('.pt')) return [path];
    throw new InterpError('sae/malformed', `${path} is neither a folder nor a .pt file.`, {
      data: { file: path },
    });
  }
  if (!(await isDirectory(path))) {
    throw new InterpError('file/not-found', `SAE folder ${path} does not exist.`, { data: { file: path } });
  }
  const found = await below(path, 0);
  if (found.length > 0) return found;
  throw new InterpError(
    'sae/malformed',
    `${path} holds no SAE: no ${CONFIG_FILE}, no ${DICTIONARY.config} with ${DICTIONARY.weights}, no .pt file that says where it belongs; nor does any of its subfolders.`,
    { data: { file: join(path, CONFIG_FILE) } },
  );
}

/**
 * Where a SAE was fetched from, as the card.json of its folder says; null when it says nothing. What lies in a file of
 * that name without a source is somebody else's.
 */
export async function sourceOf(path: string): Promise<string | null> {
  const file = join((await isDirectory(path)) ? path : dirname(path), CARD_FILE);
  if (!(await isFile(file))) return null;
  const { source } = await readJsonFile(file, 'sae/malformed');
  return typeof source === 'string' ? source : null;
}

/** `{name}_cfg.json` of `{name}.pt`. */
export function sidecarOf(pt: string): string {
  return `${pt.slice(0, -'.pt'.length)}_cfg.json`;
}

async function below(folder: string, depth: number): Promise<string[]> {
  if (depth <= MAX_DEPTH.folder && (await isSaeFolder(folder))) return [folder];
  const entries = await readdir(folder).catch((error: unknown) => Promise.reject(fileError(folder, error)));
  const found: string[] = [];
  for (const name of entries.toSorted()) {
    const path = join(folder, name);
    if (await isFile(path)) {
      if (name.endsWith('.pt') && (await hasPlace(path))) found.push(path);
    } else if (depth < MAX_DEPTH.pt && !name.startsWith('.') && (await isDirectory(path))) {
      found.push(...(await below(path, depth + 1)));
    }
  }
  return found;
}

/** Whether a .pt file says where it belongs: others in a folder may be anything. */
async function hasPlace(pt: string): Promise<boolean> {
  if (openAiPlace(pt) !== null || (await isFile(sidecarOf(pt)))) return true;
  return openAiPlace((await sourceOf(pt)) ?? '') !== null;
}

async function isSaeFolder(folder: string): Promise<boolean> {
  if (await isFile(join(folder, CONFIG_FILE))) return true;
  return (await isFile(join(folder, DICTIONARY.config))) && (await isFile(join(folder, DICTIONARY.weights)));
}
