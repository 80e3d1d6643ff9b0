import { saeHealth } from '../core/analysis/measure/saeHealth.ts';
import { InterpError } from '../core/errors.ts';
import { DEFAULT_WORLD, type Corpus, type CorpusRef } from '../core/records/corpus.ts';
import { judge, recovered } from '../core/sae/health.ts';
import type { JobContext } from '../protocol/rpc.ts';
import type { SaeHealth } from '../protocol/saeContract.ts';
import { findSae } from './liveTrace.ts';
import type { OpenModel } from './openModel.ts';
import { statedOf } from './saeInfo.ts';

/** Tokens of a window at most: what most SAEs of GPT-2 were trained on. */
const MAX_CONTEXT = 128;
/** Shorter ends of documents are passed over. */
const MIN_WINDOW = 8;

export interface HealthRequest {
  readonly sae: string;
  readonly corpus: CorpusRef | null;
  /** Tokens of the sample at most. */
  readonly tokens: number;
}

/** Measures one attached SAE on a sample of text, and says what the numbers mean. */
export async function measureHealth(
  model: OpenModel,
  { sae: id, corpus: ref, tokens }: HealthRequest,
  ports: { readonly openCorpus: (ref: CorpusRef) => Promise<Corpus>; readonly job: JobContext },
): Promise<SaeHealth> {
  const sae = findSae(model, id);
  const { job } = ports;
  const text = ref ?? DEFAULT_WORLD;
  const corpus = await ports.openCorpus(text);
  const bos = sae.config.prepend_bos && model.tokenizer.bosId !== null;
  const context = Math.min(sae.config.context_size ?? MAX_CONTEXT, MAX_CONTEXT, model.info.n_ctx);
  const windows = await sampleWindows(model, corpus, {
    bosId: bos ? model.tokenizer.bosId : null,
    context,
    tokens,
  });
  const total = 2 * windows.length;
  const measured = await saeHealth(model.runner, sae.runner, windows, {
    signal: job.signal,
    onWindow: (done) => job.progress({ done, total, message: `window ${done} of ${total}` }),
  });
  const { fit, loss } = measured;
  const stated = statedOf(sae);
  return {
    sae: id,
    hook_name: sae.config.hook_name,
    sample: corpus.title,
    bos,
    context,
    fit,
    loss,
    recovered: { zero: recovered(loss, 'zero'), mean: recovered(loss, 'mean') },
    stated,
    verdict: judge(fit, loss, stated, { title: corpus.title, isGenerated: text.kind === 'world' }),
  };
}

/** Documents cut into windows, each with its own BOS. @throws corpus/empty */
async function sampleWindows(
  { tokenizer }: OpenModel,
  corpus: Corpus,
  options: { readonly bosId: number | null; readonly context: number; readonly tokens: number },
): Promise<number[][]> {
  const { bosId, context, tokens } = options;
  const head = bosId === null ? [] : [bosId];
  const windows: number[][] = [];
  let taken = 0;
  for await (const { text } of corpus.documents()) {
    const ids = tokenizer.encode(text).map(({ id }) => id);
    const step = Math.max(1, context - head.length);
    for (let at = 0; at < ids.length && taken < tokens; at += step) {
      const piece = ids.slice(at, at + Math.min(step, tokens - taken));
      if (piece.length < Math.min(MIN_WINDOW, step)) continue;
      windows.push([...head, ...piece]);
      taken += piece.length;
    }
    if (taken >= tokens) break;
  }
  if (windows.some(({ length }) => length > 1)) return windows.filter(({ length }) => length > 1);
  throw new InterpError('corpus/empty', `${corpus.title} has no text long enough to measure a SAE on.`);
}
