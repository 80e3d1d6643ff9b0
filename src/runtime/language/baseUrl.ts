import { InterpError } from '../../core/errors.ts';

/** A base URL taken apart. */
export interface BaseUrl {
  /** Without query, without a slash at its end. */
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
  readonly host: string;
  /** Azure wants the key under a name of its own. */
  readonly isAzure: boolean;
  /** The server is this machine. */
  readonly isLocal: boolean;
  /** Nobody on the way can read what is sent. */
  readonly isEncrypted: boolean;
}

const AZURE = /\.(?:openai|cognitiveservices|services\.ai)\.azure\.(?:com|us|cn)$/;
const LOCAL = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const VERSION = 'api-version';

/**
 * Reads a base URL such as `https://api.openai.com/v1` or `http://127.0.0.1:11434/v1`. The one query that is taken is
 * Azure's `api-version`: a URL is stored and shown, so that it must not carry a key, a user or a password.
 * @throws language/not-configured
 */
export function readBaseUrl(text: string): BaseUrl {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw wrong('The base URL is not an http or https URL.');
  }
  if (url.username !== '' || url.password !== '') {
    throw wrong('The base URL must not carry a user name or a password; the key is asked for separately.');
  }
  const foreign = [...url.searchParams.keys()].find((name) => name !== VERSION);
  if (foreign !== undefined || url.hash !== '') {
    throw wrong(`The base URL may have no query but ${VERSION}; the key is asked for separately.`);
  }
  const version = url.searchParams.get(VERSION);
  return {
    url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    query: version === null ? {} : { [VERSION]: version },
    host: url.host,
    isAzure: AZURE.test(url.hostname) || version !== null,
    isLocal: LOCAL.test(url.hostname),
    isEncrypted: url.protocol === 'https:',
  };
}

/** Never quotes the URL: what is wrong with it may be a secret. */
function wrong(message: string): InterpError {
  return new InterpError('language/not-configured', message);
}
