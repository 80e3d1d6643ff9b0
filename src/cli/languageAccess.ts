import { InterpError } from '../core/errors.ts';
import type { LanguageAccess } from '../core/explain/language/access.ts';
import { readBaseUrl } from '../runtime/language/baseUrl.ts';
import { readInteger, usage } from './readFlags.ts';

/** Flags of commands that can ask a language model. The key comes from the environment alone. */
export const LANGUAGE_OPTIONS = {
  language: { type: 'string' },
  'base-url': { type: 'string' },
  'requests-at-once': { type: 'string' },
} as const;

export interface LanguageFlags {
  readonly language?: string | undefined;
  readonly 'base-url'?: string | undefined;
  readonly 'requests-at-once'?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_AT_ONCE = 4;
/** Hosts that a key named OPENAI_API_KEY is meant for; others get UNDERGLASS_API_KEY or none. */
const OPENAI_HOST = /(?:(?:^|\.)openai\.com|\.openai\.azure\.com)$/;

/**
 * The language model of a command line, or null when none was chosen: a model name (`--language`,
 * UNDERGLASS_LANGUAGE_MODEL) and a base URL (`--base-url`, UNDERGLASS_BASE_URL) must both be given. A key in the
 * environment alone chooses nothing.
 * @throws cli/usage, language/not-configured
 */
export function readLanguageAccess(flags: LanguageFlags, environment: Environment): LanguageAccess | null {
  const model = flags.language ?? given(environment['UNDERGLASS_LANGUAGE_MODEL']);
  const baseUrl = flags['base-url'] ?? given(environment['UNDERGLASS_BASE_URL']);
  const concurrency = readInteger('requests-at-once', flags['requests-at-once'], 1) ?? DEFAULT_AT_ONCE;
  if (model === undefined || model === '') {
    const lone = ['base-url', 'requests-at-once'] as const;
    const flag = lone.find((name) => flags[name] !== undefined);
    if (flag !== undefined || model === '') throw usage(`--${flag ?? 'language'} wants --language MODEL.`);
    return null;
  }
  if (baseUrl === undefined) {
    throw new InterpError(
      'language/not-configured',
      `There is no base URL for "${model}", so nothing was sent: add --base-url URL or set UNDERGLASS_BASE_URL.`,
      { data: { model } },
    );
  }
  const base = readBaseUrl(baseUrl);
  const { hostname } = new URL(base.url);
  const isForOpenAiKey = OPENAI_HOST.test(hostname) || base.isLocal;
  const openAiKey = isForOpenAiKey ? given(environment['OPENAI_API_KEY']) : undefined;
  const key = given(environment['UNDERGLASS_API_KEY']) ?? openAiKey ?? null;
  return { kind: 'openai', baseUrl, model, key, concurrency };
}

/** An empty variable is none. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
