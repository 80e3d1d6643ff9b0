import type { ExplainedRecord } from '../parts.ts';
import { plainAtoms, targetAtoms, type Atom, type PlainAtoms } from '../words/fit/atoms.ts';
import { sampleOf, type Sample } from '../words/fit/sample.ts';
import { EVERY_TOKEN, type Selector } from '../words/selector.ts';
import { related, RELATIONS, type PairClause, type PairRule, type Relation } from './pairRule.ts';
import { pairValue, type Pair } from './pairs.ts';

/** Correlation that a unit of cost must be worth. */
const PRICE = 0.01;
/** Saying where a head looks costs this; so does saying from where. */
const RELATION_COST = 1;
/** A further clause must add this much. */
const WORTH = 0.02;
const MOST_CLAUSES = 3;
/** Pairs that are looked at in all: ten windows of 100 tokens have fewer. */
const MOST_PAIRS = 60_000;
const BEAM = 6;
/** A clause whose mean is below this share of the other's is called less. */
const LESS = 0.6;

/** Every pair of all windows, end to end. */
interface PairSample {
  readonly tokens: Sample;
  readonly plain: PlainAtoms;
  /** Token of each pair's query and key, counted over all windows. */
  readonly query: Int32Array;
  readonly key: Int32Array;
  /** Square root of what the pair does: scores count pairs, so that strong ones must not drown the others. */
  readonly value: Float64Array;
  readonly relations: ReadonlyMap<Relation, Uint8Array>;
}

interface Candidate {
  readonly clause: PairClause;
  /** Pairs where it would hold on text that its lists were not made from. */
  readonly honest: Uint8Array;
  readonly cost: number;
  readonly promise: number;
}

/** Rules that foretell which pairs a head acts on, the most promising first. */
export function fitPairs(records: readonly ExplainedRecord[]): { rule: PairRule; promise: number }[] {
  const sample = pairSampleOf(records);
  if (!sample.value.some((value) => value > 0)) return [];
  const singles = candidates(sample, sample.value);
  const [first] = singles;
  if (!first) return [];
  const simple = singles.map(({ clause, promise }) => ({ rule: { clauses: [clause] }, promise }));
  const grown = grow(sample, first);
  return (grown.rule.clauses.length > 1 ? [grown, ...simple] : simple).sort((a, b) => b.promise - a.promise);
}

/** Adds clauses for the pairs that the first ones leave, while they are worth their words. */
function grow(sample: PairSample, first: Candidate): { rule: PairRule; promise: number } {
  let said: readonly Candidate[] = [first];
  let best: { rule: PairRule; promise: number } = {
    rule: { clauses: [first.clause] },
    promise: first.promise,
  };
  while (said.length < MOST_CLAUSES) {
    const rest = sample.value.map((value, pair) => (said.some(({ honest }) => honest[pair]) ? 0 : value));
    const longer = candidates(sample, rest)
      .map((next) => ({ said: [...said, next], ...join(sample, [...said, next]) }))
      .sort((a, b) => b.promise - a.promise)[0];
    if (!longer || longer.promise < best.promise + WORTH) break;
    said = longer.said;
    best = { rule: longer.rule, promise: longer.promise };
  }
  return best;
}

function candidates(sample: PairSample, value: Float64Array): Candidate[] {
  const places = [...sample.relations.keys()].map((relation) => place(sample, value, relation));
  const top = (list: readonly Candidate[]) => list.toSorted((a, b) => b.promise - a.promise).slice(0, BEAM);
  const keys = top([...places, ...top(places).flatMap((each) => refined(sample, value, each, 'key'))]);
  const queries = top(keys.flatMap((each) => refined(sample, value, each, 'query')));
  return top([...keys, ...queries]).filter(({ clause }) => saysSomething(clause));
}

function place(sample: PairSample, value: Float64Array, relation: Relation): Candidate {
  const honest = sample.relations.get(relation) ?? new Uint8Array(value.length);
  const cost = relation === 'any' ? 0 : RELATION_COST;
  const clause: PairClause = { strength: 10, query: EVERY_TOKEN, relation, key: EVERY_TOKEN };
  return { clause, honest, cost, promise: correlation(value, honest) - PRICE * cost };
}

/** A candidate with its keys or its queries told. */
function refined(
  sample: PairSample,
  value: Float64Array,
  candidate: Candidate,
  side: 'query' | 'key',
): Candidate[] {
  const totals = new Float64Array(sample.tokens.tokens.length);
  const place = sample[side];
  candidate.honest.forEach((held, pair) => {
    const token = place[pair] ?? 0;
    if (held) totals[token] = Math.max(totals[token] ?? 0, value[pair] ?? 0);
  });
  return targetAtoms(sample.tokens, sample.plain, totals).map((atom: Atom<Selector>): Candidate => {
    const honest = candidate.honest.map((held, pair) => held & (atom.honest[place[pair] ?? 0] ?? 0));
    const cost = candidate.cost + atom.cost;
    return {
      clause: { ...candidate.clause, [side]: atom.what },
      honest,
      cost,
      promise: correlation(value, honest) - PRICE * cost,
    };
  });
}

/** Several clauses as one rule, each as strong as its pairs are on average. */
function join(sample: PairSample, said: readonly Candidate[]): { rule: PairRule; promise: number } {
  const means = said.map(({ honest }) => meanOver(sample.value, honest));
  const top = Math.max(...means);
  const strengths = means.map((mean) => (mean < LESS * top ? 6 : 10));
  const predicted = new Float64Array(sample.value.length);
  said.forEach(({ honest }, clause) => {
    const strength = strengths[clause] ?? 0;
    honest.forEach((held, pair) => {
      if (held && strength > (predicted[pair] ?? 0)) predicted[pair] = strength;
    });
  });
  const clauses = said.map(({ clause }, index): PairClause => ({
    ...clause,
    strength: strengths[index] === 6 ? 6 : 10,
  }));
  const cost = said.reduce((sum, each) => sum + each.cost + 1, -1);
  return {
    rule: { clauses: clauses.sort((a, b) => b.strength - a.strength) },
    promise: correlation(sample.value, predicted) - PRICE * cost,
  };
}

function saysSomething({ relation, key, query }: PairClause): boolean {
  return relation !== 'any' || key !== EVERY_TOKEN || query !== EVERY_TOKEN;
}

function meanOver(value: Float64Array, mask: Uint8Array): number {
  let sum = 0;
  let count = 0;
  mask.forEach((held, pair) => {
    if (!held) return;
    sum += value[pair] ?? 0;
    count++;
  });
  return count > 0 ? sum / count : 0;
}

/** Pearson correlation, 0 where it is not defined. */
function correlation(truth: Float64Array, predicted: ArrayLike<number>): number {
  let [t, p, tt, pp, tp] = [0, 0, 0, 0, 0];
  for (let index = 0; index < truth.length; index++) {
    const a = truth[index] ?? 0;
    const b = predicted[index] ?? 0;
    t += a;
    p += b;
    tt += a * a;
    pp += b * b;
    tp += a * b;
  }
  const count = truth.length;
  const variance = (tt - (t * t) / count) * (pp - (p * p) / count);
  return variance > 1e-12 ? (tp - (t * p) / count) / Math.sqrt(variance) : 0;
}

function pairSampleOf(records: readonly ExplainedRecord[]): PairSample {
  const tokens = sampleOf(records);
  const most = Math.floor(MOST_PAIRS / Math.max(1, records.length));
  const pairs = records.map((record) => fewerPairs(record, most));
  const flat = pairs.flatMap((list, window) => list.map((pair) => ({ window, pair })));
  const offset = (window: number) => tokens.offsets[window] ?? 0;
  const relations = new Map<Relation, Uint8Array>();
  for (const relation of ['any', ...Object.keys(RELATIONS)] as Relation[]) {
    relations.set(
      relation,
      Uint8Array.from(flat, ({ window, pair }) => {
        const view = tokens.views[window];
        return view && related(relation, view, pair) ? 1 : 0;
      }),
    );
  }
  return {
    tokens,
    plain: plainAtoms(tokens),
    query: Int32Array.from(flat, ({ window, pair }) => offset(window) + pair.query),
    key: Int32Array.from(flat, ({ window, pair }) => offset(window) + pair.key),
    value: Float64Array.from(
      records.flatMap((record, window) =>
        (pairs[window] ?? []).map((pair) => Math.sqrt(Math.max(0, pairValue(record, pair)))),
      ),
    ),
    relations,
  };
}

/** All pairs of a short window; of a long one those of evenly spread queries and of its strongest. */
function fewerPairs({ tokens, activations }: ExplainedRecord, most: number): Pair[] {
  const strongest = activations.indexOf(activations.reduce((max, value) => Math.max(max, value), 0));
  const step = Math.max(1, Math.ceil((tokens.length * (tokens.length + 1)) / 2 / most));
  return Array.from(tokens.keys())
    .filter((query) => query % step === 0 || query === strongest)
    .flatMap((query) => Array.from({ length: query + 1 }, (_, key): Pair => ({ query, key })));
}
