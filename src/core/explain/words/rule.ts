import { isEveryToken, select, selectorKey, type Selector } from './selector.ts';
import { isSpecialToken } from './tokenClasses.ts';
import { insideMask, maskOf, repetitionMask, viewText, type Mask, type TextView } from './textView.ts';

/** How far back `after` looks: the token before, the one before that, a few tokens, or the whole stretch so far. */
export type Reach = 'next' | 'second' | 'near' | 'line' | 'sentence' | 'text';

/** What must hold around a token. */
export type Context =
  | { readonly kind: 'after'; readonly reach: Reach; readonly selector: Selector }
  /** The next token: the simulator may look ahead where the model could not. */
  | { readonly kind: 'before'; readonly selector: Selector }
  | { readonly kind: 'inside'; readonly what: 'quotes' | 'brackets' | 'tags' }
  | { readonly kind: 'start'; readonly of: 'text' | 'line' | 'sentence' }
  | { readonly kind: 'repetition'; readonly what: 'repeated' | 'continued' | 'new' };

/** Every surrounding that takes no tokens. */
export const PLACES: readonly Context[] = [
  { kind: 'inside', what: 'quotes' },
  { kind: 'inside', what: 'brackets' },
  { kind: 'inside', what: 'tags' },
  { kind: 'start', of: 'text' },
  { kind: 'start', of: 'line' },
  { kind: 'start', of: 'sentence' },
  { kind: 'repetition', what: 'repeated' },
  { kind: 'repetition', what: 'continued' },
  { kind: 'repetition', what: 'new' },
];

/** Whether a surrounding names tokens of its own. */
export function takesTokens({ kind }: Context): boolean {
  return kind === 'after' || kind === 'before';
}

/** One part of a sentence: which tokens, in which surroundings, how strongly. */
export interface Clause {
  /** Activation on 0..10 where the clause holds. */
  readonly strength: Strength;
  readonly selector: Selector;
  readonly contexts: readonly Context[];
}

/** How strongly, on the 0..10 scale of simulations: fires on, less on, weakly on. */
export type Strength = 10 | 6 | 3;

/** What a sentence says of a unit: the strongest clause that holds decides; nothing fires on what is excepted. */
export interface Rule {
  readonly clauses: readonly Clause[];
  readonly except: Selector | null;
}

/** Tokens that count as soon after. */
const NEAR = 5;
/** Tokens that count as the start of a text. */
const START_OF_TEXT = 3;

/** Activation on 0..10 at each token. Shape [tokens]. */
export function evaluateRule(rule: Rule, tokens: readonly string[]): Float32Array {
  return evaluateOn(rule, viewText(tokens));
}

/** As `evaluateRule`, of a text that is viewed already. Shape [tokens], 0..10. */
export function evaluateOn(rule: Rule, view: TextView): Float32Array {
  const values = new Float32Array(view.tokens.length);
  for (const clause of rule.clauses) {
    clauseMask(view, clause).forEach((held, index) => {
      if (held) values[index] = Math.max(values[index] ?? 0, clause.strength);
    });
  }
  if (rule.except && !isEveryToken(rule.except)) {
    select(view, rule.except).covered.forEach((held, index) => {
      if (held) values[index] = 0;
    });
  }
  return values;
}

/** Tokens that a clause covers. Shape [tokens], 0 or 1. */
export function clauseMask(view: TextView, { selector, contexts }: Omit<Clause, 'strength'>): Mask {
  const covered = select(view, selector).covered;
  const around = contexts.map((context) => contextMask(view, context));
  return covered.map((held, index) => (held && around.every((mask) => mask[index]) ? 1 : 0));
}

/** Tokens around which a surrounding holds. Shape [tokens], 0 or 1. */
export function contextMask(view: TextView, context: Context): Mask {
  switch (context.kind) {
    case 'after':
      return afterMask(view, context.reach, context.selector);
    case 'before':
      return nextMask(select(view, context.selector).covered);
    case 'inside':
      return insideMask(view, context.what);
    case 'start':
      return startMask(view, context.of);
    case 'repetition':
      return repetitionMask(view, context.what);
  }
}

function nextMask(mask: Mask): Mask {
  return mask.map((_, index) => mask[index + 1] ?? 0);
}

function startMask(view: TextView, of: 'text' | 'line' | 'sentence'): Mask {
  if (of === 'text') {
    return maskOf(view, (_, index) => index - (view.textStart[index] ?? 0) < START_OF_TEXT);
  }
  const starts = of === 'line' ? view.lineStart : view.sentenceStart;
  // The first token with ink: indentation and line ends do not count.
  return maskOf(view, (token, index) => {
    const before = view.tokens.slice(starts[index] ?? 0, index);
    return !isBlank(token) && before.every((earlier) => isBlank(earlier) || isSpecialToken(earlier));
  });
}

function afterMask(view: TextView, reach: Reach, selector: Selector): Mask {
  return view.mask(`after ${reach} ${selectorKey(selector)}`, () => {
    const { completed } = select(view, selector);
    const last = lastBefore(completed);
    return maskOf(view, (_, index) => {
      const at = last[index] ?? -1;
      if (at < (view.textStart[index] ?? 0)) return false;
      if (reach === 'next') return at === index - 1;
      if (reach === 'second') return completed[index - 2] === 1 && index - 2 >= (view.textStart[index] ?? 0);
      return at >= earliest(view, reach, index);
    });
  });
}

function earliest(view: TextView, reach: Exclude<Reach, 'next' | 'second'>, index: number): number {
  switch (reach) {
    case 'near':
      return index - NEAR;
    case 'line':
      return view.lineStart[index] ?? 0;
    case 'sentence':
      return view.sentenceStart[index] ?? 0;
    case 'text':
      return 0;
  }
}

/** Index of the last 1 before each token, -1 without one. */
function lastBefore(mask: Mask): Int32Array {
  const before = new Int32Array(mask.length);
  let last = -1;
  for (let index = 0; index < mask.length; index++) {
    before[index] = last;
    if (mask[index] === 1) last = index;
  }
  return before;
}

function isBlank(token: string): boolean {
  return token.trim() === '';
}
