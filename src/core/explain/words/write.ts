import { afterPhrase, contextPhrase } from './phrases.ts';
import { takesTokens, type Clause, type Context, type Rule } from './rule.ts';
import { isEveryToken, type Selector } from './selector.ts';
import { tokenClass } from './tokenClasses.ts';

const DEGREE = { 10: 'also on', 6: 'less on', 3: 'weakly on' } as const;

/** A rule as the sentence that `readRule` reads back: `fires on " she" and " her" right after names; weakly on "."`. */
export function writeRule({ clauses, except }: Rule): string {
  const parts = clauses.map((clause, index) =>
    index === 0 ? `fires on ${writeClause(clause)}` : `${DEGREE[clause.strength]} ${writeClause(clause)}`,
  );
  const exception = except && !isEveryToken(except) ? `, but not on ${writeSelector(except)}` : '';
  return `${parts.join('; ')}${exception}`;
}

export function writeClause({ selector, contexts }: Omit<Clause, 'strength'>): string {
  // Phrases that take tokens come last, so that none is taken for a token of the clause itself.
  const plain = contexts.filter((context) => !takesTokens(context));
  const taking = contexts.filter(takesTokens);
  return [writeSelector(selector), ...plain.map(writeContext), taking.map(writeContext).join(' and ')]
    .filter((part) => part !== '')
    .join(' ');
}

function writeContext(context: Context): string {
  switch (context.kind) {
    case 'after':
      return `${afterPhrase(context.reach)} ${writeSelector(context.selector)}`;
    case 'before':
      return `right before ${writeSelector(context.selector)}`;
    default:
      return contextPhrase(context);
  }
}

export function writeSelector(selector: Selector): string {
  if (isEveryToken(selector)) return 'any token';
  return joined([
    ...selector.texts.map((text) => JSON.stringify(text)),
    ...selector.classes.map((id) => tokenClass(id)?.phrases[0] ?? id),
    ...selector.stems,
    ...phrased('words starting with', selector.beginnings),
    ...phrased('words ending in', selector.endings),
  ]);
}

function phrased(phrase: string, texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : [`${phrase} ${joined(texts.map((text) => JSON.stringify(text)))}`];
}

function joined(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}
