import type { CorpusRef, SkippedFile } from '../core/records/corpus.ts';
import type {
  ExampleGroup,
  ExampleMatch,
  HeadBehaviour,
  RelatedUnits,
  RemovalEffects,
  UnitCategory,
  UnitLogits,
  UnitRow,
  UnitSort,
  UnitSummary,
} from '../core/records/readings.ts';
import type { RecordSet, ScanOptions } from '../core/records/records.ts';

/** Where computed and shared things lie. Sent first after every start of the engine. */
export interface Folders {
  /** Models that were added, indexes, evidence of scores, cached answers; null = the one of this machine. */
  readonly storage: string | null;
  /** The workspace's `.underglass`, for explanations and ratings; null = no workspace, or not trusted. */
  readonly workspace: string | null;
}

/** An index of a model on this machine, whole or not. */
export interface IndexInfo {
  /** Name of its folder. */
  readonly indexId: string;
  readonly corpus: string;
  /** Files of its folders that held no text. */
  readonly skipped: readonly SkippedFile[];
  readonly families: readonly string[];
  readonly windows: number;
  readonly tokens: number;
  readonly options: ScanOptions;
  readonly bytes: number;
  /** `partial`: a scan that was paused or ended early and can go on. `stale`: of another model, SAE or code. */
  readonly state: 'ready' | 'partial' | 'stale';
  /** What differs, in a sentence; null unless stale. */
  readonly reason: string | null;
  /** 0..1. */
  readonly done: number;
}

/** What to scan, and how. */
export interface ScanRequest {
  readonly modelId: string;
  readonly corpus: CorpusRef;
  /** Ids of families; empty = all of the model. */
  readonly families: readonly string[];
  readonly options: ScanOptions;
}

/** What a scan would take, before it is started. */
export interface ScanEstimate {
  /** Null where the corpus does not say how long it is. */
  readonly tokens: number | null;
  readonly seconds: number | null;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** A scan of the same request that can go on. */
  readonly resumes: boolean;
}

/** A unit of an open model. */
export interface UnitRef {
  readonly modelId: string;
  readonly unit: string;
}

/** What the feature browser's list shows: which units, in which order, which stretch of them. */
export interface UnitQuery {
  readonly family: string;
  /** Matched with explanations, top tokens and ids; empty = all. */
  readonly text: string;
  readonly sort: UnitSort;
  readonly falling: boolean;
  readonly category: UnitCategory;
  readonly from: number;
  readonly count: number;
}

/** A stretch of the units that a query finds; `total`: all of them. */
export interface UnitList {
  readonly total: number;
  readonly rows: readonly UnitRow[];
}

/**
 * What unit pages and the feature browser read. All but `unit/head` (once per layer), `unit/effects`, `unit/test` and
 * `unit/match` answer without a model run.
 */
export interface EngineUnitReads {
  /** @throws unit/unknown */
  'unit/summary': { params: UnitRef; result: UnitSummary };
  /** `imported` needs no index. @throws index/none */
  'unit/examples': {
    params: UnitRef & { set: RecordSet; from: number; count: number };
    result: readonly ExampleGroup[];
  };
  'unit/logits': { params: UnitRef & { k: number }; result: UnitLogits };
  'unit/related': { params: UnitRef & { k: number }; result: RelatedUnits };
  /** Heads only. */
  'unit/head': { params: UnitRef & { k: number }; result: HeadBehaviour };
  /** Latents only: a window of the index, or a text. */
  'unit/effects': {
    params: UnitRef & { sequence: number | null; text: string | null; k: number };
    result: RemovalEffects;
  };
  /** Any text, as an example. */
  'unit/test': { params: UnitRef & { text: string }; result: ExampleGroup };
  'unit/list': { params: UnitQuery & { modelId: string }; result: UnitList };
  /** Units that fire on one text and not on another, strongest difference first; no families = all of the model. */
  'unit/match': {
    params: { modelId: string; families: readonly string[]; on: string; off: string | null; k: number };
    result: readonly ExampleMatch[];
  };
}

/** Corpora, scans, and the indexes that they leave. */
export interface EngineRecords extends EngineUnitReads {
  'folders/set': { params: Folders; result: null };
  'index/list': { params: { modelId: string }; result: readonly IndexInfo[] };
  'index/estimate': { params: ScanRequest; result: ScanEstimate };
  /** Scans, or goes on with a partial scan of the same request. Cancelling pauses it. @throws corpus/*, file/* */
  'index/scan': { params: ScanRequest; result: IndexInfo };
  /**
   * The index that reads use. Where there is none, the embedded model's own is made (seconds); other models answer null.
   */
  'index/ready': { params: { modelId: string }; result: IndexInfo | null };
  'index/remove': { params: { modelId: string; indexId: string }; result: null };
}
