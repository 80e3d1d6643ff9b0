import { firstTokenScores, headScores, repeatedTokens } from '../../analysis/headScores.ts';
import { throwIfCancelled } from '../../errors.ts';
import { need } from '../../graph/keptGraphs.ts';
import type { Runner } from '../../trace/runner.ts';
import { seededRandom } from '../../random.ts';
import type { HeadBehaviour } from '../readings.ts';
import type { ActivationRecord, UnitRecords } from '../records.ts';

/** Scores of a head, without its records. */
export type HeadScoreReading = Omit<HeadBehaviour, 'topPairs'>;

/** Tokens of one copy, and how many random sequences scores are the mean of. Source of the length: ARENA 1.2. */
const COPY = 50;
const SEQUENCES = 4;
const SEED = 0;
/** More tokens than any vocabulary has. */
const MANY = 2 ** 26;

/**
 * Scores of all heads of a layer on repeated random tokens: BOS, then n different tokens twice.
 * `bos`: the token that begins a text; null = the first random one does.
 */
export async function layerHeadScores(
  runner: Runner,
  layer: number,
  {
    bos,
    size,
    signal,
  }: { readonly bos: number | null; readonly size: number; readonly signal?: AbortSignal | undefined },
): Promise<HeadScoreReading[]> {
  const n = Math.min(COPY, Math.floor((runner.config.n_ctx - 1) / 2), size - 1);
  const all: HeadScoreReading[][] = [];
  for (let sequence = 0; sequence < SEQUENCES; sequence++) {
    const tokens = distinctTokens({ count: n + 1, size, skip: bos, seed: SEED + sequence });
    const ids = repeatedTokens(bos ?? tokens[n] ?? 0, tokens.slice(0, n));
    const pattern = await patternOf(runner, layer, ids, signal);
    const first = firstTokenScores(pattern, ids.length);
    all.push(
      headScores(pattern, n).map(({ previousToken, duplicateToken, induction, entropy }, head) => ({
        previousToken,
        duplicateToken,
        induction,
        firstToken: first[head] ?? Number.NaN,
        entropy,
      })),
    );
  }
  return meanScores(all);
}

/** Runs the model up to a layer's attention. [head, query, key]. */
async function patternOf(
  runner: Runner,
  layer: number,
  ids: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  let x = (await runner.embed(ids)).residPre;
  for (let below = 0; below < layer; below++) {
    throwIfCancelled(signal);
    x = need(await runner.block({ layer: below, x, want: ['resid_post'] }), 'resid_post');
  }
  return need(await runner.block({ layer, x, want: ['pattern'] }), 'pattern').data;
}

function meanScores(all: readonly (readonly HeadScoreReading[])[]): HeadScoreReading[] {
  const heads = all[0]?.length ?? 0;
  return Array.from({ length: heads }, (_, head) => {
    const mean = (name: keyof HeadScoreReading): number =>
      all.reduce((sum, each) => sum + (each[head]?.[name] ?? Number.NaN), 0) / all.length;
    return {
      previousToken: mean('previousToken'),
      duplicateToken: mean('duplicateToken'),
      induction: mean('induction'),
      firstToken: mean('firstToken'),
      entropy: mean('entropy'),
    };
  });
}

function distinctTokens(asked: {
  readonly count: number;
  readonly size: number;
  readonly skip: number | null;
  readonly seed: number;
}): number[] {
  const random = seededRandom(asked.seed);
  const chosen = new Set<number>();
  const most = asked.skip === null ? asked.size : asked.size - 1;
  while (chosen.size < Math.min(asked.count, most)) {
    const id = Math.floor(random() * asked.size);
    if (id !== asked.skip) chosen.add(id);
  }
  return [...chosen];
}

/**
 * Query and key tokens with the largest mean value over the windows that are kept of a head, each window once. Pairs
 * that were seen once stand behind those that were seen again: their mean is one record's value.
 */
export function topTokenPairs(
  records: UnitRecords,
  k: number,
  text: (id: number) => string,
): HeadBehaviour['topPairs'] {
  const found = new Map<number, { query: number; key: number; sum: number; count: number }>();
  for (const record of eachWindow(records)) {
    const { ids, pairs } = record;
    let at = 0;
    for (const [query, queryId] of ids.entries()) {
      for (const keyId of ids.slice(0, query + 1)) {
        const name = queryId * MANY + keyId;
        const pair = found.get(name) ?? { query: queryId, key: keyId, sum: 0, count: 0 };
        pair.sum += pairs?.[at++] ?? 0;
        pair.count++;
        found.set(name, pair);
      }
    }
  }
  return [...found.values()]
    .map(({ query, key, sum, count }) => ({
      query: text(query),
      key: text(key),
      value: sum / count,
      count,
    }))
    .toSorted((a, b) => Number(b.count > 1) - Number(a.count > 1) || b.value - a.value || b.count - a.count)
    .slice(0, k);
}

function eachWindow({ top, random, quantiles }: UnitRecords): ActivationRecord[] {
  const all = [...top, ...quantiles.flatMap(({ records }) => records), ...random];
  return [...new Map(all.map((record) => [record.sequence, record])).values()];
}
