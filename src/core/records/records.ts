import type { Unit } from '../model/units.ts';
import type { CorpusRef } from './corpus.ts';
import type { UnitStatistics } from './statistics.ts';

/** One window of the corpus as one unit saw it: neurons and latents per token, heads per (query, key) pair. */
export interface ActivationRecord {
  /** Number of the window in the corpus; the same for every unit of an index. */
  readonly sequence: number;
  readonly ids: readonly number[];
  /** Per token, 0 at BOS. Heads: the largest value over the keys of each query. Shape [tokens]. */
  readonly activations: Float32Array;
  /**
   * Heads only, else null: pattern times norm of what the pair writes, the lower triangle row by row
   * (row t has t + 1 entries). Shape [tokens * (tokens + 1) / 2].
   */
  readonly pairs: Float32Array | null;
}

/** What a group of records was chosen by. `imported`: another tool chose them, and they are of no index. */
export const RECORD_SETS = ['top', 'random', 'quantile', 'imported'] as const;
export type RecordSet = (typeof RECORD_SETS)[number];

/** Records of windows whose largest activation lies in one interval. */
export interface QuantileRecords {
  /** Largest activation of a window: low < max <= high. */
  readonly low: number;
  readonly high: number;
  /** Share of the corpus' windows in the interval, 0..1. */
  readonly share: number;
  readonly records: readonly ActivationRecord[];
}

/** What an index holds of one unit. Records without any activation above zero are kept in `random` alone. */
export interface UnitRecords {
  readonly unit: Unit;
  readonly statistics: UnitStatistics;
  /** By largest activation, falling; ties by window. */
  readonly top: readonly ActivationRecord[];
  /** The same windows for every unit of the index. */
  readonly random: readonly ActivationRecord[];
  /** From the highest interval down. */
  readonly quantiles: readonly QuantileRecords[];
}

/** Columns over all units of one family: what lists and reports read. Each has the family's size. */
export interface FamilyColumns {
  readonly density: Float64Array;
  readonly mean: Float64Array;
  readonly max: Float64Array;
  readonly kurtosis: Float64Array;
  /** Token at the largest activation (heads: query); -1 = never active. */
  readonly topToken: Int32Array;
}

/** How a corpus was cut and what was kept; a part of an index' identity. */
export interface ScanOptions {
  /** Tokens of a window, BOS included. */
  readonly context: number;
  /** Records kept of each unit. */
  readonly top: number;
  readonly random: number;
  readonly quantiles: number;
  readonly perQuantile: number;
  /** Of the choice of random windows. */
  readonly seed: number;
  /** Stop after so many tokens; null = the whole corpus. */
  readonly maxTokens: number | null;
}

export const DEFAULT_SCAN: ScanOptions = {
  context: 64,
  top: 20,
  random: 20,
  quantiles: 5,
  perQuantile: 5,
  seed: 0,
  maxTokens: null,
};

/** What an index must have been made from to be fresh. All fingerprints are of contents, never of dates. */
export interface IndexKey {
  /** Raised when scanning computes something else. */
  readonly version: number;
  readonly model: string;
  /** By SAE id; only of the SAEs that were scanned. */
  readonly saes: Readonly<Record<string, string>>;
  readonly corpus: string;
  readonly options: ScanOptions;
}

/** A stretch of a window that comes from one document. */
export interface WindowPart {
  /** Number of the document in the corpus. */
  readonly document: number;
  /** First token of it in the document, BOS not counted. */
  readonly firstToken: number;
  /** Where it lies in the window, and how many tokens it has; BOS tokens belong to no part. */
  readonly position: number;
  readonly count: number;
}

/** Reads one index; nothing is held of it but its columns. */
export interface RecordsIndex {
  readonly key: IndexKey;
  readonly corpus: CorpusRef;
  /** Ids of families. */
  readonly families: readonly string[];
  readonly windows: number;
  readonly tokens: number;
  /** Where a window comes from, for people: `world #812`, `notes/a.md:3`. */
  source(sequence: number): string;
  /** Documents of a window; for the embedded world they give each token its concepts. Only of windows that are kept. */
  parts(sequence: number): readonly WindowPart[];
  /** Tokens of a window that is kept in some record. */
  ids(sequence: number): readonly number[];
  /** @throws index/none */
  columns(family: string): Promise<FamilyColumns>;
  /** @throws index/none, unit/unknown */
  unit(unit: Unit): Promise<UnitRecords>;
  /**
   * What `unit` gives as `random`, of every unit of a family in turn, read in long pieces; windows in which a unit is
   * silent may be left out. @throws index/none
   */
  random?(family: string): AsyncIterable<readonly ActivationRecord[]>;
}
