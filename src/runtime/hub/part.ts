import type { Hash } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { InterpError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { readJson } from '../files/jsonFile.ts';
import { feedFile, startDigest, type Digest } from './digest.ts';
import type { RemoteState } from './hosts.ts';

/** A file that was fetched and checked. */
export interface Downloaded {
  readonly bytes: number;
  readonly etag: string | null;
  /** What the content was compared with; null = only its length. */
  readonly digest: Digest | null;
  /** Computed here, whatever the host states. */
  readonly sha256: string;
}

/** Bytes that are here, what they are a part of, and their running digests. */
export interface Part {
  have: number;
  /** Most bytes that were ever here: a host that always breaks off at one place gets nobody ahead. */
  best: number;
  known: RemoteState | null;
  meter: Meter | null;
}

/** Digests over the bytes so far. */
export interface Meter {
  update(chunk: Uint8Array): void;
  end(): { readonly sha256: string; readonly found: string | null };
}

/** Where the part of a file lies until it is whole. */
export function partialOf(file: string): string {
  return `${file}.incomplete`;
}

/** Beside it: what it is a part of. It stays beside the whole file until that is installed. */
export function stateOf(file: string): string {
  return `${file}.state.json`;
}

/** Bytes that an earlier run left of a file, whole or not. */
export async function bytesHere(file: string): Promise<number> {
  return (await sizeOf(file)) ?? (await sizeOf(partialOf(file))) ?? 0;
}

/** The part of an earlier run, when it is known what it is a part of; else nothing, and what lies there is removed. */
export async function resumePart(file: string): Promise<Part> {
  const have = (await sizeOf(partialOf(file))) ?? 0;
  const known = have === 0 ? null : await readState(file);
  if (known) return { have, best: have, known, meter: null };
  await dropPart(file);
  return { have: 0, best: 0, known: null, meter: null };
}

export async function dropPart(file: string): Promise<void> {
  await rm(partialOf(file), { force: true });
  await rm(stateOf(file), { force: true });
}

export async function writeState(file: string, state: RemoteState | Downloaded): Promise<void> {
  await writeFile(stateOf(file), JSON.stringify(state));
}

/** The whole file of an earlier run, checked then; null when there is none. */
export async function finishedFile(file: string): Promise<Downloaded | null> {
  const bytes = await sizeOf(file);
  if (bytes === null) return null;
  const json = await readJson(stateOf(file));
  if (json === null || json['bytes'] !== bytes || typeof json['sha256'] !== 'string') return null;
  const { etag, digest } = readRemote(json);
  return { bytes, etag, digest, sha256: json['sha256'] };
}

/** Digests of a file of `size` bytes, fed with the part that is here. */
export async function startMeter(
  file: string,
  part: Part,
  expected: { readonly digest: Digest | null; readonly size: number | null; readonly signal: AbortSignal },
): Promise<Meter> {
  const sha256 = startDigest('sha256', 0);
  const { digest, size } = expected;
  const needsSize = digest?.kind === 'git';
  const theirs =
    digest === null || digest.kind === 'sha256' || (needsSize && size === null)
      ? null
      : startDigest(digest.kind, size ?? 0);
  const hashes: readonly Hash[] = theirs ? [sha256, theirs] : [sha256];
  const update = (chunk: Uint8Array): void => {
    for (const hash of hashes) hash.update(chunk);
  };
  await feedFile({ update }, partialOf(file), part.have, expected.signal);
  return {
    update,
    end: () => {
      const own = sha256.digest('hex');
      return { sha256: own, found: digest?.kind === 'sha256' ? own : (theirs?.digest('hex') ?? null) };
    },
  };
}

/** Gives the checked part its name. @throws hub/checksum */
export async function finishPart(
  file: string,
  part: Part,
  is: { readonly name: string; readonly etag: string | null; readonly digest: Digest | null },
): Promise<Downloaded> {
  const { sha256, found } = part.meter?.end() ?? { sha256: '', found: null };
  const { digest } = is;
  if (digest !== null && found !== null && found !== digest.hex) {
    throw new InterpError(
      'hub/checksum',
      `${is.name} was damaged on its way: its ${digest.kind} is ${found}, and it should be ${digest.hex}.`,
      { data: { file: is.name, found, expected: digest.hex } },
    );
  }
  const done = { bytes: part.have, etag: is.etag, digest: found === null ? null : digest, sha256 };
  await writeState(file, done);
  await rename(partialOf(file), file);
  return done;
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ size }) => size,
    () => null,
  );
}

async function readState(file: string): Promise<RemoteState | null> {
  const json = await readJson(stateOf(file));
  return json === null ? null : readRemote(json);
}

function readRemote(json: Readonly<Record<string, unknown>>): RemoteState {
  const { etag, bytes, digest } = json;
  return {
    etag: typeof etag === 'string' ? etag : null,
    bytes: typeof bytes === 'number' ? bytes : null,
    digest: isDigest(digest) ? digest : null,
  };
}

function isDigest(value: unknown): value is Digest {
  return (
    isJsonObject(value) &&
    typeof value['hex'] === 'string' &&
    ['sha256', 'git', 'md5'].includes(String(value['kind']))
  );
}
