import { randomUUID } from 'node:crypto';
import { InterpError } from '../core/errors.ts';
import { topCandidates } from '../core/analysis/candidates.ts';
import { noPosition, type HeatMapSource } from '../core/analysis/heatMap.ts';
import { MostActive } from '../core/analysis/mostActive.ts';
import { withBos, type BosMode } from '../core/tokens/bos.ts';
import type { TextToken } from '../core/tokens/token.ts';
import type { TokenReading, TraceSummary } from '../core/trace/readings.ts';
import type { Surprise } from '../core/trace/runner.ts';
import type { SparseActs } from '../core/trace/saeRunner.ts';
import { Trace } from '../core/trace/trace.ts';
import type { AttachedSae, OpenModel } from './openModel.ts';

/** A trace that views read from. */
export interface LiveTrace extends HeatMapSource {
  readonly id: string;
  readonly model: OpenModel;
  readonly summary: TraceSummary;
  readonly mostActive: MostActive;
  logits(position: number): Promise<Float32Array>;
}

export interface TraceOptions {
  readonly signal?: AbortSignal;
  readonly onLayer?: (layer: number) => void;
  /** As Trace.run has it. */
  readonly keep?: 'some' | 'all';
}

/** Candidates of the summary: what fits a CodeLens, a hover and the head of a table. */
const SUMMARY_CANDIDATES = 10;

/** Texts of at least so many contexts are refused by their length alone: a book takes seconds to tokenize. */
const HOPELESS = 16;

/** Tokens of a text under a model's BOS rule. @throws prompt/too-long for what cannot fit by its length alone */
export function encodePrompt(model: OpenModel, text: string, mode: BosMode): readonly TextToken[] {
  const { tokenizer } = model;
  const fewest = tokenizer.fewestTokens(text);
  if (fewest > HOPELESS * model.info.n_ctx) throw tooLong(model, `at least ${fewest}`);
  const bos =
    tokenizer.bosId === null ? null : { id: tokenizer.bosId, text: tokenizer.text(tokenizer.bosId) };
  return withBos(tokenizer.encode(text), { mode, modelBos: model.info.bos, bos });
}

/** @throws prompt/empty, prompt/too-long with both lengths */
export function assertRunnable(model: OpenModel, tokens: readonly TextToken[]): void {
  const { n_ctx } = model.info;
  if (tokens.length === 0)
    throw new InterpError('prompt/empty', 'The prompt is empty, and no BOS token is added.');
  if (tokens.length > n_ctx) throw tooLong(model, String(tokens.length));
}

function tooLong({ info: { name, n_ctx } }: OpenModel, tokens: string): InterpError {
  return new InterpError(
    'prompt/too-long',
    `The prompt has ${tokens} tokens; the context of ${name} is ${n_ctx}.`,
    { data: { tokens, n_ctx } },
  );
}

/** Runs a prompt and reads how well each token was foreseen. */
export async function runTrace(
  model: OpenModel,
  tokens: readonly TextToken[],
  options: TraceOptions,
): Promise<LiveTrace> {
  assertRunnable(model, tokens);
  const started = performance.now();
  const ids = tokens.map(({ id }) => id);
  const mostActive = new MostActive();
  const watch = { output: 'post', see: mostActive.see.bind(mostActive) } as const;
  const trace = await Trace.run(model.runner, ids, { ...options, watch });
  const surprise = await trace.foresight(options.signal);
  const logits = logitReader(trace, { position: ids.length - 1, logits: surprise.last });
  const next = topCandidates(await logits(ids.length - 1), SUMMARY_CANDIDATES, (id) =>
    model.tokenizer.text(id),
  );
  const readings = tokens.map((token, position) => readToken(token, position, surprise));
  const id = randomUUID();
  const summary: TraceSummary = {
    traceId: id,
    modelId: model.info.modelId,
    modelName: model.info.name,
    tokens: readings,
    next,
    meanLoss: meanLoss(readings),
    milliseconds: performance.now() - started,
  };
  const saes = [...model.saes.values()].map((sae) => ({ id: sae.id, layer: sae.config.layer }));
  return {
    id,
    model,
    summary,
    mostActive,
    runner: model.runner,
    trace,
    tokens: readings,
    saes,
    acts: actsReader(model, trace),
    logits,
  };
}

/** Row i - 1 foresaw token i. */
function readToken(token: TextToken, position: number, surprise: Surprise): TokenReading {
  const logProb = surprise.logProb[position - 1];
  if (logProb === undefined) return { ...token, loss: null, probability: null, rank: null, entropy: null };
  return {
    ...token,
    loss: -logProb,
    probability: Math.exp(logProb),
    rank: surprise.rank[position - 1] ?? null,
    entropy: surprise.entropy[position - 1] ?? null,
  };
}

function meanLoss(tokens: readonly TokenReading[]): number | null {
  const losses = tokens.flatMap(({ loss }) => (loss === null ? [] : [loss]));
  return losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** Logits of one position, kept for the last one asked. */
function logitReader(
  trace: Trace,
  first: { readonly position: number; readonly logits: Float32Array },
): (position: number) => Promise<Float32Array> {
  let last = first;
  return async (position) => {
    if (!Number.isInteger(position) || position < 0 || position >= trace.ids.length)
      throw noPosition(position, trace.ids.length);
    if (last.position === position) return last.logits;
    const { data } = await trace.logits([position]);
    last = { position, logits: data };
    return data;
  };
}

/** Latents of a SAE over the prompt, computed once. */
export function actsReader(model: OpenModel, trace: Trace): (sae: string) => Promise<SparseActs> {
  const known = new Map<string, Promise<SparseActs>>();
  return (id) => {
    const cached = known.get(id);
    if (cached) return cached;
    const acts = encode(findSae(model, id), trace);
    known.set(id, acts);
    acts.catch(() => known.delete(id));
    return acts;
  };
}

async function encode(sae: AttachedSae, trace: Trace): Promise<SparseActs> {
  const hook = await trace.hook(sae.config.hook_name);
  return sae.runner.encode({ dims: [trace.ids.length, sae.config.d_in], data: hook.data });
}

/** @throws unit/unknown, listing what is attached */
export function findSae(model: OpenModel, id: string): AttachedSae {
  const sae = model.saes.get(id);
  if (sae) return sae;
  const known = [...model.saes.keys()].join(', ') || 'none';
  throw new InterpError(
    'unit/unknown',
    `No SAE "${id}" is attached to ${model.info.name}; attached: ${known}.`,
    { data: { sae: id } },
  );
}
