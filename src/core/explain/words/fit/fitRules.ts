import type { ExplainedRecord } from '../../parts.ts';
import { takesTokens, type Clause, type Context, type Rule, type Strength } from '../rule.ts';
import { isEveryToken, type Selector } from '../selector.ts';
import type { Mask } from '../textView.ts';
import { contextAtoms, plainAtoms, targetAtoms, type Atom, type PlainAtoms } from './atoms.ts';
import {
  both,
  maskCorrelation,
  placeCorrelation,
  sampleOf,
  valueCorrelation,
  type Sample,
} from './sample.ts';

/** A rule with what it promises: honest correlation less what it costs to say. */
export interface FittedRule {
  readonly rule: Rule;
  readonly promise: number;
}

/** Correlation that a unit of cost must be worth. */
const PRICE = 0.01;
/** A further clause or exception must add this much. */
const WORTH = 0.03;
const MOST_CLAUSES = 3;
/** Candidates that are looked at more closely. */
const BEAM = 10;
const LONG_BEAM = 40;

type Said = Omit<Clause, 'strength'>;

/**
 * Rules that foretell the activations of some windows, the most promising first: one with several clauses, and the best
 * ones of a single clause. A search over what sentences can say, scored by correlation on text that a list was not made
 * from, less a price for length.
 */
export function fitRules(records: readonly ExplainedRecord[]): FittedRule[] {
  const sample = sampleOf(records);
  if (sample.spread === 0) return [];
  const plain = plainAtoms(sample);
  const singles = clauseAtoms(sample, plain, sample.target);
  const whole = growRule(sample, plain, singles);
  const simple = singles.slice(0, BEAM).map((atom): FittedRule => ({
    rule: { clauses: [{ strength: 10, ...atom.what }], except: null },
    promise: promiseOf(sample, atom),
  }));
  return distinct([...(whole ? [whole] : []), ...simple]).sort((a, b) => b.promise - a.promise);
}

/** Single clauses for some values, the most promising first: tokens, tokens in a context, tokens in two contexts. */
function clauseAtoms(sample: Sample, plain: PlainAtoms, values: Float64Array): Atom<Said>[] {
  const target = { ...sample, ...momentsOf(values) };
  const rank = (atoms: readonly Atom<Said>[], count: number): Atom<Said>[] => {
    const ranked = atoms.map((atom) => ({ atom, promise: promiseOf(target, atom) }));
    return ranked
      .sort((a, b) => b.promise - a.promise)
      .slice(0, count)
      .map(({ atom }) => atom);
  };
  const contexts = contextAtoms(sample, plain, values);
  const alone = targetAtoms(sample, plain, values).map((atom): Atom<Said> => ({
    ...atom,
    what: { selector: atom.what, contexts: [] },
  }));
  const beam = [...rank(alone, BEAM), ...alone.filter(({ what }) => isEveryToken(what.selector))];
  const once = extended(target, beam, contexts);
  const twice = extended(target, once.slice(0, BEAM), contexts);
  return rank(
    [...alone, ...once, ...twice].filter(({ what }) => !saysNothing(what)),
    LONG_BEAM,
  );
}

/** The most promising of all atoms in all contexts. Masks are made of those alone. */
function extended(
  target: Sample,
  atoms: readonly Atom<Said>[],
  contexts: readonly Atom<Context>[],
): Atom<Said>[] {
  const found = atoms.flatMap((atom) => {
    const places = Uint32Array.from(atom.honest.keys()).filter((index) => atom.honest[index] === 1);
    return contexts
      .filter(({ what }) => fits(atom.what, what))
      .map((context) => ({
        atom,
        context,
        promise: placeCorrelation(target, places, context.honest) - PRICE * (atom.cost + context.cost),
      }));
  });
  return found
    .sort((a, b) => b.promise - a.promise)
    .slice(0, LONG_BEAM)
    .map(({ atom, context }) => ({
      what: { ...atom.what, contexts: inOrder([...atom.what.contexts, context.what]) },
      mask: both(atom.mask, context.mask),
      honest: both(atom.honest, context.honest),
      cost: atom.cost + context.cost,
    }));
}

/** As they are written: what takes tokens comes last. */
function inOrder(contexts: readonly Context[]): Context[] {
  return [...contexts.filter((each) => !takesTokens(each)), ...contexts.filter(takesTokens)];
}

/** One context of a kind is enough, and reads well. */
function fits(said: Said, context: Context): boolean {
  return said.contexts.every(
    (each) =>
      each.kind !== context.kind ||
      (each.kind === 'after' && context.kind === 'after' && each.reach !== context.reach),
  );
}

function saysNothing({ selector, contexts }: Said): boolean {
  return isEveryToken(selector) && contexts.length === 0;
}

/** Adds clauses for what the first one does not foretell, then an exception, while they are worth their words. */
function growRule(sample: Sample, plain: PlainAtoms, singles: readonly Atom<Said>[]): FittedRule | null {
  const [first] = singles;
  if (!first) return null;
  let atoms: Atom<Said>[] = [first];
  let promise = promiseOf(sample, first);
  while (atoms.length < MOST_CLAUSES) {
    const rest = sample.target.map((value, index) => (atoms.some(({ mask }) => mask[index]) ? 0 : value));
    const next = best(
      clauseAtoms(sample, plain, rest).map((atom) => [...atoms, atom]),
      (each) => promiseOfAll(sample, each),
    );
    if (!next || next.promise < promise + WORTH) break;
    atoms = next.what;
    promise = next.promise;
  }
  const clauses = withStrengths(sample, atoms).toSorted((a, b) => b.strength - a.strength);
  const exception = fitException(sample, plain, { atoms, promise });
  return {
    rule: { clauses, except: exception?.what ?? null },
    promise: exception?.promise ?? promise,
  };
}

/** Tokens that the clauses cover and on which the unit is silent. */
function fitException(
  sample: Sample,
  plain: PlainAtoms,
  { atoms, promise }: { readonly atoms: readonly Atom<Said>[]; readonly promise: number },
): { what: Selector; promise: number } | null {
  const values = valuesOf(sample, atoms, 'mask');
  const honest = valuesOf(sample, atoms, 'honest');
  const wrong = values.map((value, index) => Math.max(0, value - (sample.target[index] ?? 0)));
  const cost = atoms.reduce((sum, atom) => sum + atom.cost, 0);
  const found = best(
    targetAtoms(sample, plain, wrong).filter(({ what }) => !isEveryToken(what)),
    (atom) =>
      valueCorrelation(
        sample,
        honest.map((value, index) => (atom.honest[index] ? 0 : value)),
      ) -
      PRICE * (cost + atom.cost + 1),
  );
  return found && found.promise > promise + WORTH ? { what: found.what.what, promise: found.promise } : null;
}

function best<T>(items: readonly T[], promise: (item: T) => number): { what: T; promise: number } | null {
  let found: { what: T; promise: number } | null = null;
  for (const what of items) {
    const each = promise(what);
    if (!found || each > found.promise) found = { what, promise: each };
  }
  return found;
}

function promiseOf(
  sample: Sample,
  { honest, cost }: { readonly honest: Mask; readonly cost: number },
): number {
  return maskCorrelation(sample, honest) - PRICE * cost;
}

function promiseOfAll(sample: Sample, atoms: readonly Atom<Said>[]): number {
  const cost = atoms.reduce((sum, atom) => sum + atom.cost + 1, -1);
  return valueCorrelation(sample, valuesOf(sample, atoms, 'honest')) - PRICE * cost;
}

function valuesOf(sample: Sample, atoms: readonly Atom<Said>[], which: 'mask' | 'honest'): Float64Array {
  const strengths = withStrengths(sample, atoms).map(({ strength }) => strength);
  const values = new Float64Array(sample.tokens.length);
  atoms.forEach((atom, clause) => {
    const strength = strengths[clause] ?? 0;
    for (let index = 0; index < values.length; index++) {
      if (atom[which][index] && strength > (values[index] ?? 0)) values[index] = strength;
    }
  });
  return values;
}

/** Strengths by the mean activation on the tokens that each clause adds to those before it. */
function withStrengths(sample: Sample, atoms: readonly Atom<Said>[]): Clause[] {
  const taken = new Uint8Array(sample.tokens.length);
  const means = atoms.map(({ mask }) => {
    let sum = 0;
    let count = 0;
    mask.forEach((held, index) => {
      if (!held || taken[index]) return;
      taken[index] = 1;
      sum += sample.target[index] ?? 0;
      count++;
    });
    return count > 0 ? sum / count : 0;
  });
  const top = Math.max(...means);
  return atoms.map(({ what }, index) => ({ strength: strengthOf((means[index] ?? 0) / top), ...what }));
}

function strengthOf(share: number): Strength {
  if (share >= 0.75) return 10;
  return share >= 0.4 ? 6 : 3;
}

function momentsOf(values: Float64Array): Pick<Sample, 'target' | 'mean' | 'spread'> {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { target: values, mean, spread: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

function distinct(rules: readonly FittedRule[]): FittedRule[] {
  const seen = new Set<string>();
  return rules.filter(({ rule }) => {
    const key = JSON.stringify(rule);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
