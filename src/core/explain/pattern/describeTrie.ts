import { ANY, patternsOf, START, type Step, type TrieNode } from './trie.ts';

/** Patterns that are told; the trie holds the others. */
const TOLD = 4;

/** More wildcards in a row than anybody counts. */
const MANY = /(?: \*){4,}/g;

/**
 * A trie for people: `pattern: " to" after " gave *"; " she"; 3 more`. A star is any one token, `…` are more than three. The words tell the
 * strongest patterns only: what is scored is the trie.
 */
export function describeTrie(root: TrieNode, text: (id: number) => string): string {
  const patterns = patternsOf(root).map(({ steps }) => describe(steps, text));
  const told = [...new Set(patterns)];
  const more = told.length - TOLD;
  return `pattern: ${told.slice(0, TOLD).join('; ')}${more > 0 ? `; ${more} more` : ''}`;
}

/** Steps run from the active token backwards. */
function describe(steps: readonly Step[], text: (id: number) => string): string {
  const atStart = steps.at(-1) === START;
  const [last, ...before] = atStart ? steps.slice(0, -1) : steps;
  const active = last === undefined || last === ANY ? 'any token' : quoted([last], text);
  // Wildcards in front say nothing but how many tokens there are, and that matters at the start alone.
  const context = atStart ? before : trimmed(before);
  const after = context.length > 0 ? ` after ${quoted(context.toReversed(), text)}` : '';
  return `${active}${after}${atStart ? ' at the start of the text' : ''}`;
}

function trimmed(steps: readonly Step[]): readonly Step[] {
  const needed = steps.findLastIndex((step) => step !== ANY);
  return steps.slice(0, needed + 1);
}

function quoted(steps: readonly Step[], text: (id: number) => string): string {
  const spelled = steps.map((step) => (typeof step === 'number' ? text(step) : ' *')).join('');
  return JSON.stringify(spelled.replace(MANY, ' …'));
}
