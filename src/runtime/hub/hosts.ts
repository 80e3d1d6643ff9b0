import { InterpError, type ErrorCode } from '../../core/errors.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { OPENAI_BLOBS } from '../../core/hub/openaiReleases.ts';
import type { ListedFile } from '../../core/hub/repositoryFiles.ts';
import { digestOfEtag, digestOfMd5, plainEtag, type Digest } from './digest.ts';
import type { HubHttp, HubReply } from './hubHttp.ts';
import { retrying, type RetryPolicy } from './retrying.ts';
import type { HubSettings } from './settings.ts';

/** A repository at one commit. */
export interface RepositoryInfo {
  /** As the host calls it; it may have been renamed. */
  readonly repository: string;
  readonly commit: string;
  /** Null = its card states none. */
  readonly licence: string | null;
}

/** What a host says of one file. */
export interface RemoteState {
  readonly etag: string | null;
  readonly bytes: number | null;
  readonly digest: Digest | null;
}

export interface Hosts {
  repository(name: string, revision: string, signal: AbortSignal): Promise<RepositoryInfo>;
  /** Every file of the repository at a commit. */
  files(name: string, commit: string, signal: AbortSignal): Promise<ListedFile[]>;
  /** The address of a file. */
  fileUrl(name: string, commit: string, path: string): string;
  /** The address at which a file of OpenAI's storage is asked for. */
  blobUrl(url: string): string;
  /** Asks for headers only; a redirect to another host is not followed. */
  probe(url: string, signal: AbortSignal): Promise<RemoteState>;
  /** A small file's text. @throws hub/bad-reply when it is longer than 4 MB */
  text(url: string, signal: AbortSignal): Promise<string>;
  /** At most so many bytes of a file's start. */
  start(url: string, bytes: number, signal: AbortSignal): Promise<Uint8Array>;
}

export interface HostsOptions {
  readonly http: HubHttp;
  readonly settings: HubSettings;
  readonly policy: RetryPolicy;
}

const MAX_JSON_BYTES = 4 * 2 ** 20;
/** A repository of more pages of a thousand files is not one of SAEs. */
const MAX_PAGES = 50;
const COMMIT = /^[0-9a-f]{40}$/;

/** Hugging Face's API and OpenAI's storage. @throws hub/*, cancelled */
export function createHosts({ http, settings, policy }: HostsOptions): Hosts {
  const { endpoint } = settings;

  const ask = async (url: string, signal: AbortSignal): Promise<{ text: string; reply: HubReply }> => {
    return retrying(policy, signal, async () => {
      const reply = await http.ask(url, { method: 'GET', redirects: 'follow', signal });
      return { text: await reply.text(MAX_JSON_BYTES), reply };
    });
  };

  return {
    repository: async (name, revision, signal) => {
      const url = `${endpoint}/api/models/${encodePath(name)}/revision/${encodeURIComponent(revision)}`;
      const json = readJson((await ask(url, signal)).text, url);
      const commit = json['sha'];
      if (!isJsonObject(json) || typeof commit !== 'string' || !COMMIT.test(commit)) throw badReply(url);
      const repository = typeof json['id'] === 'string' ? json['id'] : name;
      return { repository, commit, licence: licenceOf(json) };
    },
    files: async (name, commit, signal) => {
      let url: string | null = `${endpoint}/api/models/${encodePath(name)}/tree/${commit}?recursive=true`;
      const files: ListedFile[] = [];
      for (let page = 0; url !== null; page++) {
        if (page >= MAX_PAGES) throw badReply(url, 'the list of its files does not end');
        const { text, reply } = await ask(url, signal);
        files.push(...readListing(text, url));
        url = nextPage(reply.headers['link'], reply.url);
      }
      return files;
    },
    fileUrl: (name, commit, path) => `${endpoint}/${encodePath(name)}/resolve/${commit}/${encodePath(path)}`,
    blobUrl: (url) => url.replace(OPENAI_BLOBS, settings.blobs),
    probe: async (url, signal) => {
      return retrying(policy, signal, async () => {
        const reply = await http.ask(url, { method: 'HEAD', redirects: 'same-host', signal });
        reply.drop();
        return remoteState(reply);
      });
    },
    text: async (url, signal) => (await ask(url, signal)).text,
    start: async (url, bytes, signal) => {
      const headers = { range: `bytes=0-${bytes - 1}` };
      return retrying(policy, signal, async () => {
        const reply = await http.ask(url, { method: 'GET', headers, redirects: 'follow', signal });
        return firstBytes(reply, bytes);
      });
    },
  };
}

/** A host that knows no ranges sends all: the rest is not waited for. */
async function firstBytes(reply: HubReply, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // An empty file has no range at all.
    if (reply.status === 416) return new Uint8Array();
    for await (const chunk of reply.body()) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= most) break;
    }
    return Uint8Array.from(Buffer.concat(chunks).subarray(0, most));
  } finally {
    reply.drop();
  }
}

/** What the headers of a reply, and of the redirects before it, say of the whole file. */
export function remoteState({
  status,
  headers,
  origin,
}: Pick<HubReply, 'status' | 'headers' | 'origin'>): RemoteState {
  const linked = origin['x-linked-etag'] ?? headers['x-linked-etag'];
  const etag = plainEtag(linked ?? origin['etag'] ?? headers['etag']);
  const range = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  // A redirect's own length is that of its page.
  const own = status === 200 ? headers['content-length'] : undefined;
  const bytes = origin['x-linked-size'] ?? headers['x-linked-size'] ?? range ?? own;
  return {
    etag,
    bytes: bytes === undefined || !/^\d+$/.test(bytes) ? null : Number(bytes),
    // Of a part (206), Content-MD5 is the part's; Azure tells the whole's apart.
    digest:
      digestOfEtag(etag) ??
      digestOfMd5(headers['x-ms-blob-content-md5'] ?? (status === 200 ? headers['content-md5'] : undefined)),
  };
}

function readListing(text: string, url: string): ListedFile[] {
  const json = parse(text, url);
  if (!Array.isArray(json)) throw badReply(url);
  return json.filter(isJsonObject).flatMap((entry): ListedFile[] => {
    const { type, path, size, oid, lfs } = entry;
    if (type !== 'file') return [];
    if (typeof path !== 'string' || typeof size !== 'number' || !(size >= 0)) throw badReply(url);
    const large = isJsonObject(lfs) && typeof lfs['oid'] === 'string' ? lfs['oid'] : null;
    const gitSha1 = large === null && typeof oid === 'string' && COMMIT.test(oid) ? oid : null;
    const isPlain = !path.startsWith('/') && !path.split('/').includes('..');
    return isPlain ? [{ path, bytes: size, sha256: large, gitSha1 }] : [];
  });
}

/** The address of `rel="next"`, of the same host only. */
function nextPage(link: string | undefined, from: URL): string | null {
  const next = /<([^>]+)>\s*;\s*rel="next"/.exec(link ?? '')?.[1];
  if (next === undefined || !URL.canParse(next, from)) return null;
  const url = new URL(next, from);
  return url.origin === from.origin ? url.href : null;
}

/** The card's licence, else the tag that the host made of it. */
function licenceOf(json: JsonObject): string | null {
  const card = json['cardData'];
  const stated = isJsonObject(card) ? card['license'] : null;
  if (typeof stated === 'string' && stated !== '') return stated;
  const tags = Array.isArray(json['tags']) ? json['tags'] : [];
  const tag = tags.find((each): each is string => typeof each === 'string' && each.startsWith('license:'));
  return tag?.slice('license:'.length) ?? null;
}

function readJson(text: string, url: string): JsonObject {
  const json = parse(text, url);
  if (isJsonObject(json)) return json;
  throw badReply(url);
}

function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badReply(url, 'it is not JSON', cause);
  }
}

function badReply(url: string, why = 'it lacks what was asked for', cause?: unknown): InterpError {
  const { host, pathname } = new URL(url);
  const code: ErrorCode = 'hub/bad-reply';
  return new InterpError(code, `The answer of ${host} for ${pathname} was not understood: ${why}.`, {
    data: { host },
    cause,
  });
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
