import type { PersistedMany } from '../../../src/protocol/manyViewContract.ts';

export const NOTHING_KEPT: PersistedMany = { version: 1, title: '', uris: [], tab: null, options: null };

/** What a page kept over a reload; null when it is not in the form of this version. The host checks the options. */
export function readPersistedMany(value: unknown): PersistedMany | null {
  if (typeof value !== 'object' || value === null) return null;
  const { version, title, uris, tab, options } = value as Record<string, unknown>;
  if (version !== 1 || typeof title !== 'string' || !Array.isArray(uris)) return null;
  if (!uris.every((uri) => typeof uri === 'string')) return null;
  return {
    version: 1,
    title,
    uris,
    tab: typeof tab === 'string' ? tab : null,
    options: (options ?? null) as PersistedMany['options'],
  };
}
