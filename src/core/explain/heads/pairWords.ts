import { lexemesOf, type Lexeme } from '../words/lexemes.ts';
import { readLexemes } from '../words/read.ts';
import { EVERY_TOKEN, isEveryToken, type Selector } from '../words/selector.ts';
import { writeSelector } from '../words/write.ts';
import { RELATIONS, type PairClause, type PairRule, type Relation } from './pairRule.ts';

/** `attends from " she" to names; less from any token to the previous token`. */
export function writePairRule({ clauses }: PairRule): string {
  return clauses
    .map((clause, index) => {
      const lead = index === 0 ? 'attends' : clause.strength === 10 ? 'also' : 'less';
      return `${lead} from ${writeSelector(clause.query)} to ${writeKey(clause)}`;
    })
    .join('; ');
}

function writeKey({ relation, key }: PairClause): string {
  if (relation === 'any') return writeSelector(key);
  const phrase = RELATIONS[relation][0] ?? relation;
  return isEveryToken(key) ? phrase : `${phrase} where it is ${writeSelector(key)}`;
}

/**
 * Reads a sentence about a head, whoever wrote it: what stands after "from" are queries, after "to" keys. Null when it
 * names neither tokens nor a place.
 */
export function readPairRule(sentence: string): PairRule | null {
  const clauses = split(lexemesOf(sentence), isEnd).flatMap((lexemes) => readClause(lexemes) ?? []);
  return clauses.length > 0 ? { clauses } : null;
}

function readClause(lexemes: readonly Lexeme[]): PairClause | null {
  const to = lexemes.findLastIndex((lexeme) => lexeme.kind === 'word' && lexeme.text === 'to');
  const [head, tail] = to < 0 ? [lexemes, []] : [lexemes.slice(0, to), lexemes.slice(to + 1)];
  const from = head.findIndex((lexeme) => lexeme.kind === 'word' && lexeme.text === 'from');
  const before = from < 0 ? head : head.slice(from + 1);
  const less = head.some(
    (lexeme) => lexeme.kind === 'word' && (lexeme.text === 'less' || lexeme.text === 'weakly'),
  );
  const { relation, rest } = readRelation(to < 0 ? lexemes : tail);
  const key = selectorOf(rest);
  // Without "to", all that is said is of where it looks.
  const query = to < 0 ? EVERY_TOKEN : selectorOf(before.filter((lexeme) => !isVerb(lexeme)));
  if (relation === 'any' && isEveryToken(key) && isEveryToken(query)) return null;
  return { strength: less ? 6 : 10, query, relation, key };
}

function readRelation(lexemes: readonly Lexeme[]): { relation: Relation; rest: readonly Lexeme[] } {
  const phrases = Object.entries(RELATIONS)
    .flatMap(([relation, all]) =>
      all.map((phrase) => ({ relation: relation as Relation, words: phrase.split(' ') })),
    )
    .sort((a, b) => b.words.length - a.words.length);
  for (const { relation, words } of phrases) {
    const at = lexemes.findIndex((_, start) =>
      words.every((word, index) => {
        const lexeme = lexemes[start + index];
        return lexeme?.kind === 'word' && lexeme.text === word;
      }),
    );
    if (at >= 0) return { relation, rest: [...lexemes.slice(0, at), ...lexemes.slice(at + words.length)] };
  }
  return { relation: 'any', rest: lexemes };
}

function selectorOf(lexemes: readonly Lexeme[]): Selector {
  return readLexemes(lexemes)?.clauses[0]?.selector ?? EVERY_TOKEN;
}

const VERBS = new Set([
  'attends',
  'attend',
  'attending',
  'attention',
  'looks',
  'look',
  'looking',
  'less',
  'weakly',
  'also',
  'back',
]);

function isVerb(lexeme: Lexeme): boolean {
  return lexeme.kind === 'word' && VERBS.has(lexeme.text);
}

function isEnd(lexeme: Lexeme): boolean {
  return lexeme.kind === 'end';
}

function split<T>(items: readonly T[], ends: (item: T) => boolean): T[][] {
  const parts: T[][] = [[]];
  for (const item of items) {
    if (ends(item)) parts.push([]);
    else parts.at(-1)?.push(item);
  }
  return parts.filter((part) => part.length > 0);
}
