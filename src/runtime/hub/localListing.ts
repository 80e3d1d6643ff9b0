import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ListedFile } from '../../core/hub/repositoryFiles.ts';
import { digestOfEtag } from './digest.ts';

/** A file on this machine. */
export interface LocalFile extends ListedFile {
  /** Its real place. */
  readonly file: string;
}

/** Folders deeper than this are not those of models or SAEs. */
const MAX_DEPTH = 4;
const MAX_FILES = 5000;

/**
 * Files of a folder and of those in it. Links are followed; where the real file is named by a digest, as those of
 * Hugging Face's cache are, that is its digest. A folder that is not there has none.
 */
export async function localListing(folder: string): Promise<LocalFile[]> {
  const found: LocalFile[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    const entries = await readdir(join(folder, path), { withFileTypes: true }).catch(() => []);
    for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (name.startsWith('.') || found.length >= MAX_FILES) continue;
      const inner = path === '' ? name : `${path}/${name}`;
      const real = await realpath(join(folder, inner)).catch(() => null);
      const info = real === null ? null : await stat(real).catch(() => null);
      if (real === null || info === null) continue;
      if (info.isDirectory() && depth < MAX_DEPTH) await visit(inner, depth + 1);
      if (info.isFile()) found.push({ path: inner, bytes: info.size, file: real, ...digests(real) });
    }
  };
  await visit('', 0);
  return found;
}

function digests(file: string): Pick<ListedFile, 'sha256' | 'gitSha1'> {
  const digest = digestOfEtag(basename(file));
  return {
    sha256: digest?.kind === 'sha256' ? digest.hex : null,
    gitSha1: digest?.kind === 'git' ? digest.hex : null,
  };
}
