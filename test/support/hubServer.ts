import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one answer that would carry a file's content. */
export type HubMishap =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** `after` bytes of the body; the connection breaks once the client told, by `received`, that it has them. */
  | { readonly kind: 'drop'; readonly after: number }
  /** `after` bytes, then nothing, until the client goes or `release`, after which the rest comes. */
  | { readonly kind: 'hold'; readonly after: number }
  /** The byte at this place of the file is another. */
  | { readonly kind: 'corrupt'; readonly at: number }
  /** The answer says, and has, so many bytes fewer (or more, when negative) than the file. */
  | { readonly kind: 'short'; readonly by: number }
  | { readonly kind: 'ignore-range' }
  /** A page of a login, as a captive network sends it. */
  | { readonly kind: 'page' };

export interface HubRequest {
  readonly host: 'hub' | 'cdn' | 'blobs' | 'bucket';
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  status: number;
}

export interface HubRepository {
  readonly licence?: string;
  /** Needs this token; null = everybody may read. */
  readonly gated?: string | null;
  readonly files: Readonly<Record<string, Uint8Array | string>>;
}

/** Hosts on 127.0.0.1 that behave like Hugging Face, the host that keeps its large files, and Azure's storage. */
export interface HubServer {
  readonly endpoint: string;
  readonly cdn: string;
  readonly blobs: string;
  /** Variables with which the product asks here. */
  readonly environment: Readonly<Record<string, string>>;
  readonly requests: readonly HubRequest[];
  add(repository: string, content: HubRepository): void;
  addBlob(path: string, content: Uint8Array, options?: { readonly md5?: string | null }): void;
  /** A file of the public bucket with Neuronpedia's exports, at `v1/..`. */
  addExport(key: string, content: Uint8Array): void;
  /** What Neuronpedia's API answers at `/api/feature/..`. */
  addFeature(path: string, content: unknown): void;
  /** An old name of a repository redirects to its new one. */
  rename(from: string, to: string): void;
  /** Another content under the same name, as after a push; the commit changes too. */
  replace(repository: string, path: string, content: Uint8Array): void;
  /** The next contents go wrong, in this order; null = that one goes right. */
  next(...mishaps: readonly (HubMishap | null)[]): void;
  /** Runs when a `hold` has sent its part. */
  onHold(listener: () => void): void;
  /** Breaks connections whose part of the file ends here. */
  received(bytes: number): void;
  /** Lets what is held go on. */
  release(): void;
  /** Answers with bodies of files that were begun. */
  contents(): readonly HubRequest[];
  commitOf(repository: string): string;
  close(): Promise<void>;
}

interface Stored {
  readonly content: Map<string, Buffer>;
  readonly licence: string | null;
  readonly gated: string | null;
}

const LARGE = /\.(?:safetensors|pt|bin)$/;
const PAGE_SIZE = 5;

export const sha256 = once((content) => createHash('sha256').update(content).digest('hex'));

/** Git's name of a file's content. */
export const gitSha1 = once((content) =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex'),
);

/** Each content is hashed once: a model of true size takes a second. Nobody writes into one. */
function once(hash: (content: Uint8Array) => string): (content: Uint8Array) => string {
  const known = new WeakMap<Uint8Array, string>();
  return (content) => {
    const found = known.get(content) ?? hash(content);
    known.set(content, found);
    return found;
  };
}

export async function startHubServer(): Promise<HubServer> {
  const repositories = new Map<string, Stored>();
  const renamed = new Map<string, string>();
  const blobs = new Map<string, { content: Buffer; md5: string | null }>();
  const requests: HubRequest[] = [];
  const mishaps: (HubMishap | null)[] = [];
  const held: (() => void)[] = [];
  const drops = new Map<number, () => void>();
  let onHold = (): void => {};
  const serve = (host: HubRequest['host'], run: (call: Call) => void): Promise<Server> =>
    listen((message, response) => {
      const { method = 'GET', url = '/', headers } = message;
      const request: HubRequest = { host, method, path: url, headers, status: 0 };
      requests.push(request);
      response.on('error', () => undefined);
      run({ request, response, url: new URL(url, 'http://host') });
    });

  const content = (call: Call, file: Buffer, headers: Record<string, string>): void => {
    const mishap = call.request.method === 'GET' ? (mishaps.shift() ?? undefined) : undefined;
    sendContent(call, file, {
      headers,
      mishap,
      hold: (go) => (held.push(go), onHold()),
      dropAt: (bytes, drop) => void drops.set(bytes, drop),
    });
  };
  const hubServer = await serve('hub', (call) => hub(call));
  const cdnServer = await serve('cdn', (call) => {
    const name = call.url.pathname.slice(1);
    const files = [...repositories.values()].flatMap((each) => [...each.content.values()]);
    const file = files.find((each) => sha256(each) === name);
    if (!file) return end(call, 403);
    content(call, file, { etag: '"cdn-own-tag"', 'accept-ranges': 'bytes' });
  });
  const blobServer = await serve('blobs', (call) => {
    const blob = blobs.get(call.url.pathname);
    if (!blob) return end(call, 404, { 'x-ms-error-code': 'BlobNotFound' });
    const etag = `"0x8D${createHash('md5').update(blob.content).digest('hex').slice(0, 14).toUpperCase()}"`;
    // Azure: Content-MD5 of the whole blob on whole answers, under another name on parts.
    const md5Name = call.request.headers.range === undefined ? 'content-md5' : 'x-ms-blob-content-md5';
    content(call, blob.content, { etag, ...(blob.md5 === null ? {} : { [md5Name]: blob.md5 }) });
  });
  const exported = new Map<string, Buffer>();
  const features = new Map<string, unknown>();
  const bucketServer = await serve('bucket', (call) => {
    const path = decodeURIComponent(call.url.pathname);
    if (path === '/') return bucketPage(call, exported);
    const feature = features.get(path);
    if (feature !== undefined) return json(call, feature);
    const file = exported.get(path.slice(1));
    if (!file) return end(call, 404);
    content(call, file, { etag: `"${md5Hex(file)}"`, 'accept-ranges': 'bytes' });
  });
  const endpoint = addressOf(hubServer);
  const cdn = addressOf(cdnServer);

  function hub(call: Call): void {
    const path = decodeURIComponent(call.url.pathname);
    const api = /^\/api\/models\/(?<name>.+?)\/(?<verb>revision|tree)\/(?<revision>[^/]+)$/.exec(
      path,
    )?.groups;
    const file = /^\/(?<name>.+?)\/resolve\/(?<revision>[^/]+)\/(?<path>.+)$/.exec(path)?.groups;
    const name = (api ?? file)?.['name'] ?? '';
    const newName = renamed.get(name);
    if (newName !== undefined) {
      return end(call, 307, { location: call.request.path.replace(name, newName) });
    }
    const repository = repositories.get(name);
    // Who may not know of a repository hears 401, whether it exists or not.
    if (!repository)
      return end(call, 401, { 'x-error-code': 'RepoNotFound', 'x-error-message': 'Repository not found' });
    if (repository.gated !== null && call.request.headers.authorization !== `Bearer ${repository.gated}`) {
      const message = `Access to model ${name} is restricted.`;
      return end(call, 401, { 'x-error-code': 'GatedRepo', 'x-error-message': message });
    }
    const commit = commitOf(repository);
    const revision = (api ?? file)?.['revision'] ?? '';
    if (revision !== 'main' && revision !== commit && !commits.has(revision)) {
      return end(call, 404, { 'x-error-code': 'RevisionNotFound', 'x-error-message': 'Invalid rev id' });
    }
    if (api?.['verb'] === 'revision') return json(call, information(name, commit, repository));
    if (api) return json(call, ...page(call, repository, endpoint));
    const stored = repository.content.get(file?.['path'] ?? '');
    if (!stored)
      return end(call, 404, { 'x-error-code': 'EntryNotFound', 'x-error-message': 'Entry not found' });
    sendFile(call, stored, { commit, isLarge: LARGE.test(file?.['path'] ?? '') });
  }

  function sendFile(call: Call, file: Buffer, of: { commit: string; isLarge: boolean }): void {
    const headers = { 'x-repo-commit': of.commit };
    if (!of.isLarge) return content(call, file, { ...headers, etag: `"${gitSha1(file)}"` });
    const sha = sha256(file);
    end(call, 302, {
      ...headers,
      etag: `"${sha}"`,
      'x-linked-etag': `"${sha}"`,
      'x-linked-size': String(file.length),
      location: `${cdn}/${sha}?signature=secret`,
    });
  }

  const commits = new Set<string>();
  const remember = (repository: Stored): void => void commits.add(commitOf(repository));
  const server: HubServer = {
    endpoint,
    cdn,
    blobs: addressOf(blobServer),
    environment: {
      HF_ENDPOINT: endpoint,
      UNDERGLASS_OPENAI_BLOBS: addressOf(blobServer),
      UNDERGLASS_NEURONPEDIA: addressOf(bucketServer),
      UNDERGLASS_NEURONPEDIA_EXPORTS: addressOf(bucketServer),
    },
    requests,
    add: (name, { files, licence = null, gated = null }) => {
      const stored = new Map(Object.entries(files).map(([path, bytes]) => [path, Buffer.from(bytes)]));
      repositories.set(name, { content: stored, licence, gated });
      remember({ content: stored, licence, gated });
    },
    addBlob: (path, bytes, { md5 } = {}) => {
      const own = createHash('md5').update(bytes).digest('base64');
      blobs.set(path, { content: Buffer.from(bytes), md5: md5 === undefined ? own : md5 });
    },
    addExport: (key, bytes) => void exported.set(key, Buffer.from(bytes)),
    addFeature: (path, feature) => void features.set(`/api/feature/${path}`, feature),
    rename: (from, to) => void renamed.set(from, to),
    replace: (name, path, bytes) => {
      const repository = repositories.get(name);
      repository?.content.set(path, Buffer.from(bytes));
      if (repository) remember(repository);
    },
    next: (...more) => void mishaps.push(...more),
    onHold: (listener) => (onHold = listener),
    received: (bytes) => {
      drops.get(bytes)?.();
      drops.delete(bytes);
    },
    release: () => held.splice(0).forEach((go) => go()),
    contents: () =>
      requests.filter(({ method, status }) => method === 'GET' && (status === 200 || status === 206)),
    commitOf: (name) => {
      const repository = repositories.get(name);
      return repository ? commitOf(repository) : '';
    },
    close: async () => {
      await Promise.all([hubServer, cdnServer, blobServer, bucketServer].map(closeServer));
    },
  };
  return server;
}

interface Call {
  readonly request: HubRequest;
  readonly response: ServerResponse;
  readonly url: URL;
}

function end(call: Call, status: number, headers: Readonly<Record<string, string>> = {}): void {
  call.request.status = status;
  call.response.writeHead(status, headers).end(status < 400 ? 'Found' : 'error');
}

function json(call: Call, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  call.request.status = 200;
  call.response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function information(name: string, sha: string, { licence }: Stored): unknown {
  return { id: name, sha, tags: licence === null ? [] : [`license:${licence}`], cardData: {} };
}

/** A page of the list of files, and the address of the next. */
function page(call: Call, { content }: Stored, endpoint: string): [unknown, Record<string, string>] {
  const from = Number(call.url.searchParams.get('cursor') ?? 0);
  const entries = [...content].map(([path, file]) => ({
    type: 'file',
    path,
    size: file.length,
    oid: gitSha1(file),
    ...(LARGE.test(path) ? { lfs: { oid: sha256(file), size: file.length, pointerSize: 134 } } : {}),
  }));
  const next = `${endpoint}${call.url.pathname}?recursive=true&cursor=${from + PAGE_SIZE}`;
  const link: Record<string, string> =
    from + PAGE_SIZE < entries.length ? { link: `<${next}>; rel="next"` } : {};
  return [[{ type: 'directory', path: 'folder' }, ...entries.slice(from, from + PAGE_SIZE)], link];
}

function md5Hex(content: Uint8Array): string {
  return createHash('md5').update(content).digest('hex');
}

/** A page of S3's ListObjectsV2. */
function bucketPage(call: Call, files: ReadonlyMap<string, Buffer>): void {
  const prefix = call.url.searchParams.get('prefix') ?? '';
  const from = Number(call.url.searchParams.get('continuation-token') ?? 0);
  const all = [...files].filter(([key]) => key.startsWith(prefix));
  const entries = all
    .slice(from, from + PAGE_SIZE)
    .map(([key, file]) => {
      const tag = `&quot;${md5Hex(file)}&quot;`;
      return `<Contents><Key>${key}</Key><ETag>${tag}</ETag><Size>${file.length}</Size></Contents>`;
    })
    .join('');
  const next = from + PAGE_SIZE;
  const more = next < all.length ? `<NextContinuationToken>${next}</NextContinuationToken>` : '';
  call.request.status = 200;
  call.response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0"?><ListBucketResult xmlns="x">${entries}${more}</ListBucketResult>`);
}

/** A file's bytes as the request's range and the mishap want them. */
function sendContent(
  call: Call,
  file: Buffer,
  how: {
    readonly headers: Record<string, string>;
    readonly mishap: HubMishap | undefined;
    readonly hold: (go: () => void) => void;
    readonly dropAt: (bytes: number, drop: () => void) => void;
  },
): void {
  const { mishap, headers } = how;
  const { request, response } = call;
  if (mishap?.kind === 'status') return end(call, mishap.status, mishap.headers);
  if (mishap?.kind === 'page') {
    request.status = 200;
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please log in</html>');
    return;
  }
  const sent = mishap?.kind === 'ignore-range' ? '' : (request.headers.range ?? '');
  const [asked, from, to] = /^bytes=(\d+)-(\d*)$/.exec(sent) ?? [];
  const start = Number(from ?? 0);
  const isPart = asked !== undefined && (start > 0 || to !== '');
  if (start >= file.length && isPart) {
    return end(call, 416, { ...headers, 'content-range': `bytes */${file.length}` });
  }
  const most = to === undefined || to === '' ? undefined : Number(to) + 1;
  const body = bodyOf(file, mishap).subarray(start, most);
  request.status = isPart ? 206 : 200;
  const last = most === undefined ? file.length - 1 : Math.min(file.length, most) - 1;
  const range = { 'content-range': `bytes ${start}-${last}/${file.length}` };
  response.writeHead(request.status, {
    ...headers,
    ...(isPart ? range : {}),
    'content-length': String(body.length),
  });
  if (request.method === 'HEAD') return void response.end();
  if (mishap?.kind === 'drop' && mishap.after === 0) {
    response.destroy();
  } else if (mishap?.kind === 'drop') {
    how.dropAt(start + mishap.after, () => response.destroy());
    response.write(body.subarray(0, mishap.after));
  } else if (mishap?.kind === 'hold') {
    response.write(body.subarray(0, mishap.after), () =>
      how.hold(() => response.end(body.subarray(mishap.after))),
    );
  } else {
    response.end(body);
  }
}

function bodyOf(file: Buffer, mishap: HubMishap | undefined): Buffer {
  if (mishap?.kind === 'corrupt') {
    const damaged = Buffer.from(file);
    damaged[mishap.at] = (damaged[mishap.at] ?? 0) ^ 1;
    return damaged;
  }
  if (mishap?.kind !== 'short') return file;
  return mishap.by >= 0
    ? file.subarray(0, file.length - mishap.by)
    : Buffer.concat([file, Buffer.alloc(-mishap.by)]);
}

/** A commit that changes with the content. */
function commitOf({ content }: Stored): string {
  const hash = createHash('sha1');
  for (const [path, file] of content) hash.update(path).update(gitSha1(file));
  return hash.digest('hex');
}

async function listen(
  handler: (message: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
