import type { SessionFactory } from '../core/graph/session.ts';
import { sessionPool } from '../core/graph/sessionPool.ts';
import type { PrepackChoice } from '../core/speed.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { SparseActs } from '../core/trace/saeRunner.ts';
import { layerBytes } from '../core/trace/trace.ts';
import { PUBLISHED } from '../core/verify/published.ts';
import type { EngineContract, EngineEvents, EngineStatus } from '../protocol/engineContract.ts';
import type { Handlers, JobContext } from '../protocol/rpc.ts';
import { bufferBytes, collectGarbage } from '../runtime/processMemory.ts';
import type { ProviderInUse } from '../runtime/ort/provider.ts';
import { debugJobs } from './debug/debugJobs.ts';
import { explainJobs } from './explain/explainJobs.ts';
import { hubJobs, type HubJobsOptions } from './hub/hubJobs.ts';
import { runGenerate } from './generateJob.ts';
import { assertRunnable, encodePrompt, runTrace, type LiveTrace } from './liveTrace.ts';
import { createLiveTraces } from './liveTraces.ts';
import { createRoom, makeFit, poolLimits } from './memory.ts';
import { modelJobs } from './modelJobs.ts';
import { createModels } from './models.ts';
import type { OpenModel } from './openModel.ts';
import { publishedJobs } from './published/publishedJobs.ts';
import { createCorpora } from './records/corpora.ts';
import { createFingerprints } from './records/fingerprints.ts';
import { createFolders } from './records/folders.ts';
import { createIndexes } from './records/indexes.ts';
import { recordsJobs } from './records/recordsJobs.ts';
import { firstWords, LABELS } from './records/unitWords.ts';
import { saeJobs } from './saeJobs.ts';
import { traceReads } from './traceReads.ts';
import { verifyModel } from './verify/verifyModel.ts';

export interface JobsOptions {
  readonly sessions: SessionFactory;
  /** Folder that holds the embedded models. */
  readonly embeddedFolder: string;
  readonly version: string;
  /** Version of the runtime; loads it. @throws engine/unavailable */
  runtimeVersion(): Promise<string>;
  readonly threads: number;
  /** Where graphs run; default: the CPU. @throws engine/unavailable */
  provider?(): Promise<ProviderInUse>;
  readonly prepack?: PrepackChoice;
  /** What could not be had as it was asked for, in plain sentences. */
  readonly notes?: readonly string[];
  /** What tests replace of the hub: hosts, time, disk. */
  readonly hub?: Omit<HubJobsOptions, 'folders' | 'version'>;
  /** Hears what jobs tell without being asked. */
  readonly emit?: <N extends keyof EngineEvents>(name: N, payload: EngineEvents[N]) => void;
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

/** Buffers past this size are worth a collection after a trace. */
const COLLECT_ABOVE_BYTES = 256 * 2 ** 20;
/** Every hook of a trace may take this share of what is free: who reads them all holds them once more. */
const SHARE_FOR_TRACE = 0.25;

export function createJobs(options: JobsOptions): Jobs {
  const { prepack = 'auto', embeddedFolder, emit = () => {} } = options;
  const onWarning = (message: string): void => emit('engine/didLog', { level: 'warn', message });
  const pool = sessionPool(options.sessions, poolLimits(options.threads));
  const models = createModels(pool, { room: createRoom(pool), prepack });
  const traces = createLiveTraces();
  const folders = createFolders();
  const fingerprints = createFingerprints(() => folders.storage('fingerprints.json'));
  const openCorpus = createCorpora(() => folders.storage('corpora.json'));
  const indexes = createIndexes({ folders, fingerprints, embeddedFolder, openCorpus });
  const explain = explainJobs({ models, folders, indexes, fingerprints, reads: () => records, emit });
  const words = firstWords([explain.words, LABELS]);
  const debug = debugJobs(models, words);
  const records = recordsJobs({ models, folders, indexes, words, imported: explain.imported });
  const handlers: Handlers<EngineContract> = {
    'engine/status': async () => ({
      ...(await about(options)),
      residentBytes: process.memoryUsage.rss(),
      openModels: models.open().map(({ info }) => info.name),
      traces: traces.size,
    }),
    ...modelJobs({ models, folders, embedded: embeddedFolder, prepack }),
    'tokens/encode': ({ modelId, text, bos }) => encodePrompt(models.get(modelId), text, bos),
    'trace/run': async ({ modelId, ...asked }, job) => {
      const live = await startTrace(models.get(modelId), asked, job);
      traces.add(live);
      if (bufferBytes() > COLLECT_ABOVE_BYTES) collectGarbage();
      return live.summary;
    },
    'trace/close': ({ traceId }) => {
      traces.close(traceId);
      return null;
    },
    ...traceReads(traces, words),
    ...debug.handlers,
    ...records,
    ...explain.handlers,
    ...hubJobs({
      onReplace: (folder) => models.forget(folder),
      ...options.hub,
      folders,
      version: options.version,
    }),
    ...publishedJobs({ ...options.hub, folders, version: options.version }),
    ...saeJobs({ models, folders, embedded: embeddedFolder, openCorpus, onWarning }),
    'verify/run': ({ modelId }, job) => verifyModel(models.get(modelId), PUBLISHED, job),
    'generate/run': (params, job) => runGenerate(models.get(params.modelId), params, job),
  };
  return {
    handlers,
    hook: (traceId, name) => traces.get(traceId).trace.hook(name),
    acts: (traceId, sae) => traces.get(traceId).acts(sae),
    release: async () => {
      traces.clear();
      debug.clear();
      await models.release();
    },
  };
}

async function startTrace(
  model: OpenModel,
  { text, bos, willRead }: Omit<EngineContract['trace/run']['params'], 'modelId'>,
  job: JobContext,
): Promise<LiveTrace> {
  const tokens = encodePrompt(model, text, bos);
  assertRunnable(model, tokens);
  const what = `Tracing ${tokens.length} tokens`;
  const run = { pos: tokens.length, what, loaded: true };
  await makeFit(model.runner.config, model.plan, run, model.room);
  const total = model.info.n_layers;
  const all = total * layerBytes(model.runner.config, tokens.length);
  return runTrace(model, tokens, {
    keep: willRead === 'all' && all <= SHARE_FOR_TRACE * model.room.free() ? 'all' : 'some',
    signal: job.signal,
    onLayer: (layer) => job.progress({ done: layer + 1, total, message: `layer ${layer + 1} of ${total}` }),
  });
}

/** What the engine is and how it runs. */
async function about(options: JobsOptions): Promise<Pick<EngineStatus, 'version' | 'runtime' | 'speed'>> {
  const { threads, prepack = 'auto', notes = [] } = options;
  const { name, available, note } = (await options.provider?.()) ?? CPU;
  return {
    version: options.version,
    runtime: `onnxruntime ${await options.runtimeVersion()}`,
    speed: {
      ...{ threads, prepack, provider: name, providers: available },
      notes: [...notes, ...(note === null ? [] : [note])],
    },
  };
}

const CPU: ProviderInUse = { name: 'cpu', available: ['cpu'], note: null };
