import type { CorpusRef } from '../core/records/corpus.ts';
import type { Fit, ReplacedLoss, StatedQuality, Verdict } from '../core/sae/health.ts';

/** How well an attached SAE does on a sample of text. */
export interface SaeHealth {
  readonly sae: string;
  readonly hook_name: string;
  /** What text it was measured on. */
  readonly sample: string;
  /** Whether its windows started with BOS, as the SAE was trained, and their length in tokens. */
  readonly bos: boolean;
  readonly context: number;
  readonly fit: Fit;
  readonly loss: ReplacedLoss;
  /** Share of the loss that is kept; null where the ablation costs nothing. */
  readonly recovered: { readonly zero: number | null; readonly mean: number | null };
  readonly stated: StatedQuality;
  readonly verdict: Verdict;
}

/** What the engine tells of SAEs. */
export interface EngineSae {
  /** Without a corpus: text of the embedded generator. @throws unit/unknown, corpus/*, sae/unsupported */
  'sae/health': {
    params: { modelId: string; sae: string; corpus: CorpusRef | null; tokens: number };
    result: SaeHealth;
  };
  /** Ids of attached SAEs whose health nobody measured yet, here or elsewhere; none of a model that came along. */
  'sae/unmeasured': { params: { modelId: string }; result: readonly string[] };
}
