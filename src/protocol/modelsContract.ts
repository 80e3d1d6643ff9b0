import type { StatedQuality } from '../core/sae/health.ts';
import type { SaeHealth } from './saeContract.ts';
import type { HeldMode, ModelInfo, SaeInfo } from './engineContract.ts';

/** A model that is open in the engine, with what it takes. */
export interface LoadedModel {
  readonly modelId: string;
  readonly name: string;
  readonly directory: string;
  readonly mode: HeldMode;
  readonly shape: Pick<ModelInfo, 'n_layers' | 'd_model' | 'n_heads' | 'd_mlp' | 'n_ctx' | 'd_vocab'>;
  /** Plain sentences: what was ignored or looks odd. */
  readonly warnings: readonly string[];
  /** Private copies of its weights once it has run, by the estimate that is made before opening. */
  readonly privateBytes: number;
  /** Read through the pages of its files, which the system may take back. */
  readonly mappedBytes: number;
  /** Attached SAEs; their weights are mapped. */
  readonly saes: readonly LoadedSae[];
}

/** A SAE that a loaded model has. */
export interface LoadedSae {
  readonly id: string;
  readonly directory: string;
  readonly bytes: number;
}

/** What the engine process holds. */
export interface Loaded {
  /** Of the whole process. */
  readonly residentBytes: number;
  readonly freeBytes: number;
  readonly models: readonly LoadedModel[];
}

/** A SAE that lies with a model, attached or not. */
export interface SaeListing {
  /** `{layer}-{set}`; the name of its folder when it cannot be opened. */
  readonly id: string;
  /** Its folder, or its .pt file. */
  readonly directory: string;
  /** Null when it cannot be opened. */
  readonly info: SaeInfo | null;
  readonly bytes: number;
  /** Whether prompts that name no SAE get it. */
  readonly isAttached: boolean;
  /** What its publishers say of it. */
  readonly stated: StatedQuality;
  /** `gpt2-small/6-res-jb`; null = not there. */
  readonly neuronpedia: string | null;
  /** What was last measured on the default sample, by any window or the command line; null = nothing yet. */
  readonly health: SaeHealth | null;
  /** Why it cannot be opened. */
  readonly problem: string | null;
}

/** What lies with models, and what is open. */
export interface EngineModels {
  'models/loaded': { params: Record<string, never>; result: Loaded };
  /** SAEs in the `saes` folder of a model's folder. Reads headers only. */
  'model/saes': { params: { directory: string }; result: readonly SaeListing[] };
  /** Whether prompts that name no SAE get it; models that are opened from now on. @throws file/unwritable */
  'sae/attach': { params: { directory: string; isAttached: boolean }; result: null };
}
