import { UNIT_CATEGORIES, UNIT_SORTS } from '../../../src/core/records/readings.ts';
import type { PersistedBrowser } from '../../../src/protocol/browserViewContract.ts';

export const NOTHING_KEPT: PersistedBrowser = {
  version: 1,
  family: null,
  text: '',
  sort: 'id',
  falling: false,
  category: 'all',
  pinnedOnly: false,
};

/** What a page kept over a reload; null when it is not in the form of this version. */
export function readPersistedBrowser(value: unknown): PersistedBrowser | null {
  if (typeof value !== 'object' || value === null) return null;
  const { version, family, text, sort, falling, category, pinnedOnly } = value as Record<string, unknown>;
  const knownSort = UNIT_SORTS.find((each) => each === sort);
  const knownCategory = UNIT_CATEGORIES.find((each) => each === category);
  if (version !== 1 || knownSort === undefined || knownCategory === undefined) return null;
  return {
    version: 1,
    family: typeof family === 'string' ? family : null,
    text: typeof text === 'string' ? text : '',
    sort: knownSort,
    falling: falling === true,
    category: knownCategory,
    pinnedOnly: pinnedOnly === true,
  };
}
