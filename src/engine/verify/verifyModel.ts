import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { InterpError } from '../../core/errors.ts';
import { configFacts, recognise, tokenFacts } from '../../core/verify/recognise.ts';
import { compareWithReference, type WeightReads } from '../../core/verify/reference.ts';
import { concluded, type PublishedReport, type VerifyReport } from '../../core/verify/report.ts';
import { sampleOf } from '../../core/verify/sample.ts';
import type { PublishedModel } from '../../core/verify/published.ts';
import type { TensorEntry } from '../../core/weights/tensorEntry.ts';
import { Trace } from '../../core/trace/trace.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import { readRows, readTensor } from '../../runtime/files/tensors.ts';
import { feedFile } from '../../runtime/hub/digest.ts';
import type { OpenModel } from '../openModel.ts';
import { measureFacts, measureHooks } from './measureFacts.ts';

/** Bar of each part of the work: hashing, facts, reference. */
const SHARES = [0.15, 0.35, 0.5] as const;

/**
 * Compares a model with what was published of it, and its engine with a float64 reference on a sample.
 * @param table models of which facts are known
 * @throws cancelled, file/*
 */
export async function verifyModel(
  open: OpenModel,
  table: readonly PublishedModel[],
  job: JobContext,
): Promise<VerifyReport> {
  const started = performance.now();
  const weights = weightReads(open);
  const sha256 = await hashOf(open, partOf(job, 0));
  const published = await comparePublished(open, { table, weights, sha256, job: partOf(job, 1) });
  const sample = sampleOf(open.checkpoint.config, { bos: open.tokenizer.bosId });
  const trace = await Trace.run(open.runner, sample.ids, { signal: job.signal });
  const slow = partOf(job, 2);
  const reference = await compareWithReference(trace, weights, {
    sample,
    signal: job.signal,
    onStep: (done, total) => {
      const message = done < total ? `float64 reference: block ${done} of ${total - 1}` : 'float64 logits';
      slow.progress({ done, total, message });
    },
  });
  const { name: model, directory, parameters, mode } = open.info;
  return {
    ...{ model, directory, parameters, mode, sha256, published, reference },
    ...concluded({ model, published, reference }),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Null when nothing is known of these weights. */
async function comparePublished(
  open: OpenModel,
  {
    table,
    weights,
    sha256,
    job,
  }: {
    readonly table: readonly PublishedModel[];
    readonly weights: WeightReads;
    readonly sha256: string | null;
    readonly job: JobContext;
  },
): Promise<PublishedReport | null> {
  const { config } = open.checkpoint;
  const contents = { config, sha256, embedding: (row: number) => weights.rows('wte.weight', row, 1) };
  const known = await recognise(contents, table);
  if (!known) return null;
  const { model } = known;
  const encode = (text: string): number[] => open.tokenizer.encode(text).map(({ id }) => id);
  const facts = [
    ...configFacts(config, model),
    ...tokenFacts(encode, model),
    ...(await measureFacts(open, model, job)),
  ];
  const hooks = await measureHooks(open, model, job);
  return { title: model.title, added: model.added, recognised: known.by, facts, hooks };
}

function weightReads({ checkpoint: { tensors } }: OpenModel): WeightReads {
  const entry = (name: string): TensorEntry => {
    const found = tensors.get(name);
    if (found) return found;
    throw new InterpError('weights/missing-tensor', `Tensor "${name}" is not there.`, {
      data: { tensor: name },
    });
  };
  return {
    tensor: async (name) => (await readTensor(entry(name))).data,
    rows: async (name, start, count) => (await readRows(entry(name), start, count)).data,
  };
}

/** Of the file that holds all weights; null where several do. */
async function hashOf({ checkpoint }: OpenModel, job: JobContext): Promise<string | null> {
  const [file, other] = new Set([...checkpoint.tensors.values()].map((entry) => entry.file));
  if (file === undefined || other !== undefined) return null;
  const { size } = await stat(file);
  const hash = createHash('sha256');
  let done = 0;
  const told = {
    update: (chunk: Uint8Array) => {
      hash.update(chunk);
      done += chunk.length;
      job.progress({ done, total: size, message: 'hashing the weights' });
    },
  };
  await feedFile(told, file, size, job.signal);
  return hash.digest('hex');
}

/** Progress of one part, in shares of the whole. */
function partOf({ signal, progress }: JobContext, part: 0 | 1 | 2): JobContext {
  const before = SHARES.slice(0, part).reduce((sum, share) => sum + share, 0);
  return {
    signal,
    progress: ({ done, total, message }) =>
      progress({ done: 100 * (before + (SHARES[part] * done) / Math.max(1, total)), total: 100, message }),
  };
}
