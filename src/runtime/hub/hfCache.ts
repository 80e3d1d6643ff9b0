import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { digestOfEtag, type Digest } from './digest.ts';

/** A file of Hugging Face's cache. */
export interface CachedFile {
  /** Its real place; snapshots are links. */
  readonly file: string;
  readonly bytes: number;
  /** What the name of its blob says of its content; null where the cache holds copies (Windows). */
  readonly digest: Digest | null;
}

export interface HubCache {
  /** Commit of a branch or tag when it was last asked for; a commit is itself. Null = nothing is here. */
  commit(repository: string, revision: string): Promise<string | null>;
  /** Folders in which the snapshot of a commit may lie. */
  snapshots(repository: string, commit: string): readonly string[];
  /** A file of a snapshot, else the content of this digest from any other snapshot. */
  find(repository: string, wanted: WantedFile): Promise<CachedFile | null>;
}

export interface WantedFile {
  /** Null = any commit, by its digest. */
  readonly commit: string | null;
  readonly path: string;
  readonly digest: Digest | null;
}

const COMMIT = /^[0-9a-f]{40}$/;
/** Owners under whose names repositories of the days without owners live now: both names are found in caches. */
const OWNERS = new Set(['openai-community', 'distilbert']);

/**
 * Hugging Face's cache: `models--{owner}--{name}/{blobs/{etag}, snapshots/{commit}/{path}, refs/{revision}}`. Only read.
 */
export function openHubCache(folder: string): HubCache {
  const foldersOf = (repository: string): string[] => {
    const [owner = '', name] = repository.split('/');
    const names = name !== undefined && OWNERS.has(owner) ? [repository, name] : [repository];
    return names.map((each) => join(folder, `models--${each.replaceAll('/', '--')}`));
  };
  return {
    commit: async (repository, revision) => {
      for (const each of foldersOf(repository)) {
        const isHere = await isFolder(join(each, 'snapshots', revision));
        if (COMMIT.test(revision) && isHere) return revision;
        const ref = await readFile(join(each, 'refs', ...revision.split('/')), 'utf8').catch(() => '');
        if (COMMIT.test(ref.trim())) return ref.trim();
      }
      return null;
    },
    snapshots: (repository, commit) => foldersOf(repository).map((each) => join(each, 'snapshots', commit)),
    find: async (repository, { commit, path, digest }) => {
      for (const each of foldersOf(repository)) {
        const parts = path.split('/');
        const inSnapshot = commit === null ? null : await cached(join(each, 'snapshots', commit, ...parts));
        if (inSnapshot && isSame(inSnapshot.digest, digest)) return inSnapshot;
        if (digest === null || digest.kind === 'md5') continue;
        const blob = await cached(join(each, 'blobs', digest.hex));
        if (blob) return blob;
      }
      return null;
    },
  };
}

async function cached(path: string): Promise<CachedFile | null> {
  try {
    const file = await realpath(path);
    const found = await stat(file);
    return found.isFile() ? { file, bytes: found.size, digest: digestOfEtag(basename(file)) } : null;
  } catch {
    return null;
  }
}

/** Two digests of one kind differ, or nothing speaks against it. */
function isSame(a: Digest | null, b: Digest | null): boolean {
  return a === null || b === null || a.kind !== b.kind || a.hex === b.hex;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
