import { isInterpError } from '../../errors.ts';
import type { SimulatorPart } from '../parts.ts';
import { parseTrie, patternsOf, predict } from './trie.ts';
import { TOP_LEVEL } from '../normalize.ts';

/**
 * Simulates from the trie, never from the words beside it: its score is the pattern's. Values on 0..10, 10 for the
 * trie's strongest pattern.
 */
export function patternSimulator(bosId: number | null): SimulatorPart {
  return {
    kind: 'pattern',
    name: 'n2g pattern',
    simulate: ({ explained, record }) => Promise.resolve(simulate(explained.pattern, record.ids, bosId)),
  };
}

function simulate(pattern: string | null, ids: readonly number[], bosId: number | null) {
  if (pattern === null) return { values: null, failure: 'The explanation has no pattern, only words.' };
  try {
    const trie = parseTrie(pattern);
    const max = patternsOf(trie)[0]?.value ?? 0;
    if (max <= 0) return { values: null, failure: 'The pattern holds nothing that fires.' };
    return { values: predict(trie, ids, { bosId }).map((value) => (TOP_LEVEL * value) / max), failure: null };
  } catch (error) {
    if (isInterpError(error, 'explain/malformed')) return { values: null, failure: error.message };
    throw error;
  }
}
