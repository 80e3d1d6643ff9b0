import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../../core/json.ts';
import { readProgress } from './checkpoint.ts';
import { PARTIAL, REQUEST_FILE } from './runScan.ts';
import { HEAD_FILE, type IndexHead, type IndexRequest } from './writeIndex.ts';

/** An index on disk, whole or of a scan that is not done. */
export type FoundIndex =
  | {
      readonly state: 'whole';
      readonly name: string;
      readonly folder: string;
      readonly head: IndexHead;
      readonly bytes: number;
      /** When it was written, milliseconds. */
      readonly written: number;
    }
  | {
      readonly state: 'partial';
      readonly name: string;
      readonly folder: string;
      readonly request: IndexRequest;
      readonly bytes: number;
      readonly written: number;
      readonly windows: number;
      readonly tokens: number;
      readonly done: number;
    };

/** What lies below a folder of indexes; what cannot be read as one is passed over. Newest first. */
export async function findIndexes(folder: string): Promise<FoundIndex[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(names.map((name) => describe(folder, name)));
  return found.filter((index) => index !== null).toSorted((a, b) => b.written - a.written);
}

async function describe(parent: string, name: string): Promise<FoundIndex | null> {
  const folder = join(parent, name);
  try {
    const { bytes, written } = await measure(folder);
    if (!name.endsWith(PARTIAL)) {
      const head = (await readHead(join(folder, HEAD_FILE))) as IndexHead | null;
      return head ? { state: 'whole', name, folder, head, bytes, written } : null;
    }
    const request = (await readHead(join(folder, REQUEST_FILE))) as IndexRequest | null;
    if (!request) return null;
    const progress = await readProgress(folder).catch(() => null);
    const { windows = 0, tokens = 0 } = progress?.place ?? {};
    const done = progress?.done ?? 0;
    const own = name.slice(0, -PARTIAL.length);
    return { state: 'partial', name: own, folder, request, bytes, written, windows, tokens, done };
  } catch {
    return null;
  }
}

/** A file that this code wrote: its outside is looked at, its inside is trusted. */
async function readHead(path: string): Promise<unknown> {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  return isJsonObject(value) && isJsonObject(value['key']) && Array.isArray(value['families']) ? value : null;
}

async function measure(folder: string): Promise<{ readonly bytes: number; readonly written: number }> {
  const { mtimeMs } = await stat(folder);
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return { bytes, written: mtimeMs };
}

/** Removes an index and what a paused scan of the same request left. */
export async function removeIndex(folder: string, name: string): Promise<void> {
  for (const each of [name, `${name}${PARTIAL}`]) {
    await rm(join(folder, each), { recursive: true, force: true });
  }
}
