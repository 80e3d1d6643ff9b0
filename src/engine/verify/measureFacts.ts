import { isInterpError, toInterpError } from '../../core/errors.ts';
import { layerHeadScores, type HeadScoreReading } from '../../core/records/units/headBehaviour.ts';
import { topCandidates } from '../../core/analysis/candidates.ts';
import { Trace } from '../../core/trace/trace.ts';
import { factResult, type NotMeasured } from '../../core/verify/factText.ts';
import type { FactPrompt, FactReading, PublishedModel } from '../../core/verify/published.ts';
import type { FactResult, HookFact } from '../../core/verify/report.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import { openDebug } from '../debug/openDebug.ts';
import { readLayers } from '../debug/reads.ts';
import { assertRunnable, encodePrompt } from '../liveTrace.ts';
import type { OpenModel } from '../openModel.ts';

/** A pair's logit difference, and each head's direct part of it, [layer][head]. */
interface PairReading {
  readonly difference: number;
  readonly heads: readonly (readonly number[])[];
}

/** What facts are read from, each of it run once. */
interface Readings {
  trace(prompt: FactPrompt): Promise<Trace>;
  pair(index: number): Promise<PairReading>;
  scores(layer: number): Promise<readonly HeadScoreReading[]>;
  readonly pairs: number;
}

/** Measures every fact of a published model, by what the rest of the program shows. A failure is a fact that differs. */
export async function measureFacts(
  open: OpenModel,
  published: PublishedModel,
  job: JobContext,
): Promise<FactResult[]> {
  const readings = readingsOf(open, published, job.signal);
  const results: FactResult[] = [];
  const total = published.facts.length;
  for (const [index, fact] of published.facts.entries()) {
    const found = await read(fact.reading, readings).catch((cause: unknown): NotMeasured => {
      if (isInterpError(cause, 'cancelled')) throw cause;
      const error = toInterpError(cause);
      return { why: error.message, here: error.kind === 'environment' };
    });
    const tokenText = (id: number): string => open.tokenizer.text(id);
    const result = factResult(fact, found, { ...published, tokenText });
    results.push(result);
    job.progress({ done: index + 1, total, message: `fact ${index + 1} of ${total}: ${result.what}` });
  }
  return results;
}

/** Root mean square of every published hook. */
export async function measureHooks(
  open: OpenModel,
  { hooks }: PublishedModel,
  job: JobContext,
): Promise<HookFact[]> {
  if (hooks === null) return [];
  const trace = await runTrace(open, hooks.prompt, job.signal);
  const results: HookFact[] = [];
  for (const [hook, value] of Object.entries(hooks.rms)) {
    const found = rms((await trace.hook(hook)).data);
    results.push({ hook, value, found, ok: Math.abs(found - value) <= hooks.tolerance * value });
  }
  return results;
}

async function read(reading: FactReading, readings: Readings): Promise<number> {
  switch (reading.kind) {
    case 'loss': {
      const { logProb } = await (await readings.trace(reading.prompt)).surprise();
      return logProb.reduce((sum, value) => sum - value, 0) / logProb.length;
    }
    case 'next-token':
      return (await next(reading.prompt, readings)).id;
    case 'next-logit':
      return (await next(reading.prompt, readings)).logit;
    case 'logit-diff':
      return (await readings.pair(reading.pair)).difference;
    case 'mean-logit-diff':
      return mean(await allPairs(readings), ({ difference }) => difference);
    case 'head-attribution':
      return mean(
        await allPairs(readings),
        ({ heads }) => heads[reading.layer]?.[reading.head] ?? Number.NaN,
      );
    case 'head-score':
      return (await readings.scores(reading.layer))[reading.head]?.[reading.score] ?? Number.NaN;
  }
}

function readingsOf(open: OpenModel, published: PublishedModel, signal: AbortSignal): Readings {
  const layers = open.checkpoint.config.n_layers;
  return {
    pairs: published.pairs.length,
    trace: keeping((prompt: FactPrompt) => runTrace(open, prompt, signal)),
    pair: keeping((index: number) => readPair(open, published, { index, signal })),
    scores: keeping(async (layer: number) => {
      if (layer >= layers) return [];
      const { bosId: bos, size } = open.tokenizer;
      return layerHeadScores(open.runner, layer, { bos, size, signal });
    }),
  };
}

/** The debugger's own numbers. @throws scalar/* */
async function readPair(
  open: OpenModel,
  published: PublishedModel,
  { index, signal }: { readonly index: number; readonly signal: AbortSignal },
): Promise<PairReading> {
  const pair = published.pairs[index];
  if (!pair) return { difference: Number.NaN, heads: [] };
  const experiment = {
    ...{ modelId: open.info.modelId, text: pair.text, bos: pair.bos, position: 'last', seed: 0 },
    ...{ targets: [pair.target], distractors: [pair.distractor], scalar: 'logit_diff' as const },
    ...{ edits: [], corrupted: null, reference: null, folder: null, alignment: null },
    compare: 'edits' as const,
  };
  const session = await openDebug(open, experiment, { signal, progress: () => {} });
  const options = { saes: [], foldValueBiases: true, frozenScale: true, k: 1 };
  const { heads } = await readLayers(session, options, signal);
  return { difference: session.summary.left.value, heads };
}

async function runTrace(open: OpenModel, { text, bos }: FactPrompt, signal: AbortSignal): Promise<Trace> {
  const tokens = encodePrompt(open, text, bos);
  assertRunnable(open, tokens);
  return Trace.run(
    open.runner,
    tokens.map(({ id }) => id),
    { signal },
  );
}

async function next(
  prompt: FactPrompt,
  readings: Readings,
): Promise<{ readonly id: number; readonly logit: number }> {
  const trace = await readings.trace(prompt);
  const { data } = await trace.logits([trace.ids.length - 1]);
  return topCandidates(data, 1, () => '')[0] ?? { id: -1, logit: Number.NaN };
}

async function allPairs(readings: Readings): Promise<PairReading[]> {
  const all: PairReading[] = [];
  for (let index = 0; index < readings.pairs; index++) all.push(await readings.pair(index));
  return all;
}

function mean<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}

/** Of the values that are finite: masked scores are not. */
function rms(values: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value ** 2;
    count++;
  }
  return Math.sqrt(sum / count);
}

/** Asked again, the same answer, run once. Facts are read one after the other. */
function keeping<K, T>(make: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const known = new Map<K, Promise<T>>();
  return (key) => {
    const made = known.get(key) ?? make(key);
    known.set(key, made);
    return made;
  };
}
