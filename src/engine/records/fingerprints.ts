import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeJson } from '../../runtime/files/jsonFile.ts';
import { fileError } from '../../runtime/files/fileError.ts';
import { isFile } from '../../runtime/files/fileByteSource.ts';
import type { AttachedSae, OpenModel } from '../openModel.ts';

/** Hashes of models and SAEs by their contents. */
export interface Fingerprints {
  model(model: OpenModel): Promise<string>;
  sae(sae: AttachedSae): Promise<string>;
}

interface FileHash {
  readonly size: number;
  readonly modified: number;
  readonly hash: string;
}

const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'vocab.json', 'merges.txt'];

/**
 * Files are hashed whole; the hash is kept in `cacheFile` and used again while size and time of change are the same.
 * An open model is hashed once: what runs is what was loaded.
 */
export function createFingerprints(cacheFile: () => string): Fingerprints {
  const done = new WeakMap<object, Promise<string>>();
  const once = (of: object, make: () => Promise<string>): Promise<string> => {
    const known = done.get(of);
    if (known) return known;
    const made = make();
    done.set(of, made);
    made.catch(() => done.delete(of));
    return made;
  };
  const hashAll = (facts: unknown, files: readonly string[]): Promise<string> =>
    hashFiles(facts, files, cacheFile());
  return {
    model: (model) =>
      once(model, async () => {
        const { checkpoint, info } = model;
        const weights = new Set([...checkpoint.tensors.values()].map(({ file }) => file));
        const tokenizer = TOKENIZER_FILES.map((name) => join(checkpoint.directory, name));
        const present: string[] = [];
        for (const file of tokenizer) if (await isFile(file)) present.push(file);
        return hashAll({ config: checkpoint.config, bos: info.bos }, [...weights, ...present]);
      }),
    sae: (sae) =>
      once(sae, () => {
        const files = new Set([...sae.tensors.values()].map(({ file }) => file));
        return hashAll({ config: sae.config }, [...files]);
      }),
  };
}

async function hashFiles(facts: unknown, files: readonly string[], cacheFile: string): Promise<string> {
  const cache = await readCache(cacheFile);
  const hash = createHash('sha256').update(JSON.stringify(facts));
  let fresh = false;
  for (const file of files) {
    const { size, mtimeMs } = await stat(file).catch((error: unknown) => {
      throw fileError(file, error);
    });
    const known = cache[file];
    if (!known || known.size !== size || known.modified !== mtimeMs) {
      cache[file] = { size, modified: mtimeMs, hash: await hashFile(file) };
      fresh = true;
    }
    hash.update(cache[file]?.hash ?? '');
  }
  if (fresh) await writeJson(cacheFile, cache);
  return hash.digest('hex').slice(0, 32);
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 }))
      hash.update(chunk as Buffer);
  } catch (error) {
    throw fileError(file, error);
  }
  return hash.digest('hex');
}

/** A cache that cannot be read is an empty one. */
async function readCache(file: string): Promise<Record<string, FileHash>> {
  return ((await readJson(file)) ?? {}) as Record<string, FileHash>;
}
