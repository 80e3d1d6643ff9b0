import type {
  Candidate,
  HeatMap,
  HoverReading,
  LensRow,
  PatternReading,
  TraceSummary,
  UnitReading,
} from '../core/trace/readings.ts';
import type { Quantity } from '../core/trace/quantity.ts';
import type { SpeedInUse } from '../core/speed.ts';
import type { BosMode } from '../core/tokens/bos.ts';
import type { TextToken } from '../core/tokens/token.ts';
import type { EngineDebug } from './debugContract.ts';
import type { EngineExplain, EngineExplainEvents } from './explainContract.ts';
import type { EngineHub } from './hubContract.ts';
import type { EngineModels } from './modelsContract.ts';
import type { EnginePublished } from './publishedContract.ts';
import type { EngineRecords } from './recordsContract.ts';
import type { EngineSae } from './saeContract.ts';
import type { EngineVerify } from './verifyContract.ts';

/** Which model and SAEs to open. `model` is a name (`underglass-tiny`) or a folder; `saes` are folders. */
export interface ModelRef {
  readonly model: string;
  /** SAE folders, folders of SAE folders, or ids of SAEs that lie with the model; empty = those that are attached. */
  readonly saes: readonly string[];
}

/** A SAE of a model that is open. */
export interface SaeInfo {
  /** `{layer}-{set}`, e.g. `3-res`. */
  readonly id: string;
  readonly hook_name: string;
  readonly layer: number;
  readonly architecture: string;
  readonly d_sae: number;
  readonly directory: string;
  readonly prepend_bos: boolean;
  /** Latents that ship with words. */
  readonly labelled: number;
  /** Mean active latents per token, as its release or the report beside the SAE states it; null when there is none. */
  readonly l0: number | null;
  /** Who laid its files out: SAELens, OpenAI, sparsify, ... */
  readonly format: string;
  /** What is done to the values of the hook before they are encoded, in plain sentences; empty = nothing. */
  readonly preparation: readonly string[];
  /** Tokens of the texts that it was trained on; null = not stated. */
  readonly context_size: number | null;
}

/** A model that is open in the engine, with the SAEs that it was opened with. */
export interface ModelInfo {
  /** Handle for later requests; changes when files or SAEs change. */
  readonly modelId: string;
  readonly name: string;
  readonly directory: string;
  readonly n_layers: number;
  readonly d_model: number;
  readonly n_heads: number;
  readonly d_mlp: number;
  readonly n_ctx: number;
  readonly d_vocab: number;
  /** Whether `auto` prepends BOS for this model. */
  readonly bos: boolean;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly mode: HeldMode;
  /** What the engine is estimated to take with one trace of 64 tokens and its latents. */
  readonly memory: EngineMemory;
  readonly saes: readonly SaeInfo[];
  /** Plain sentences: what was ignored or looks odd. */
  readonly warnings: readonly string[];
}

/**
 * How weights are held: fp32 `mapped` from the file, or blocks `packed` into private memory; fp16 and bf16 `folded`
 * into private fp32, or `cast` in every run.
 */
export type HeldMode = 'mapped' | 'packed' | 'folded' | 'cast';

/** Bytes of the engine process. */
export interface EngineMemory {
  /** Its own. */
  readonly own: number;
  /** Pages of files that it reads: shared with other processes, and given back when memory is short. */
  readonly files: number;
}

/** A model found on disk, not opened. */
export interface ModelListing {
  readonly name: string;
  readonly directory: string;
  /** `installed`: was added, see hubContract. */
  readonly source: 'embedded' | 'installed' | 'folder';
  readonly weightBytes: number;
  readonly saes: number;
  /**
   * How it would be held now, and what the engine would take with one trace of 64 tokens and the latents of the SAEs that
   * prompts get; null with a problem.
   */
  readonly memory: (EngineMemory & { readonly mode: HeldMode; readonly fits: boolean }) | null;
  /** Null when it can be opened, else why not. */
  readonly problem: string | null;
}

/** How far a job is; `done` and `total` in whatever it counts (bytes, windows, runs), `total` 0 = not known. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

/** How the engine process is; `runtime`: ONNX Runtime and its version. */
export interface EngineStatus {
  readonly version: string;
  readonly runtime: string;
  readonly speed: SpeedInUse;
  readonly residentBytes: number;
  readonly openModels: readonly string[];
  readonly traces: number;
}

/** A continuation, with the probability that each token had, and why it ended. */
export interface GenerateResult {
  readonly prompt: readonly TextToken[];
  readonly tokens: readonly { readonly id: number; readonly text: string; readonly probability: number }[];
  readonly text: string;
  readonly stopped: 'max' | 'end-of-text' | 'context';
}

/** What views read of a trace: each names the trace; nothing returns a whole one. */
export interface EngineTraceReads {
  'trace/heatMap': { params: { traceId: string; quantity: Quantity }; result: HeatMap };
  'trace/candidates': {
    params: { traceId: string; position: number; k: number };
    result: readonly Candidate[];
  };
  'trace/lens': { params: { traceId: string; position: number; k: number }; result: readonly LensRow[] };
  'trace/topNeurons': {
    params: { traceId: string; position: number; layer: number; k: number };
    result: readonly UnitReading[];
  };
  'trace/topHeads': {
    params: { traceId: string; position: number; layer: number; k: number };
    result: readonly UnitReading[];
  };
  /** Latents of every SAE of the layer, strongest first. */
  'trace/topLatents': {
    params: { traceId: string; position: number; layer: number; k: number };
    result: readonly UnitReading[];
  };
  'trace/pattern': { params: { traceId: string; layer: number; head: number }; result: PatternReading };
  /** `k` latents over all SAEs, and so many neurons over all layers. */
  'trace/hover': {
    params: { traceId: string; position: number; k: number; neurons: number };
    result: HoverReading;
  };
}

/**
 * What the engine process serves to the host (and, in-process, to the CLI).
 */
export interface EngineContract
  extends
    EngineTraceReads,
    EngineDebug,
    EngineRecords,
    EngineExplain,
    EngineHub,
    EnginePublished,
    EngineSae,
    EngineVerify,
    EngineModels {
  'engine/status': { params: Record<string, never>; result: EngineStatus };
  'model/list': { params: { folders: readonly string[] }; result: readonly ModelListing[] };
  'model/open': { params: ModelRef; result: ModelInfo };
  'tokens/encode': { params: { modelId: string; text: string; bos: BosMode }; result: readonly TextToken[] };
  'trace/run': {
    /** `willRead`: `all` keeps every hook where memory allows, so that no block is computed twice. */
    params: { modelId: string; text: string; bos: BosMode; willRead?: 'all' };
    result: TraceSummary;
  };
  'trace/close': { params: { traceId: string }; result: null };
  'generate/run': {
    params: { modelId: string; text: string; bos: BosMode; max: number; temperature: number; seed: number };
    result: GenerateResult;
  };
}

/** Events from the engine. */
export interface EngineEvents extends EngineExplainEvents {
  /** A line for the log channel. */
  'engine/didLog': { readonly level: 'info' | 'warn' | 'error'; readonly message: string };
}
