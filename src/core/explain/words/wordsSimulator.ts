import type { SimulatorPart } from '../parts.ts';
import { readRule } from './read.ts';
import { evaluateRule } from './rule.ts';

/**
 * Reads the stored sentence, whoever wrote it, and fires where it says: it sees that sentence and the window's tokens,
 * nothing else. Values on 0..10.
 */
export const wordsSimulator: SimulatorPart = {
  kind: 'words',
  name: 'words',
  simulate: ({ explained, record }) => {
    const rule = readRule(explained.words);
    return Promise.resolve(
      rule
        ? { values: evaluateRule(rule, record.tokens), failure: null }
        : { values: null, failure: notUnderstood(explained.words) },
    );
  },
};

function notUnderstood(words: string): string {
  return words.trim() === ''
    ? 'The explanation is empty.'
    : 'The words name no token that could be looked for: quote tokens ("she") or name a kind, such as digits, commas or names.';
}
