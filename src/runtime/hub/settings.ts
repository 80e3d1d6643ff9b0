import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { NEURONPEDIA, NEURONPEDIA_EXPORTS } from '../../core/hub/published/parsePublished.ts';
import { OPENAI_BLOBS } from '../../core/hub/openaiReleases.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How hosts are reached, as the environment says; the variables are those of Hugging Face's own tools. */
export interface HubSettings {
  /** HF_ENDPOINT, without a slash at its end. */
  readonly endpoint: string;
  /** UNDERGLASS_OPENAI_BLOBS: a mirror of OpenAI's storage. */
  readonly blobs: string;
  /** UNDERGLASS_NEURONPEDIA and UNDERGLASS_NEURONPEDIA_EXPORTS: mirrors of its API and of its public bucket. */
  readonly neuronpedia: string;
  readonly neuronpediaExports: string;
  /** HF_HUB_OFFLINE: nothing is asked of any host. */
  readonly isOffline: boolean;
  /** Hugging Face's cache on this machine; it need not exist. */
  readonly cacheFolder: string;
  readonly proxy: ProxySettings;
  /** HF_TOKEN, or the file that `hf auth login` writes; null = none. Read anew for every job. */
  token(): Promise<string | null>;
}

export interface ProxySettings {
  readonly httpProxy: string | null;
  readonly httpsProxy: string | null;
  readonly noProxy: string | null;
  /** False = whoever signed the certificates, as VS Code's http.proxyStrictSSL says; for what goes through a proxy alone. */
  readonly strictSsl: boolean;
}

const ENDPOINT = 'https://huggingface.co';
const YES = new Set(['1', 'on', 'yes', 'true']);

/** @throws hub/bad-reply when an endpoint is no http address */
export function readHubSettings(environment: Environment = process.env, home = os.homedir()): HubSettings {
  const get = (...names: readonly string[]): string | null => {
    for (const name of names) {
      const value = environment[name]?.trim();
      if (value !== undefined && value !== '') return value;
    }
    return null;
  };
  const cacheHome = get('XDG_CACHE_HOME') ?? join(home, '.cache');
  const hubHome = get('HF_HOME') ?? join(cacheHome, 'huggingface');
  return {
    endpoint: address('HF_ENDPOINT', get('HF_ENDPOINT') ?? ENDPOINT),
    blobs: address('UNDERGLASS_OPENAI_BLOBS', get('UNDERGLASS_OPENAI_BLOBS') ?? OPENAI_BLOBS),
    neuronpedia: address('UNDERGLASS_NEURONPEDIA', get('UNDERGLASS_NEURONPEDIA') ?? NEURONPEDIA),
    neuronpediaExports: address(
      'UNDERGLASS_NEURONPEDIA_EXPORTS',
      get('UNDERGLASS_NEURONPEDIA_EXPORTS') ?? NEURONPEDIA_EXPORTS,
    ),
    isOffline: isYes(get('HF_HUB_OFFLINE')) || isYes(get('TRANSFORMERS_OFFLINE')),
    cacheFolder: get('HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(hubHome, 'hub'),
    proxy: {
      httpProxy: get('http_proxy', 'HTTP_PROXY'),
      httpsProxy: get('https_proxy', 'HTTPS_PROXY'),
      noProxy: get('no_proxy', 'NO_PROXY'),
      strictSsl: get('UNDERGLASS_PROXY_STRICT_SSL') !== '0',
    },
    token: async () => {
      const given = get('HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN');
      if (given !== null) return given;
      if (isYes(get('HF_HUB_DISABLE_IMPLICIT_TOKEN'))) return null;
      const text = await readFile(get('HF_TOKEN_PATH') ?? join(hubHome, 'token'), 'utf8').catch(() => '');
      return text.trim() === '' ? null : text.trim();
    },
  };
}

function isYes(value: string | null): boolean {
  return value !== null && YES.has(value.toLowerCase());
}

function address(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '') {
    return text.replace(/\/+$/, '');
  }
  throw new InterpError('hub/bad-reply', `${name} must be an http or https address without a password.`, {
    data: { variable: name },
  });
}
