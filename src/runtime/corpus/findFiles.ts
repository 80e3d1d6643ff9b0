import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from '../files/fileError.ts';

/** How a file of a corpus is read. */
export type CorpusFormat = 'text' | 'prompt' | 'jsonl' | 'parquet';

export interface CorpusFile {
  readonly path: string;
  /** For people: with the name of the folder that was chosen, `/` between parts. */
  readonly name: string;
  readonly format: CorpusFormat;
  readonly bytes: number;
  /** Time of its last change, milliseconds. */
  readonly modified: number;
  /** Whether it was chosen itself, or lies in a folder that was. */
  readonly chosen: 'itself' | 'folder';
}

const FORMATS: Readonly<Record<string, CorpusFormat>> = {
  '.txt': 'text',
  '.md': 'text',
  '.prompt': 'prompt',
  '.jsonl': 'jsonl',
  '.parquet': 'parquet',
};
const SKIPPED: ReadonlySet<string> = new Set(['node_modules']);

/**
 * The files of a corpus in one fixed order: paths as they were chosen, what a folder holds by name, byte by byte.
 * Links are followed, no file comes twice. Of folders, names that begin with a dot, node_modules and files of other
 * extensions are passed over; a file that was chosen itself is text whatever it is called.
 * @throws file/not-found, file/unreadable
 */
export async function findFiles(chosen: readonly string[]): Promise<CorpusFile[]> {
  const search: Search = { files: [], seen: new Set() };
  for (const each of chosen) {
    const name = path.basename(each);
    const place = await locate(each);
    if (place.kind === 'folder') await addFolder(search, { ...place, name });
    else addFile(search, { ...place, name, format: formatOf(each) ?? 'text', chosen: 'itself' });
  }
  return search.files;
}

interface Search {
  readonly files: CorpusFile[];
  /** Real paths. */
  readonly seen: Set<string>;
}

interface Place {
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly real: string;
  readonly bytes: number;
  readonly modified: number;
}

async function addFolder(search: Search, folder: Place & { readonly name: string }): Promise<void> {
  if (search.seen.has(folder.real)) return;
  search.seen.add(folder.real);
  const names = await readdir(folder.path).catch((error: unknown) => {
    throw fileError(folder.path, error);
  });
  for (const own of names.sort()) {
    if (own.startsWith('.') || SKIPPED.has(own)) continue;
    const name = `${folder.name}/${own}`;
    const place = await locate(path.join(folder.path, own), { links: 'may be broken' });
    if (place === null) continue;
    const format = formatOf(own);
    if (place.kind === 'folder') await addFolder(search, { ...place, name });
    else if (format) addFile(search, { ...place, name, format, chosen: 'folder' });
  }
}

function addFile(search: Search, file: Place & Pick<CorpusFile, 'name' | 'format' | 'chosen'>): void {
  if (search.seen.has(file.real)) return;
  search.seen.add(file.real);
  const { path: place, name, format, bytes, modified, chosen } = file;
  search.files.push({ path: place, name, format, bytes, modified, chosen });
}

async function locate(file: string): Promise<Place>;
async function locate(file: string, options: { readonly links: 'may be broken' }): Promise<Place | null>;
async function locate(file: string, options?: { readonly links: 'may be broken' }): Promise<Place | null> {
  try {
    const real = await realpath(file);
    const found = await stat(real);
    const kind = found.isDirectory() ? 'folder' : 'file';
    if (!found.isDirectory() && !found.isFile()) return null;
    return { kind, path: file, real, bytes: found.size, modified: found.mtimeMs };
  } catch (error) {
    const failed = fileError(file, error);
    if (options?.links === 'may be broken' && failed.code === 'file/not-found') return null;
    throw failed;
  }
}

function formatOf(name: string): CorpusFormat | null {
  return FORMATS[path.extname(name).toLowerCase()] ?? null;
}
