import { parseFamily, familySize, type Family } from '../../core/records/family.ts';
import type { ScanEstimate } from '../../protocol/recordsContract.ts';
import type { OpenModel } from '../openModel.ts';
import type { Indexes } from './indexes.ts';
import type { ScanWhat } from './indexRequest.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';

/** Bytes of text that a token stands for, about, in English. */
const BYTES_PER_TOKEN = 4;
/** Tokens of a generated document, about. */
const TOKENS_PER_DOCUMENT = 40;
/** Arithmetic of two threads, about: 100 GFLOP/s is what a slow machine does. */
const FLOPS_PER_SECOND = 1e11;
/** Of a latent's record: few tokens of a window are active. */
const SPARSE_NUMBERS = 12;
/** Histogram, sums and tables of one unit. */
const UNIT_BYTES = 2500;
/** Bins that hold records of quantiles while a scan runs, about. */
const KEPT_BINS = 10;

/** What a scan will take, before it starts: rough, and never less than seconds off for small corpora. */
export async function estimateScan(
  model: OpenModel,
  what: ScanWhat,
  indexes: Pick<Indexes, 'plan' | 'list'>,
): Promise<ScanEstimate> {
  const { request, corpus, name } = await indexes.plan(model, what);
  const { options } = request.key;
  const all =
    corpus.bytes !== null
      ? corpus.bytes / BYTES_PER_TOKEN
      : corpus.count !== undefined
        ? corpus.count * TOKENS_PER_DOCUMENT
        : null;
  const tokens = all === null ? options.maxTokens : Math.ceil(Math.min(all, options.maxTokens ?? Infinity));
  const families = request.families.map((id) => parseFamily(id, unitSpace(model)));
  const infos = await indexes.list(model);
  return {
    tokens,
    seconds: tokens === null ? null : (tokens * flopsPerToken(model)) / FLOPS_PER_SECOND,
    memoryBytes: bytesOf(model, families, {
      context: options.context,
      records: options.top + KEPT_BINS * options.perQuantile,
    }),
    diskBytes: bytesOf(model, families, {
      context: options.context,
      records: options.top + options.random + options.quantiles * options.perQuantile,
    }),
    resumes: infos.some(({ indexId, state }) => indexId === name && state === 'partial'),
  };
}

function flopsPerToken(model: OpenModel): number {
  const { n_layers, d_model, d_mlp } = model.runner.config;
  const saes = [...model.saes.values()].reduce((sum, { config }) => sum + config.d_in * config.d_sae, 0);
  return 2 * (n_layers * (4 * d_model * d_model + 2 * d_model * d_mlp) + saes);
}

function bytesOf(
  model: OpenModel,
  families: readonly Family[],
  { context, records }: { readonly context: number; readonly records: number },
): number {
  return families.reduce((sum, family) => {
    const numbers =
      family.kind === 'neurons'
        ? context
        : family.kind === 'heads'
          ? (context * (context + 1)) / 2
          : Math.min(SPARSE_NUMBERS, context);
    return sum + familySize(family, unitSpace(model)) * (UNIT_BYTES + 4 * numbers * records);
  }, 0);
}
