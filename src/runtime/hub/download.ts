import { open, writeFile, type FileHandle } from 'node:fs/promises';
import { InterpError, isInterpError, throwIfCancelled } from '../../core/errors.ts';
import { diskError } from '../files/disk.ts';
import type { Digest } from './digest.ts';
import { HubFailure } from './failure.ts';
import { remoteState, type RemoteState } from './hosts.ts';
import type { HubHttp, HubReply } from './hubHttp.ts';
import {
  dropPart,
  finishedFile,
  finishPart,
  partialOf,
  resumePart,
  startMeter,
  writeState,
  type Downloaded,
  type Part,
} from './part.ts';
import { retrying, type RetryPolicy } from './retrying.ts';

export interface DownloadRequest {
  readonly url: string;
  /** As messages call it. */
  readonly name: string;
  /** Where the whole file is put. */
  readonly file: string;
  /** What is published, from a table: a host that says otherwise is not believed. */
  readonly pinned: { readonly bytes: number | null; readonly sha256: string | null };
  /** What the host's own list of files says of the content; used where its headers say nothing. */
  readonly listed: { readonly bytes: number | null; readonly digest: Digest | null };
  /** Called with the bytes that are here, checked or not. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

export interface DownloadPorts {
  readonly http: HubHttp;
  readonly policy: RetryPolicy;
  /** Opens the part; tests put a full disk here. */
  readonly openFile?: (path: string, flags: string) => Promise<PartFile>;
  /** Free bytes on the disk of a folder; tests put a small disk here. */
  readonly freeBytes?: (folder: string) => Promise<number | null>;
}

export type PartFile = Pick<FileHandle, 'write' | 'datasync' | 'close'>;

/** How often a file may begin anew because the host has another version now. */
const MAX_RESTARTS = 4;
/** How often it may arrive damaged. */
const MAX_DAMAGED = 2;

/** The host has another version than the part is of. */
class Restart extends Error {}

/**
 * Fetches one file, going on with the part that is here. The part outlives the process, a pause and a lost connection;
 * it is thrown away when the host has another version by then. The whole file appears under its name only after its
 * length and digest were found right.
 * @throws hub/unreachable, hub/not-found, hub/gated, hub/refused, hub/changed, hub/checksum, hub/disk-full, cancelled
 */
export async function download(request: DownloadRequest, ports: DownloadPorts): Promise<Downloaded> {
  const earlier = await finishedFile(request.file);
  if (earlier && isStillPublished(earlier, request)) {
    request.onBytes(earlier.bytes);
    return earlier;
  }
  let damaged = 0;
  for (let start = 0; start < MAX_RESTARTS; start++) {
    try {
      return await attempt(request, ports);
    } catch (error) {
      const isDamaged = isInterpError(error, 'hub/checksum');
      if (!isDamaged && !(error instanceof Restart)) throw diskError(request.file, error);
      await dropPart(request.file);
      if (isDamaged && ++damaged >= MAX_DAMAGED) throw error;
    }
  }
  throw changed(request.name, 'it changed at the host again and again');
}

/** A whole file of an earlier run that is what is asked for now. */
function isStillPublished({ sha256, digest }: Downloaded, { pinned, listed }: DownloadRequest): boolean {
  const wanted = pinned.sha256 ?? (listed.digest?.kind === 'sha256' ? listed.digest.hex : null);
  if (wanted !== null) return wanted === sha256;
  return listed.digest !== null && digest?.hex === listed.digest.hex;
}

async function attempt(request: DownloadRequest, ports: DownloadPorts): Promise<Downloaded> {
  const { file, name } = request;
  const part = await resumePart(file);
  const state = await retrying(ports.policy, request.signal, (gotAhead) =>
    receive(part, request, ports, gotAhead),
  );
  if (part.have === 0) await writeFile(partialOf(file), '');
  return finishPart(file, part, { name, etag: state.etag, digest: wantedDigest(state, request) });
}

function wantedDigest(state: RemoteState, { pinned, listed }: DownloadRequest): Digest | null {
  if (pinned.sha256 !== null) return { kind: 'sha256', hex: pinned.sha256 };
  const stated = [state.digest, listed.digest];
  // A mirror's own tag may look like one of git's; sha256 says more.
  return stated.find((digest) => digest?.kind === 'sha256') ?? state.digest ?? listed.digest;
}

/** One connection: from where the part ends until the end or a failure. */
async function receive(
  part: Part,
  request: DownloadRequest,
  ports: DownloadPorts,
  gotAhead: () => void,
): Promise<RemoteState> {
  const { file, name, signal } = request;
  request.onBytes(part.have);
  const headers: Record<string, string> = part.have > 0 ? { range: `bytes=${part.have}-` } : {};
  const asked = { method: 'GET', redirects: 'follow', headers, signal } as const;
  const reply = await ports.http.ask(request.url, asked);
  try {
    const state = agree(part, remoteState(reply), request);
    const isEnd = reply.status === 416;
    if (isEnd && state.bytes !== part.have) throw new Restart();
    const from = isEnd ? part.have : rangeStart(reply);
    if (from !== part.have && from !== 0) throw new Restart();
    if (from !== part.have) Object.assign(part, { have: 0, meter: null });
    const expected = { digest: wantedDigest(state, request), size: state.bytes, signal };
    part.meter ??= await startMeter(file, part, expected);
    if (isEnd) return state;
    await writeState(file, state);
    part.known = state;
    await append(part, reply, { request, ports, gotAhead, most: state.bytes });
    if (state.bytes !== null && part.have < state.bytes) throw tooShort(name, part.have, state.bytes);
    return state;
  } finally {
    reply.drop();
  }
}

/** What the host says on this connection, compared with what is published and with what the part is of. */
function agree(part: Part, state: RemoteState, { name, pinned, listed }: DownloadRequest): RemoteState {
  const stated = state.digest?.kind === 'sha256' ? state.digest.hex : null;
  if (pinned.sha256 !== null && stated !== null && stated !== pinned.sha256) {
    throw changed(name, `the host has sha256 ${stated}, published is ${pinned.sha256}`);
  }
  if (pinned.bytes !== null && state.bytes !== null && state.bytes !== pinned.bytes) {
    throw changed(name, `the host has ${state.bytes} bytes, published are ${pinned.bytes}`);
  }
  const { known } = part;
  if (known === null) return { ...state, bytes: state.bytes ?? listed.bytes };
  const sameTag = state.etag === null || known.etag === state.etag;
  if (!sameTag || (state.bytes !== null && known.bytes !== null && state.bytes !== known.bytes)) {
    throw new Restart();
  }
  return {
    etag: state.etag ?? known.etag,
    bytes: state.bytes ?? known.bytes,
    digest: state.digest ?? known.digest,
  };
}

/** Where the body begins in the file: 0 for a whole one. */
function rangeStart({ status, headers }: HubReply): number {
  if (status !== 206) return 0;
  const start = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1];
  if (start === undefined) throw new Restart();
  return Number(start);
}

async function append(
  part: Part,
  reply: HubReply,
  to: { request: DownloadRequest; ports: DownloadPorts; gotAhead: () => void; most: number | null },
): Promise<void> {
  const { request, most } = to;
  const openFile = to.ports.openFile ?? open;
  const file = await openFile(partialOf(request.file), part.have === 0 ? 'w' : 'r+');
  try {
    for await (const chunk of reply.body()) {
      throwIfCancelled(request.signal);
      if (most !== null && part.have + chunk.length > most) throw tooLong(request.name, most);
      await writeAll(file, chunk, part.have);
      part.meter?.update(chunk);
      part.have += chunk.length;
      if (part.have > part.best) {
        part.best = part.have;
        to.gotAhead();
      }
      request.onBytes(part.have);
    }
    // A name that is given before the bytes are on the disk would outlive a power failure without them.
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function writeAll(file: PartFile, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  }
}

/** The connection ended as if it were complete; the rest may come with the next. */
function tooShort(name: string, have: number, expected: number): HubFailure {
  const error = new InterpError('hub/checksum', `${name} ends after ${have} of ${expected} bytes.`, {
    data: { file: name, found: have, expected },
  });
  return new HubFailure(error, { isPassing: true });
}

function tooLong(name: string, expected: number): InterpError {
  return new InterpError(
    'hub/checksum',
    `${name} is longer than the ${expected} bytes that the host states.`,
    {
      data: { file: name, expected },
    },
  );
}

function changed(name: string, why: string): InterpError {
  return new InterpError('hub/changed', `${name} is not what was published: ${why}.`, {
    data: { file: name },
  });
}
