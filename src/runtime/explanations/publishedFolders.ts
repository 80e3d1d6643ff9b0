import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelNamed } from '../../core/hub/models.ts';
import { safeName } from '../../core/hub/fileName.ts';
import type { PublishedSet } from '../../core/hub/published/publishedSet.ts';
import { readJson } from '../files/jsonFile.ts';

/** What set.json says of a set that was imported, wholly or in part. */
export interface SetCard extends Pick<
  PublishedSet,
  'id' | 'model' | 'title' | 'label' | 'source' | 'licence' | 'notes'
> {
  readonly added: string;
}

export interface SetFolder {
  readonly card: SetCard;
  readonly folder: string;
}

export const SET_CARD = 'set.json';

const PACK = /^(.+)\.(?:words\.jsonl|records|evidence)$/;

/** Kinds of pack that a family of a set may have. */
export type PackKind = 'words.jsonl' | 'records' | 'evidence';

/** `{storage}/published/{model}/{set}/`: what was published lies beside the models, not in a workspace. */
export function publishedFolder(storage: string, model: string, set: string): string {
  return join(modelFolder(storage, model), safeName(set));
}

/** `{family}.words.jsonl`, `{family}.records`, `{family}.evidence`, each with its index. */
export function packFile(folder: string, family: string, kind: PackKind): string {
  return join(folder, `${safeName(family)}.${kind}`);
}

/** Sets of a model, or of all, in order of their ids. */
export async function setFolders(storage: string, model: string | null): Promise<SetFolder[]> {
  const root = join(storage, 'published');
  const models = model === null ? await names(root) : [safeName(nameOf(model))];
  const found: SetFolder[] = [];
  for (const each of models) {
    for (const set of await names(join(root, each))) {
      if (set.startsWith('.')) continue;
      const folder = join(root, each, set);
      const card = await readCard(join(folder, SET_CARD));
      if (card) found.push({ card, folder });
    }
  }
  return found;
}

/** Families of units that a set's folder has packs of. */
export async function familiesIn(folder: string): Promise<string[]> {
  const packs = (await names(folder)).flatMap((name) => PACK.exec(name)?.[1] ?? []);
  return [...new Set(packs)];
}

/** Bytes of all files of a folder, its subfolders left out. */
export async function folderBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const name of await names(folder)) {
    const file = await stat(join(folder, name)).catch(() => null);
    sum += file?.isFile() === true ? file.size : 0;
  }
  return sum;
}

function modelFolder(storage: string, model: string): string {
  return join(storage, 'published', safeName(nameOf(model)));
}

/** GPT-2 small is one model under each of its names. */
function nameOf(model: string): string {
  return modelNamed(model)?.id ?? model;
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).toSorted();
}

/** Null: no card, or half of one: the set is not there, and importing it again writes it. */
async function readCard(file: string): Promise<SetCard | null> {
  const json = await readJson(file);
  if (json === null) return null;
  const { id, model, title, label, source, licence, notes, added } = json;
  if (typeof id !== 'string' || typeof model !== 'string' || typeof label !== 'string') return null;
  return {
    id,
    model,
    label,
    title: typeof title === 'string' ? title : id,
    source: typeof source === 'string' ? source : '',
    licence: typeof licence === 'string' ? licence : null,
    notes: Array.isArray(notes) ? notes.filter((note) => typeof note === 'string') : [],
    added: typeof added === 'string' ? added : '',
  };
}
