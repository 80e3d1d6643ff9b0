import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { SaeConfig } from '../../core/sae/config.ts';
import { parseSaeConfig } from '../../core/sae/parseSaeConfig.ts';
import { findRelease } from '../../core/sae/releases.ts';
import { parseActivationScale } from '../../core/sae/activationScale.ts';
import { distinctIds, saeId } from '../../core/sae/saeId.ts';
import { assembleSaeTensors, assertAllOnes } from '../../core/sae/saeTensors.ts';
import { readSafetensorsHeader } from '../../core/weights/safetensors.ts';
import type { TensorEntry } from '../../core/weights/tensorEntry.ts';
import { fileError } from './fileError.ts';
import { isDirectory, isFile, withFile } from './fileByteSource.ts';
import { assertFinite, readTensor } from './tensors.ts';
import { readJsonFile } from './textFile.ts';

const CONFIG_FILE = 'cfg.json';
const SCALER_FILE = 'activation_scaler.json';
const WEIGHTS_FILE = 'sae_weights.safetensors';
/** SAEs up to this size are scanned for NaN when opened; see openCheckpoint. */
const MAX_SCANNED_BYTES = 2 ** 28;

/** An opened SAE folder: validated configuration and the place of every tensor. */
export interface SaeFolder {
  /** `{layer}-{set}`, distinct among the SAEs opened together. */
  readonly id: string;
  readonly config: SaeConfig;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly directory: string;
  readonly warnings: readonly string[];
}

/**
 * Opens SAE folders and folders of SAE folders, in order of layer, then id.
 * @throws sae/malformed, sae/unsupported, weights/*, file/not-found (a folder that holds no SAE)
 */
export async function openSaes(folders: readonly string[]): Promise<SaeFolder[]> {
  const directories = (await Promise.all(folders.map(findSaeFolders))).flat();
  const opened: SaeFolder[] = [];
  for (const directory of new Set(directories)) opened.push(await openSae(directory));
  const inOrder = opened.toSorted(
    (a, b) => a.config.layer - b.config.layer || a.id.localeCompare(b.id, 'en'),
  );
  const ids = distinctIds(inOrder.map(({ id }) => id));
  return inOrder.map((sae, index) => ({ ...sae, id: ids[index] ?? sae.id }));
}

/** The folder itself when it has cfg.json, else its subfolders that have one. @throws file/not-found, sae/malformed */
export async function findSaeFolders(folder: string): Promise<string[]> {
  if (!(await isDirectory(folder))) {
    throw new InterpError('file/not-found', `SAE folder ${folder} does not exist.`, {
      data: { file: folder },
    });
  }
  if (await isFile(join(folder, CONFIG_FILE))) return [folder];
  const names = await readdir(folder).catch((error: unknown) => Promise.reject(fileError(folder, error)));
  const found: string[] = [];
  for (const name of names.toSorted()) {
    if (await isFile(join(folder, name, CONFIG_FILE))) found.push(join(folder, name));
  }
  if (found.length > 0) return found;
  throw new InterpError(
    'sae/malformed',
    `${folder} holds no ${CONFIG_FILE}, nor does any of its subfolders.`,
    {
      data: { file: join(folder, CONFIG_FILE) },
    },
  );
}

async function openSae(directory: string): Promise<SaeFolder> {
  const file = join(directory, CONFIG_FILE);
  const json = await readJsonFile(file, 'sae/malformed');
  const weights = join(directory, WEIGHTS_FILE);
  if (!(await isFile(weights))) {
    throw new InterpError('sae/malformed', `${directory} holds no ${WEIGHTS_FILE}.`, {
      data: { file: weights },
    });
  }
  const header = await withFile(weights, readSafetensorsHeader);
  const stored = new Map([...header.tensors.values()].map(({ name, shape }) => [name, shape]));
  const release = findRelease(directory);
  const scale = await readActivationScale(join(directory, SCALER_FILE));
  const { config, neuronpedia_id, warnings } = parseSaeConfig(json, { file, stored, release, scale });
  const assembled = assembleSaeTensors(config, header);
  for (const entry of assembled.scaling) assertAllOnes(entry, (await readTensor(entry)).data);
  const { tensors } = assembled;
  const bytes = [...tensors.values()].reduce((sum, { length }) => sum + length, 0);
  if (bytes <= MAX_SCANNED_BYTES) await assertFinite(tensors.values());
  const id = saeId(config.hook_name, neuronpedia_id);
  return { id, config, tensors, directory, warnings: [...warnings, ...assembled.warnings] };
}

/** Null without the file. @throws sae/malformed, sae/unsupported */
async function readActivationScale(file: string): Promise<number | null> {
  return (await isFile(file)) ? parseActivationScale(await readJsonFile(file, 'sae/malformed'), file) : null;
}
