import { isEveryToken, select, type Selector } from '../words/selector.ts';
import { isSpecialToken } from '../words/tokenClasses.ts';
import type { TextView } from '../words/textView.ts';
import type { Pair } from './pairs.ts';

/** Where a key lies, seen from its query. */
export type Relation = 'previous' | 'second' | 'nearby' | 'self' | 'first' | 'same' | 'followed' | 'any';

/** From which tokens a head looks to which. */
export interface PairClause {
  readonly strength: 10 | 6;
  readonly query: Selector;
  readonly relation: Relation;
  readonly key: Selector;
}

/** What a sentence says of a head: the strongest clause that holds of a pair decides. */
export interface PairRule {
  readonly clauses: readonly PairClause[];
}

/** Tokens back that are near. */
const NEAR = 4;

/** What each relation is called: the first phrase is written, all are read. */
export const RELATIONS: Readonly<Record<Exclude<Relation, 'any'>, readonly string[]>> = {
  previous: [
    'the previous token',
    'the token before',
    'the token right before',
    'the word right before',
    'the word before',
    'previous token',
    'preceding token',
    'preceding word',
    'previous word',
  ],
  second: ['the token two before', 'two tokens back', 'two tokens before'],
  nearby: [
    'the last few tokens',
    'nearby tokens',
    'recent tokens',
    'the preceding tokens',
    'tokens just before',
  ],
  self: ['itself', 'themselves', 'the same position', 'the current token', 'the token itself'],
  first: [
    'the start of the text',
    'the first token',
    'the beginning of the text',
    'the first position',
    'first token',
  ],
  same: [
    'the same token earlier',
    'an earlier copy of the same token',
    'earlier copies of the same token',
    'earlier occurrences of the same token',
    'the same word earlier',
    'same token',
    'same word',
    'duplicate tokens',
    'duplicates',
  ],
  followed: [
    'what followed the same token before',
    'the token after an earlier copy',
    'the token that followed last time',
    'the token after the same token',
    'induction',
  ],
};

/** Strength 0..10 of a pair, by the strongest clause that holds. */
export function pairStrength(rule: PairRule, view: TextView, pair: Pair): number {
  return rule.clauses.reduce(
    (most, clause) => (clause.strength > most && holds(clause, view, pair) ? clause.strength : most),
    0,
  );
}

function holds({ query, relation, key }: PairClause, view: TextView, pair: Pair): boolean {
  return (
    related(relation, view, pair) &&
    (isEveryToken(query) || select(view, query).covered[pair.query] === 1) &&
    (isEveryToken(key) || select(view, key).covered[pair.key] === 1)
  );
}

/** Whether a pair stands in a relation. */
export function related(relation: Relation, view: TextView, { query, key }: Pair): boolean {
  const back = query - key;
  const start = view.textStart[query] ?? 0;
  switch (relation) {
    case 'any':
      return true;
    case 'previous':
      return back === 1;
    case 'second':
      return back === 2;
    case 'nearby':
      return back >= 1 && back <= NEAR;
    case 'self':
      return back === 0;
    case 'first':
      // The special token in front of the text, or of the window; the text's first word where there is none.
      return key === 0 || key === (isSpecialToken(view.tokens[start - 1] ?? '') ? start - 1 : start);
    case 'same':
      return back > 0 && word(view, key) === word(view, query);
    case 'followed':
      return back > 0 && key > 0 && word(view, key - 1) === word(view, query);
  }
}

function word(view: TextView, position: number): string {
  const token = view.tokens[position] ?? '';
  return token.trim() || token;
}
