/** What must be done to a model's activations before a SAE reads them, beyond what its own configuration says. */
export interface ReleasePreprocessing {
  /** The mean over d_model is subtracted before encoding and added back after decoding (center_writing_weights). */
  readonly center: boolean;
  /** Activations are multiplied by it before encoding and divided after decoding; null = not. */
  readonly scale: number | null;
  /** Whether the SAE was trained on prompts that start with BOS; null = as its configuration says. */
  readonly prepend_bos: boolean | null;
  /** Tokens of a training window; null = as its configuration says. */
  readonly context_size: number | null;
}

/** Files of one SAE at its host. */
export type SaeFiles =
  | { readonly host: 'huggingface'; readonly repository: string; readonly paths: SaePaths }
  | { readonly host: 'openai'; readonly url: string };

/** A folder of a repository, or a weights file with its configuration beside it. */
export type SaePaths =
  { readonly folder: string } | { readonly weights: string; readonly config: string | null };

/** One published SAE. */
export interface PublishedSae {
  readonly release: string;
  /** Its id within the release, as SAELens has it: `blocks.6.hook_resid_pre`. */
  readonly name: string;
  /** `{layer}-{set}`: its folder, and its id within the model. */
  readonly id: string;
  readonly model: string;
  readonly hook_name: string;
  readonly d_in: number;
  /** Null = only its file says. */
  readonly d_sae: number | null;
  readonly files: SaeFiles;
  readonly preprocessing: ReleasePreprocessing;
  /** As the publishers state them. */
  readonly l0: number | null;
  readonly explained_variance: number | null;
  /** `gpt2-small/6-res-jb`; null = not there. */
  readonly neuronpedia: string | null;
}

/** SAEs that were published together, of one model. */
export interface SaeRelease {
  readonly id: string;
  readonly title: string;
  readonly model: string;
  /** Null = the publishers state none. */
  readonly licence: string | null;
  readonly saes: readonly PublishedSae[];
}
