import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../../core/json.ts';
import { diskError } from '../files/disk.ts';
import { isFile } from '../files/fileByteSource.ts';
import { readJson } from '../files/jsonFile.ts';

/** A file of an installed folder, as its card has it. */
export interface CardFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly checked: 'sha256' | 'git' | 'md5' | 'length' | 'not';
  readonly linked: string | null;
}

/** What card.json says of how a folder came here. */
export interface InstalledCard {
  readonly source: string;
  readonly revision: string | null;
  readonly licence: string | null;
  readonly added: string;
  readonly files: readonly CardFile[];
}

/** A folder that was installed. */
export interface InstalledFolder extends InstalledCard {
  readonly kind: 'model' | 'sae';
  /** Name of the model's folder. */
  readonly model: string;
  /** Of a SAE: name of its folder. */
  readonly sae: string | null;
  readonly folder: string;
  readonly bytes: number;
  readonly problem: string | null;
}

const CARD = 'card.json';
const CONFIG = 'config.json';
/** Where what is being fetched lies, beside the models: on the same disk, so that a rename installs it. */
const DOWNLOADS = '.downloads';
const CHECKS = ['sha256', 'git', 'md5', 'length', 'not'] as const;

/** Folders below the storage. */
export interface HubFolders {
  readonly models: string;
  model(name: string): string;
  sae(model: string, name: string): string;
  /** What is fetched before it is installed. */
  staging(key: string): string;
  lock(key: string): string;
}

export function hubFolders(storage: string): HubFolders {
  const models = join(storage, 'models');
  return {
    models,
    model: (name) => join(models, name),
    sae: (model, name) => join(models, model, 'saes', name),
    staging: (key) => join(models, DOWNLOADS, key),
    lock: (key) => join(models, DOWNLOADS, `${key}.lock`),
  };
}

/** Every model and SAE that was installed, models in order of name, each before its SAEs. */
export async function installedFolders(folders: HubFolders): Promise<InstalledFolder[]> {
  const found: InstalledFolder[] = [];
  for (const model of await names(folders.models)) {
    if (model.startsWith('.')) continue;
    const folder = folders.model(model);
    // config.json comes last: a folder without it holds SAEs alone.
    const own = (await hasConfig(folder)) ? await readInstalled(folder) : null;
    if (own) found.push({ ...own, kind: 'model', model, sae: null });
    for (const sae of await names(join(folder, 'saes'))) {
      const card = await readInstalled(folders.sae(model, sae));
      if (card) found.push({ ...card, kind: 'sae', model, sae });
    }
  }
  return found;
}

/**
 * Moves a finished folder to its place. Where a folder is already (a model whose SAEs came first), its files are moved
 * one by one, config.json last: until then there is no model. @throws file/unwritable
 */
export async function installFolder(staging: string, target: string): Promise<void> {
  try {
    await mkdir(join(target, '..'), { recursive: true });
    if (!(await exists(target))) return await rename(staging, target);
    const own = (await readdir(staging)).filter((name) => name !== CONFIG);
    const isModel = await isFile(join(staging, CONFIG));
    for (const name of isModel ? [...own, CONFIG] : own)
      await rename(join(staging, name), join(target, name));
    await rm(staging, { recursive: true, force: true });
  } catch (error) {
    throw diskError(target, error);
  }
}

/** Removes a folder: it is gone under its name first, so that nobody opens half of it. @throws file/unwritable */
export async function removeFolder(folders: HubFolders, folder: string): Promise<void> {
  const aside = folders.staging(`removed-${randomUUID()}`);
  try {
    await mkdir(join(aside, '..'), { recursive: true });
    await rename(folder, aside);
    await rm(aside, { recursive: true, force: true });
  } catch (error) {
    throw diskError(folder, error);
  }
}

async function readInstalled(
  folder: string,
): Promise<Omit<InstalledFolder, 'kind' | 'model' | 'sae'> | null> {
  const json = await readJson(join(folder, CARD));
  if (json === null || typeof json['source'] !== 'string') return null;
  const files = (Array.isArray(json['files']) ? json['files'] : []).flatMap(cardFile);
  const missing = await firstMissing(folder, files);
  return {
    folder,
    source: json['source'],
    revision: text(json['revision']),
    licence: text(json['licence']),
    added: text(json['added']) ?? '',
    files,
    bytes: files.reduce((sum, { bytes, linked }) => sum + (linked === null ? bytes : 0), 0),
    problem: missing,
  };
}

async function firstMissing(folder: string, files: readonly CardFile[]): Promise<string | null> {
  for (const { path, bytes, linked } of files) {
    const found = await stat(join(folder, path)).catch(() => null);
    if (found === null) {
      return linked === null
        ? `${path} is missing.`
        : `${path} was used where it lay, ${linked}, and is gone there.`;
    }
    if (found.size !== bytes) return `${path} has ${found.size} bytes, and had ${bytes} when it was added.`;
  }
  return null;
}

function cardFile(value: unknown): CardFile[] {
  if (!isJsonObject(value)) return [];
  const { path, bytes, sha256, checked, linked } = value;
  const how = CHECKS.find((name) => name === checked);
  if (typeof path !== 'string' || typeof bytes !== 'number' || typeof sha256 !== 'string' || !how) return [];
  return [{ path, bytes, sha256, checked: how, linked: text(linked) }];
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A link to a file that is gone still says that here is a model. */
async function hasConfig(folder: string): Promise<boolean> {
  return lstat(join(folder, CONFIG)).then(
    () => true,
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).toSorted();
}
