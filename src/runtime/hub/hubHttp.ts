import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { cancelled, InterpError } from '../../core/errors.ts';
import type { Clock } from '../clock.ts';
import { HubFailure, lostConnection, refusedBy, type Headers } from './failure.ts';
import type { HubSettings } from './settings.ts';

/**
 * HTTP for downloads, on undici: its EnvHttpProxyAgent knows proxies, which Node 20's own fetch does not, and it does
 * not follow redirects by itself. @huggingface/hub was weighed and not used: it neither goes on with a part of a file nor
 * checks what arrived, knows no retries or proxies, and speaks to one host only.
 */
export interface HubHttp {
  /**
   * One request; a redirect is followed as the options say. The body must be read or dropped.
   * @throws HubFailure, hub/offline, cancelled
   */
  ask(url: string, options: AskOptions): Promise<HubReply>;
  close(): Promise<void>;
}

export interface AskOptions {
  readonly method: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** `same-host`: a redirect to another host is the answer. */
  readonly redirects: 'follow' | 'same-host';
  readonly signal: AbortSignal;
}

export interface HubReply {
  readonly status: number;
  readonly headers: Headers;
  /** Headers of the first host that told of the file itself: those of the last reply before another host's. */
  readonly origin: Headers;
  readonly url: URL;
  /** Rejects with HubFailure when the connection breaks or stalls. */
  body(): AsyncIterable<Uint8Array>;
  text(most: number): Promise<string>;
  drop(): void;
}

export interface HttpOptions {
  readonly settings: HubSettings;
  readonly clock: Clock;
  readonly version: string;
  /** Milliseconds without a byte after which a connection is given up. */
  readonly stallMs?: number;
}

const STALL_MS = 30_000;
const MAX_REDIRECTS = 6;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const LOCAL = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export function openHubHttp(options: HttpOptions): HubHttp {
  const { settings } = options;
  // Loaded on first use: most runs of the engine download nothing.
  let loading: Promise<{ undici: typeof Undici; dispatcher: Dispatcher }> | null = null;
  const load = (): NonNullable<typeof loading> =>
    (loading ??= import('undici').then((undici) => ({ undici, dispatcher: agentFor(undici, settings) })));
  const authorization = authorizationOf(settings);

  const once = async (url: URL, asked: AskOptions): Promise<HubReply> => {
    const { undici, dispatcher } = await load();
    const watch = watchStalls(options, asked.signal);
    try {
      const response = await undici.request(url, {
        method: asked.method,
        dispatcher,
        signal: watch.signal,
        // A compressed body would have another length and other bytes than the file.
        headers: {
          'user-agent': `underglass/${options.version}`,
          'accept-encoding': 'identity',
          ...asked.headers,
          ...(await authorization(url)),
        },
      });
      watch.touch();
      return reply(url, response, watch);
    } catch (error) {
      watch.end();
      throw watch.failure(url, error);
    }
  };

  return {
    ask: async (address, asked) => {
      let url = new URL(address);
      if (settings.isOffline) throw offline(url);
      let origin: Headers | null = null;
      for (let hop = 0; ; hop++) {
        const answer = await once(url, asked);
        if (!REDIRECTS.has(answer.status)) {
          if (answer.status >= 400 && answer.status !== 416) {
            answer.drop();
            throw refusedBy(url, answer.status, answer.headers, options.clock.now());
          }
          return { ...answer, origin: origin ?? answer.headers };
        }
        const next = redirectOf(url, answer.headers);
        const leaves = next.origin !== url.origin;
        if (leaves) origin ??= answer.headers;
        if (leaves && asked.redirects === 'same-host') return { ...answer, origin: answer.headers };
        answer.drop();
        if (hop >= MAX_REDIRECTS) throw lostConnection(url.host, new Error('it redirects in a circle'));
        url = next;
      }
    },
    close: async () => {
      if (loading !== null) await (await loading).dispatcher.destroy();
    },
  };
}

/** The token's header, for the endpoint alone: the host that keeps the files must never see it. */
function authorizationOf(settings: HubSettings): (url: URL) => Promise<Record<string, string>> {
  const endpoint = new URL(settings.endpoint);
  let token: Promise<string | null> | null = null;
  return async (url) => {
    const isSafe = url.protocol === 'https:' || LOCAL.test(url.hostname);
    if (url.origin !== endpoint.origin || !isSafe) return {};
    const key = await (token ??= settings.token());
    return key === null ? {} : { authorization: `Bearer ${key}` };
  };
}

function offline({ host, pathname }: URL): InterpError {
  return new InterpError('hub/offline', `${host}${pathname} was not asked for: HF_HUB_OFFLINE is set.`, {
    data: { host },
  });
}

const UNSIGNED = { rejectUnauthorized: false } as const;

function agentFor({ Agent, EnvHttpProxyAgent }: typeof Undici, { proxy }: HubSettings): Dispatcher {
  const { httpProxy, httpsProxy, noProxy, strictSsl } = proxy;
  if (httpProxy === null && httpsProxy === null) return new Agent();
  // What is not given, undici would read from the environment by itself.
  return new EnvHttpProxyAgent({
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: noProxy ?? '',
    ...(strictSsl ? {} : { proxyTls: UNSIGNED, requestTls: UNSIGNED }),
  });
}

function redirectOf(url: URL, headers: Headers): URL {
  const { location } = headers;
  if (location === undefined || !URL.canParse(location, url)) {
    throw lostConnection(url.host, new Error('it redirects to nowhere'));
  }
  const next = new URL(location, url);
  const isWorse = url.protocol === 'https:' && next.protocol !== 'https:';
  if (isWorse || !['http:', 'https:'].includes(next.protocol)) {
    throw lostConnection(
      url.host,
      new Error(`it redirects to ${next.protocol}//${next.host}, which is not safe`),
    );
  }
  return next;
}

interface StallWatch {
  readonly signal: AbortSignal;
  /** Something arrived. */
  touch(): void;
  end(): void;
  /** What a thrown error means: cancelled, stalled or lost. */
  failure(url: URL, error: unknown): Error;
}

function watchStalls({ clock, stallMs = STALL_MS }: HttpOptions, signal: AbortSignal): StallWatch {
  const own = new AbortController();
  let stalled = false;
  const stall = (): void => {
    stalled = true;
    own.abort();
  };
  let forget = clock.after(stallMs, stall);
  return {
    signal: AbortSignal.any([own.signal, signal]),
    touch: () => {
      forget();
      forget = clock.after(stallMs, stall);
    },
    end: () => forget(),
    failure: (url, error) => {
      if (signal.aborted) return cancelled(signal.reason);
      if (error instanceof HubFailure) return error;
      const why = stalled ? new Error(`nothing came for ${Math.round(stallMs / 1000)} s`) : error;
      return lostConnection(url.host, why);
    },
  };
}

function reply(url: URL, response: Dispatcher.ResponseData, watch: StallWatch): HubReply {
  const headers = plainHeaders(response.headers);
  async function* body(): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of response.body) {
        watch.touch();
        yield chunk as Uint8Array;
      }
    } catch (error) {
      throw watch.failure(url, error);
    } finally {
      watch.end();
    }
  }
  return {
    status: response.statusCode,
    headers,
    origin: headers,
    url,
    body,
    text: async (most) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of body()) {
        size += chunk.length;
        if (size > most) throw lostConnection(url.host, new Error(`its answer is longer than ${most} bytes`));
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString('utf8');
    },
    drop: () => {
      watch.end();
      // Its own abort is no news.
      response.body.on('error', () => undefined).destroy();
    },
  };
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}
