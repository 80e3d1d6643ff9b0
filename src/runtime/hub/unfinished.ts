import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { writeJson } from '../files/jsonFile.ts';
import { isLocked } from '../files/lock.ts';
import type { HubFolders } from './installed.ts';
import { bytesHere } from './part.ts';

/** What is being fetched, so that a list can say it and a later run can go on; never part of what is installed. */
const NOTE = 'adding.json';
/** Folders that were to be removed when their process ended. */
const REMOVED = 'removed-';
const KEY = /^(?<kind>model|sae)-(?<name>.+)$/;

export interface Unfinished {
  readonly kind: 'model' | 'sae';
  /** Name of its folder among the downloads. */
  readonly key: string;
  readonly title: string;
  readonly model: string;
  /** Of a SAE: name of the folder that it gets. */
  readonly sae: string | null;
  readonly text: string | null;
  readonly bytes: number;
  readonly totalBytes: number;
  readonly isRunning: boolean;
}

/** What `writeNote` keeps. */
export interface UnfinishedNote {
  readonly kind: 'model' | 'sae';
  readonly title: string;
  readonly model: string;
  readonly sae: string | null;
  readonly text: string;
  /** Those that are fetched. */
  readonly files: readonly { readonly path: string; readonly bytes: number | null }[];
}

export async function writeNote(staging: string, note: UnfinishedNote): Promise<void> {
  await writeJson(join(staging, NOTE), note);
}

export async function removeNote(staging: string): Promise<void> {
  await rm(join(staging, NOTE), { force: true });
}

/** Downloads that are not whole, in order of their keys. */
export async function unfinished(folders: HubFolders): Promise<Unfinished[]> {
  const downloads = downloadsOf(folders);
  const entries = await readdir(downloads, { withFileTypes: true }).catch(() => []);
  const found: Unfinished[] = [];
  for (const { name } of entries.filter((entry) => entry.isDirectory()).toSorted(byName)) {
    const parts = KEY.exec(name)?.groups;
    if (!parts) continue;
    const one = await read(folders, name);
    // Refused before its first byte, for want of room perhaps.
    if (one.text !== null || (await readdir(folders.staging(name))).length > 0) found.push(one);
  }
  return found;
}

/** Removes what a process left that ended while it removed something. */
export async function cleanDownloads(folders: HubFolders): Promise<void> {
  const downloads = downloadsOf(folders);
  const names = await readdir(downloads).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(REMOVED))) {
    // Another process may be at it: what it cannot remove now, the next one will.
    await rm(join(downloads, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function read(folders: HubFolders, key: string): Promise<Unfinished> {
  const staging = folders.staging(key);
  const isRunning = await isLocked(folders.lock(key));
  const note = await readNote(join(staging, NOTE));
  if (note === null) return { ...unknown(key), isRunning };
  let bytes = 0;
  for (const { path } of note.files) bytes += await bytesHere(join(staging, path));
  const totalBytes = note.files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  const { title, model, sae, text } = note;
  return { kind: note.kind, key, title, model, sae, text, bytes, totalBytes, isRunning };
}

/** Begun by an older version, which left no note. */
function unknown(key: string): Omit<Unfinished, 'isRunning'> {
  const { kind, name = key } = KEY.exec(key)?.groups ?? {};
  const none = { text: null, bytes: 0, totalBytes: 0, sae: null };
  return { ...none, kind: kind === 'sae' ? 'sae' : 'model', key, title: name, model: name };
}

async function readNote(file: string): Promise<UnfinishedNote | null> {
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isJsonObject(json) ? noteOf(json) : null;
  } catch {
    return null;
  }
}

function noteOf({ kind, title, model, sae, text, files }: JsonObject): UnfinishedNote | null {
  if (typeof title !== 'string' || typeof model !== 'string' || typeof text !== 'string') return null;
  const listed = (Array.isArray(files) ? files : []).filter(isJsonObject).flatMap(({ path, bytes }) =>
    // A note is a file like any other: no name of it leads out of the folder.
    typeof path === 'string' && path === basename(path)
      ? [{ path, bytes: typeof bytes === 'number' ? bytes : null }]
      : [],
  );
  return {
    kind: kind === 'sae' ? 'sae' : 'model',
    title,
    model,
    sae: typeof sae === 'string' ? sae : null,
    text,
    files: listed,
  };
}

function downloadsOf(folders: HubFolders): string {
  return dirname(folders.staging('any'));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name.localeCompare(b.name, 'en');
}
