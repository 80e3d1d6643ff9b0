import os from 'node:os';
import { isAbsolute, join } from 'node:path';
import { InterpError } from '../core/errors.ts';
import { heatMap, noPosition } from '../core/analysis/heatMap.ts';
import { logitLens } from '../core/analysis/logitLens.ts';
import { topHeads, topLatents, topNeurons } from '../core/analysis/topUnits.ts';
import type { SessionFactory } from '../core/graph/session.ts';
import { weightEntry } from '../core/graph/block.ts';
import { formatUnit, type Unit } from '../core/model/units.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import { generate } from '../core/trace/generate.ts';
import type { HoverReading, UnitReading } from '../core/trace/readings.ts';
import type { SparseActs } from '../core/trace/saeRunner.ts';
import type { EngineContract, GenerateResult, ModelListing } from '../protocol/engineContract.ts';
import type { Handlers, JobContext } from '../protocol/rpc.ts';
import { bufferBytes, collectGarbage } from '../runtime/collectGarbage.ts';
import { listModels } from '../runtime/files/listModels.ts';
import { readTensor } from '../runtime/files/tensors.ts';
import {
  candidatesAt,
  encodePrompt,
  assertRunnable,
  findSae,
  runTrace,
  type LiveTrace,
} from './liveTrace.ts';
import { assertFits } from './memory.ts';
import { createModels } from './models.ts';
import type { OpenModel } from './openModel.ts';

export interface JobsOptions {
  readonly sessions: SessionFactory;
  /** Folder that holds the embedded models. */
  readonly embeddedFolder: string;
  readonly version: string;
  readonly runtimeVersion: string;
  readonly threads: number;
}

/** The engine: serves the contract, and gives in-process callers whole tensors too. */
export interface Jobs {
  readonly handlers: Handlers<EngineContract>;
  /** One hook of a trace under its TransformerLens name. @throws hook/unknown, trace/expired */
  hook(traceId: string, name: string): Promise<Tensor>;
  /** Active latents of one attached SAE over the prompt. @throws unit/unknown, trace/expired */
  acts(traceId: string, sae: string): Promise<SparseActs>;
  release(): Promise<void>;
}

/** Traces kept for views; the oldest goes first. */
const MAX_TRACES = 24;
/** Buffers past this size are worth a collection after a trace. */
const COLLECT_ABOVE_BYTES = 256 * 2 ** 20;
const EMBEDDED_NAME = /^[\w.-]+$/;

export function createJobs(options: JobsOptions): Jobs {
  const models = createModels(options.sessions);
  const traces = new Map<string, LiveTrace>();

  const trace = (traceId: string): LiveTrace => {
    const live = traces.get(traceId);
    if (!live)
      throw new InterpError('trace/expired', 'This trace is no longer held by the engine.', {
        data: { traceId },
      });
    traces.delete(traceId);
    traces.set(traceId, live);
    return live;
  };
  const at = (traceId: string, position: number, layer = 0): LiveTrace => {
    const live = trace(traceId);
    const size = live.tokens.length;
    if (!Number.isInteger(position) || position < 0 || position >= size) throw noPosition(position, size);
    live.trace.residPre(layer);
    return live;
  };

  const handlers: Handlers<EngineContract> = {
    'engine/status': () => ({
      version: options.version,
      runtime: `onnxruntime ${options.runtimeVersion}`,
      threads: options.threads,
      residentBytes: process.memoryUsage.rss(),
      openModels: models.open().map(({ info }) => info.name),
      traces: traces.size,
    }),
    'model/list': ({ folders }) => listings(options.embeddedFolder, folders),
    'model/open': async (ref) =>
      (await models.openRef(ref, resolveDirectory(options.embeddedFolder, ref.model))).info,
    'tokens/encode': ({ modelId, text, bos }) => encodePrompt(models.get(modelId), text, bos),
    'trace/run': async ({ modelId, text, bos }, job) => {
      const live = await startTrace(models.get(modelId), text, bos, job);
      traces.set(live.id, live);
      for (const oldest of traces.keys()) if (traces.size > MAX_TRACES) traces.delete(oldest);
      if (bufferBytes() > COLLECT_ABOVE_BYTES) collectGarbage();
      return live.summary;
    },
    'trace/close': ({ traceId }) => {
      traces.delete(traceId);
      return null;
    },
    'trace/heatMap': ({ traceId, quantity }) => heatMap(trace(traceId), quantity),
    'trace/candidates': ({ traceId, position, k }) => candidatesAt(at(traceId, position), position, k),
    'trace/lens': ({ traceId, position, k }) => {
      const live = at(traceId, position);
      return logitLens(live.runner, live.trace, { position, k }, (id) => live.model.tokenizer.text(id));
    },
    'trace/topNeurons': async ({ traceId, position, layer, k }) => {
      const live = at(traceId, position, layer);
      const top = await topNeurons(live.trace, layer, position, k);
      return top.map(({ neuron, value }) => reading({ kind: 'neuron', layer, neuron }, value));
    },
    'trace/topHeads': async ({ traceId, position, layer, k }) => {
      const live = at(traceId, position, layer);
      const W_O = await readTensor(weightEntry(live.model.checkpoint, `h.${layer}.attn.c_proj.weight`));
      const top = await topHeads(live.trace, W_O, { layer, position, k });
      return top.map(({ head, value, attendsTo }) => ({
        ...reading({ kind: 'head', layer, head }, value),
        attendsTo,
      }));
    },
    'trace/topLatents': ({ traceId, position, layer, k }) => {
      const live = at(traceId, position, layer);
      return latentsAt(live, position, {
        k,
        saes: live.saes.filter((sae) => sae.layer === layer).map(({ id }) => id),
      });
    },
    'trace/pattern': async ({ traceId, layer, head }) => {
      const live = at(traceId, 0, layer);
      const size = live.tokens.length;
      const pattern = await live.trace.hook(`blocks.${layer}.attn.hook_pattern`);
      if (head >= live.trace.config.n_heads) {
        throw new InterpError('unit/unknown', `${formatUnit({ kind: 'head', layer, head })} does not exist.`);
      }
      return { layer, head, size, pattern: pattern.data.slice(head * size * size, (head + 1) * size * size) };
    },
    'trace/hover': async ({ traceId, position, k }): Promise<HoverReading> => {
      const live = at(traceId, position);
      const token = live.tokens[position];
      if (!token) throw noPosition(position, live.tokens.length);
      return {
        position,
        token,
        latents: await latentsAt(live, position, { k, saes: live.saes.map(({ id }) => id) }),
      };
    },
    'generate/run': (params, job) => runGenerate(models.get(params.modelId), params, job),
  };

  return {
    handlers,
    hook: (traceId, name) => trace(traceId).trace.hook(name),
    acts: (traceId, sae) => trace(traceId).acts(sae),
    release: async () => {
      traces.clear();
      await models.release();
    },
  };
}

async function startTrace(
  model: OpenModel,
  text: string,
  bos: EngineContract['trace/run']['params']['bos'],
  job: JobContext,
): Promise<LiveTrace> {
  const tokens = encodePrompt(model, text, bos);
  assertRunnable(model, tokens);
  assertFits(model.runner.config, model.plan, {
    pos: tokens.length,
    what: `Tracing ${tokens.length} tokens`,
    loaded: true,
  });
  const total = model.info.n_layers;
  const onLayer = (layer: number): void =>
    job.progress({ done: layer + 1, total, message: `layer ${layer + 1} of ${total}` });
  return runTrace(model, tokens, { signal: job.signal, onLayer });
}

async function latentsAt(
  live: LiveTrace,
  position: number,
  asked: { readonly k: number; readonly saes: readonly string[] },
): Promise<UnitReading[]> {
  const all: UnitReading[] = [];
  for (const id of asked.saes) {
    const { words } = findSae(live.model, id);
    for (const { index, value } of topLatents(await live.acts(id), position, asked.k)) {
      const known = words.get(index);
      all.push({
        ...reading({ kind: 'latent', sae: id, index }, value),
        words: known?.words ?? null,
        f1: known?.f1 ?? null,
      });
    }
  }
  return all.toSorted((a, b) => b.value - a.value).slice(0, asked.k);
}

function reading(unit: Unit, value: number): UnitReading {
  return { unit, id: formatUnit(unit), value, words: null, f1: null, attendsTo: null };
}

async function runGenerate(
  model: OpenModel,
  params: EngineContract['generate/run']['params'],
  job: JobContext,
): Promise<GenerateResult> {
  const prompt = encodePrompt(model, params.text, params.bos);
  assertRunnable(model, prompt);
  const { tokenizer } = model;
  const { max, temperature, seed } = params;
  const ids = prompt.map(({ id }) => id);
  const onToken = (count: number): void =>
    job.progress({ done: count, total: max, message: `${count} tokens` });
  const { tokens, stopped } = await generate(model.runner, ids, {
    max,
    temperature,
    seed,
    endId: tokenizer.bosId,
    signal: job.signal,
    onToken,
  });
  return {
    prompt,
    tokens: tokens.map(({ id, probability }) => ({ id, text: tokenizer.text(id), probability })),
    text: tokenizer.decode(tokens.map(({ id }) => id)),
    stopped,
  };
}

async function listings(embedded: string, folders: readonly string[]): Promise<ModelListing[]> {
  const found = await Promise.all([
    listModels([embedded]).then((models) =>
      models.map((model) => ({ ...model, source: 'embedded' as const })),
    ),
    listModels(folders).then((models) => models.map((model) => ({ ...model, source: 'folder' as const }))),
  ]);
  return found.flat();
}

/** A name means a folder of embedded models; anything else must be an absolute path. */
function resolveDirectory(embedded: string, model: string): string {
  if (isAbsolute(model)) return model;
  if (EMBEDDED_NAME.test(model) && model !== '.' && model !== '..') return join(embedded, model);
  throw new InterpError(
    'model/not-found',
    `"${model}" is neither the name of an embedded model nor an absolute folder.`,
    {
      data: { model },
    },
  );
}

/** Threads for one run: more than eight bring nothing at these sizes. */
export function defaultThreads(): number {
  return Math.max(1, Math.min(8, os.availableParallelism()));
}
