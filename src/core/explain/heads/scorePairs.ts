import { Rng } from '../../world/rng.ts';
import { about, ACTIVE, ask, SILENT, type BinaryInput } from '../binary.ts';
import { largest } from '../normalize.ts';
import type { BinaryResult, ExplainedRecord } from '../parts.ts';
import { allPairs, pairValue, type Pair } from './pairs.ts';

/** Marked pairs of one window, each with a silent pair of the same query and one of any query. */
const PER_WINDOW = 2;

/**
 * Heads: marked pairs on which the head acts (pattern times norm of what the pair writes) against pairs on which it does
 * not. Half of the latter share the query with a marked one, so that a query alone decides nothing.
 * Source: Neuronpedia's attention scorer (AUC). @throws cancelled, language/*
 */
export async function scorePairs(input: BinaryInput): Promise<BinaryResult> {
  const { train, calibration, test } = input.splits;
  const max = largest([...train, ...calibration].map(({ pairs }) => pairs ?? []));
  if (max <= 0) return { scores: null, failures: [] };
  const rng = new Rng(input.seed);
  const questions = test.flatMap((record) => questionsOf(record, max, rng));
  return ask(input, questions, ({ record, pair }) => input.judge.pair({ ...about(input, record), ...pair }));
}

interface PairQuestion {
  readonly record: ExplainedRecord;
  readonly pair: Pair;
  readonly truth: boolean;
}

function questionsOf(record: ExplainedRecord, max: number, rng: Rng): PairQuestion[] {
  const pairs = allPairs(record.tokens.length);
  const value = (pair: Pair) => pairValue(record, pair);
  const marked = strongest(
    pairs.filter((pair) => value(pair) >= ACTIVE * max),
    value,
  );
  const silent = pairs.filter((pair) => value(pair) <= SILENT * max);
  const others = marked.map((each) =>
    rng.sample(
      silent.filter(({ query }) => query === each.query),
      1,
    ),
  );
  const anywhere = rng.sample(silent, marked.length);
  return [
    ...marked.map((pair) => ({ record, pair, truth: true })),
    ...[...others.flat(), ...anywhere].map((pair) => ({ record, pair, truth: false })),
  ];
}

/** The strongest pair of each query, the strongest queries first. */
function strongest(pairs: readonly Pair[], value: (pair: Pair) => number): Pair[] {
  const best = new Map<number, Pair>();
  for (const pair of pairs) {
    const known = best.get(pair.query);
    if (!known || value(pair) > value(known)) best.set(pair.query, pair);
  }
  return [...best.values()].sort((a, b) => value(b) - value(a) || a.query - b.query).slice(0, PER_WINDOW);
}
