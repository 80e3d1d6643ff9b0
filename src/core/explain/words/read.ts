import { lexemesOf, type Lexeme } from './lexemes.ts';
import { LONGEST_PHRASE, PHRASES, TALK, type Meaning } from './phrases.ts';
import type { Context, Rule, Strength } from './rule.ts';
import { isEveryToken, stemOf } from './selector.ts';

/** Characters that are read: an explanation is a sentence. */
const MAX_SENTENCE = 2000;

/** A selector while it is read. */
interface OpenSelector {
  texts: string[];
  classes: string[];
  endings: string[];
  beginnings: string[];
  stems: string[];
}

type OpenContext =
  | Exclude<Context, { kind: 'after' } | { kind: 'before' }>
  | (Extract<Context, { kind: 'after' } | { kind: 'before' }> & { selector: OpenSelector });

interface OpenClause {
  strength: Strength;
  readonly selector: OpenSelector;
  readonly contexts: OpenContext[];
  /** `any token` was said. */
  any: boolean;
}

/**
 * Reads a sentence about a unit, ours (`writeRule`) or anybody's: quoted strings are tokens, phrases that are known name
 * classes and contexts, and other words are looked for as they are. Null when nothing in it names any token.
 */
export function readRule(sentence: string): Rule | null {
  return readLexemes(lexemesOf(sentence.slice(0, MAX_SENTENCE)));
}

/** The same for a part of a sentence that was cut already. */
export function readLexemes(lexemes: readonly Lexeme[]): Rule | null {
  const reader = new Reader();
  for (let index = 0; index < lexemes.length;) index += reader.take(lexemes, index);
  return reader.rule();
}

class Reader {
  private readonly clauses: OpenClause[] = [openClause(10)];
  private readonly except: OpenSelector = openSelector();
  private into: OpenSelector = this.clause.selector;
  private list: 'texts' | 'endings' | 'beginnings' = 'texts';

  private get clause(): OpenClause {
    return this.clauses.at(-1) ?? openClause(10);
  }

  /** Reads what starts at a lexeme; answers how many it took. */
  take(lexemes: readonly Lexeme[], index: number): number {
    const lexeme = lexemes[index];
    if (lexeme?.kind === 'quoted') this.into[this.list].push(lexeme.text);
    else if (lexeme?.kind === 'end') this.open(10);
    else if (lexeme?.kind === 'word') return this.takeWords(lexemes, index, lexeme.text);
    return 1;
  }

  rule(): Rule | null {
    const clauses = this.clauses.filter(says).map(({ strength, selector, contexts }) => ({
      strength,
      selector,
      contexts: contexts.map(reachOfStems).filter((context) => !isEmptyContext(context)),
    }));
    if (clauses.length === 0) return null;
    return { clauses, except: isEveryToken(this.except) ? null : this.except };
  }

  private takeWords(lexemes: readonly Lexeme[], index: number, word: string): number {
    for (let length = LONGEST_PHRASE; length > 0; length--) {
      const phrase = phraseAt(lexemes, index, length);
      const meaning = phrase === null ? undefined : PHRASES.get(phrase);
      if (!meaning) continue;
      this.apply(meaning);
      return length;
    }
    if (this.list !== 'texts' && !TALK.has(word)) this.into[this.list].push(word);
    else if (!TALK.has(word)) this.into.stems.push(stemOf(word));
    return 1;
  }

  private apply(meaning: Meaning): void {
    switch (meaning.kind) {
      case 'class':
        this.into.classes.push(meaning.id);
        return;
      case 'after':
        return this.enter({ kind: 'after', reach: meaning.reach, selector: openSelector() });
      case 'before':
        return this.enter({ kind: 'before', selector: openSelector() });
      case 'context':
        this.clause.contexts.push(meaning.context as OpenContext);
        return;
      case 'clause':
        return this.open(meaning.strength);
      case 'target':
        return this.goTo(this.clause.selector);
      case 'except':
        return this.goTo(this.except);
      case 'any':
        if (this.into === this.clause.selector) this.clause.any = true;
        return;
      case 'ending':
        this.list = 'endings';
        return;
      case 'beginning':
        this.list = 'beginnings';
        return;
      case 'nothing':
        return;
    }
  }

  private enter(context: OpenContext & { selector: OpenSelector }): void {
    this.clause.contexts.push(context);
    this.goTo(context.selector);
  }

  /** Starts a clause, or only tells the strength of one that says nothing yet. */
  private open(strength: Strength): void {
    if (says(this.clause)) this.clauses.push(openClause(strength));
    else this.clause.strength = strength;
    this.goTo(this.clause.selector);
  }

  private goTo(selector: OpenSelector): void {
    this.into = selector;
    this.list = 'texts';
  }
}

function phraseAt(lexemes: readonly Lexeme[], index: number, length: number): string | null {
  const words = lexemes.slice(index, index + length);
  if (words.length < length || words.some(({ kind }) => kind !== 'word')) return null;
  return words.map((lexeme) => (lexeme.kind === 'word' ? lexeme.text : '')).join(' ');
}

function openSelector(): OpenSelector {
  return { texts: [], classes: [], endings: [], beginnings: [], stems: [] };
}

function openClause(strength: Strength): OpenClause {
  return { strength, selector: openSelector(), contexts: [], any: false };
}

function says(clause: OpenClause): boolean {
  return (
    clause.any ||
    !isEveryToken(clause.selector) ||
    clause.contexts.some((context) => !isEmptyContext(context))
  );
}

function isEmptyContext(context: OpenContext): boolean {
  return (context.kind === 'after' || context.kind === 'before') && isEveryToken(context.selector);
}

/** `after` with nothing but words of a topic means soon after them, not the very next token. */
function reachOfStems(context: OpenContext): OpenContext {
  if (context.kind !== 'after' || context.reach !== 'next') return context;
  const { texts, classes, endings, beginnings } = context.selector;
  return texts.length + classes.length + endings.length + beginnings.length > 0
    ? context
    : { ...context, reach: 'near' };
}
