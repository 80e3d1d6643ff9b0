import { OPENAI_SETS } from './openaiSets.ts';
import type { PublishedSet } from './publishedSet.ts';

/** Where records were taken from before those by token pair came beside them; today's source is the folder above. */
const WITHOUT_PAIRS = '/collated-activations';

/** What a set that was imported lacks because an older version imported it, as a sentence; null = nothing. */
export function whyOutdated({ id, source }: Pick<PublishedSet, 'id' | 'source'>): string | null {
  const now = OPENAI_SETS.find((set) => set.id === id);
  const [first] = now?.space.saes ?? [];
  if (!now || !first || source !== `${now.source}${WITHOUT_PAIRS}`) return null;
  const files = now.paths({ kind: 'latent', sae: first.id, index: 0 }, 'records');
  const hasPairs = files.some((path) => path.includes(`${WITHOUT_PAIRS}-by-token-pair/`));
  return hasPairs ? 'An older version imported it without the records by token pair.' : null;
}
