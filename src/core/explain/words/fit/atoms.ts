import { contextMask, PLACES, type Context, type Reach } from '../rule.ts';
import { EVERY_TOKEN, select, type Selector } from '../selector.ts';
import { TOKEN_CLASSES } from '../tokenClasses.ts';
import type { Mask } from '../textView.ts';
import { joinMasks, maskCorrelation, type Sample } from './sample.ts';
import { tokenLists } from './tokenLists.ts';

/** A condition that a rule may hold, with where it holds. */
export interface Atom<T> {
  readonly what: T;
  readonly mask: Mask;
  /**
   * Where it would hold if each window were left out when its tokens were listed: what a list promises of text that it
   * was not made from. The same as `mask` where nothing is listed.
   */
  readonly honest: Mask;
  /** What it costs to say. */
  readonly cost: number;
}

/** Said in words of a class, or by a phrase. */
const CLASS_COST = 1;
const CONTEXT_COST = 1.5;

const SHORTEST_ENDING = 2;
const LONGEST_ENDING = 3;
/** Different tokens that must share an ending. */
const ENDING_TOKENS = 4;

const REACHES: readonly Reach[] = ['next', 'second', 'near', 'sentence', 'text'];

/** Atoms that list nothing, and so are the same whatever is to be foretold: made once for a sample. */
export interface PlainAtoms {
  readonly targets: readonly Atom<Selector>[];
  readonly contexts: readonly Atom<Context>[];
}

/** Everything, kinds of tokens, and their surroundings. */
export function plainAtoms(sample: Sample): PlainAtoms {
  const every = new Uint8Array(sample.tokens.length).fill(1);
  const classes = TOKEN_CLASSES.map(({ id }): Selector => ({ ...EVERY_TOKEN, classes: [id] }));
  const around = classes.flatMap((selector): Context[] => [
    ...REACHES.map((reach): Context => ({ kind: 'after', reach, selector })),
    { kind: 'before', selector },
  ]);
  return {
    targets: [{ what: EVERY_TOKEN, mask: every, honest: every, cost: 0 }, ...classAtoms(sample)],
    contexts: [...PLACES, ...around]
      .map((context) => contextAtom(sample, context))
      .filter(isSome)
      .concat(singleContexts(sample)),
  };
}

/** Tokens that a unit may fire on: everything, kinds of tokens, shared endings, and lists of the strongest tokens. */
export function targetAtoms(sample: Sample, plain: PlainAtoms, values: Float64Array): Atom<Selector>[] {
  return [
    ...plain.targets,
    ...endingAtoms(sample, values),
    ...tokenLists(sample, { values, holds: (index) => index }),
  ];
}

/** Surroundings that may matter. */
export function contextAtoms(sample: Sample, plain: PlainAtoms, values: Float64Array): Atom<Context>[] {
  return [...plain.contexts, ...listedContexts(sample, values)];
}

function classAtoms(sample: Sample): Atom<Selector>[] {
  return TOKEN_CLASSES.map(({ id }) => {
    const what: Selector = { ...EVERY_TOKEN, classes: [id] };
    const mask = joinMasks(sample, (view) => select(view, what).covered);
    return { what, mask, honest: mask, cost: CLASS_COST };
  }).filter(isSome);
}

function endingAtoms(sample: Sample, values: Float64Array): Atom<Selector>[] {
  const tokens = new Map<string, Set<string>>();
  sample.tokens.forEach((token, index) => {
    const word = token.trim();
    if (word.length <= LONGEST_ENDING || !/^\p{L}+$/u.test(word) || (values[index] ?? 0) <= 0) return;
    for (let length = SHORTEST_ENDING; length <= LONGEST_ENDING; length++) {
      const ending = word.slice(-length);
      tokens.set(ending, (tokens.get(ending) ?? new Set()).add(word));
    }
  });
  return [...tokens]
    .filter(([, words]) => words.size >= ENDING_TOKENS)
    .map(([ending]): Atom<Selector> => {
      const what: Selector = { ...EVERY_TOKEN, endings: [ending] };
      const mask = joinMasks(sample, (view) => select(view, what).covered);
      return { what, mask, honest: mask, cost: CLASS_COST };
    });
}

/** Lists of tokens that stand before, soon before or after. */
function listedContexts(sample: Sample, values: Float64Array): Atom<Context>[] {
  const place = (index: number, step: number) =>
    sample.windows[index] === sample.windows[index + step] ? index + step : null;
  const from = (step: number, context: (selector: Selector) => Context): Atom<Context>[] =>
    tokenLists(sample, { values, holds: (index) => place(index, step) }).map(({ what, ...atom }) => ({
      ...atom,
      what: context(what),
      cost: atom.cost + CONTEXT_COST,
    }));
  return [
    ...from(-1, (selector) => ({ kind: 'after', reach: 'next', selector })),
    ...from(-2, (selector) => ({ kind: 'after', reach: 'second', selector })),
    ...from(1, (selector) => ({ kind: 'before', selector })),
  ];
}

/** Single tokens that the unit fires soon after, or in whose text it fires. They must do so in several windows. */
function singleContexts(sample: Sample): Atom<Context>[] {
  const windows = new Map<string, Set<number>>();
  sample.tokens.forEach((token, index) => {
    windows.set(token, (windows.get(token) ?? new Set()).add(sample.windows[index] ?? 0));
  });
  const tokens = [...windows].filter(([, found]) => found.size >= 2).map(([token]) => token);
  return tokens.flatMap((token) => {
    const selector: Selector = { ...EVERY_TOKEN, texts: [token] };
    return (['near', 'sentence', 'text'] as const)
      .map((reach) => contextAtom(sample, { kind: 'after', reach, selector }))
      .filter(isSome)
      .filter(({ honest }) => maskCorrelation(sample, honest) > 0.1);
  });
}

function contextAtom(sample: Sample, what: Context): Atom<Context> {
  const mask = joinMasks(sample, (view) => contextMask(view, what));
  return { what, mask, honest: mask, cost: what.kind === 'after' ? CONTEXT_COST + CLASS_COST : CONTEXT_COST };
}

/** Holds somewhere, and not everywhere. */
function isSome({ mask }: { readonly mask: Mask }): boolean {
  return mask.includes(1) && mask.includes(0);
}
