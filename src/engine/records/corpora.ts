import { isJsonObject } from '../../core/json.ts';
import type { Corpus, CorpusRef, SkippedFile } from '../../core/records/corpus.ts';
import { openCorpus, type CorpusDigest, type DigestMemory } from '../../runtime/corpus/openCorpus.ts';
import { readJson, writeJson } from '../../runtime/files/jsonFile.ts';

/** Digests kept on disk; the oldest go first. */
const KEPT = 200;

/**
 * Opens corpora. What a file corpus holds is read once: its digest is kept in `cacheFile` and used again while names,
 * sizes and times of change of its files are the same.
 */
export function createCorpora(cacheFile: () => string): (ref: CorpusRef) => Promise<Corpus> {
  let read: Promise<Map<string, CorpusDigest>> | null = null;
  const known = (): Promise<Map<string, CorpusDigest>> => (read ??= readDigests(cacheFile()));
  const memory: DigestMemory = {
    get: async (stamp) => (await known()).get(stamp) ?? null,
    set: async (stamp, digest) => {
      const all = (await known()).set(stamp, digest);
      for (const oldest of all.keys()) {
        if (all.size <= KEPT) break;
        all.delete(oldest);
      }
      await writeJson(cacheFile(), Object.fromEntries(all));
    },
  };
  return (ref) => openCorpus(ref, memory);
}

/** A cache that cannot be read is an empty one. */
async function readDigests(file: string): Promise<Map<string, CorpusDigest>> {
  const entries = Object.entries((await readJson(file)) ?? {});
  return new Map(entries.flatMap(([stamp, digest]) => (isDigest(digest) ? [[stamp, digest] as const] : [])));
}

function isDigest(value: unknown): value is CorpusDigest {
  if (!isJsonObject(value)) return false;
  const { hash, bytes, leftOut } = value;
  return (
    typeof hash === 'string' &&
    typeof bytes === 'number' &&
    Array.isArray(leftOut) &&
    leftOut.every(isSkipped)
  );
}

function isSkipped(value: unknown): value is SkippedFile {
  return isJsonObject(value) && typeof value['name'] === 'string' && typeof value['reason'] === 'string';
}
