/** SAE architectures whose encode and decode are computed here (SAELens' names). */
export type SaeArchitecture = 'standard' | 'topk' | 'jumprelu' | 'gated';

/**
 * Input normalisation, undone on the output (SAELens' names).
 * `layer_norm` is (x - mean) / (std + 1e-5) with the unbiased std: not nn.LayerNorm.
 */
export type SaeNormalization = 'none' | 'constant_norm_rescale' | 'layer_norm';

/** A sparse autoencoder as its cfg.json (v6 or the older flat form) describes it. */
export interface SaeConfig {
  readonly architecture: SaeArchitecture;
  readonly d_in: number;
  readonly d_sae: number;
  /** Latents kept per token (topk only). */
  readonly k: number | null;
  readonly hook_name: string;
  readonly layer: number;
  readonly apply_b_dec_to_input: boolean;
  /**
   * The mean over d_in is taken from each input row first and put back on the output: what
   * `center_writing_weights` of TransformerLens did to the model that the SAE was trained on.
   */
  readonly center_input: boolean;
  /** What the (centred) input is multiplied by before everything else, and the output divided by; 1 = none. */
  readonly input_scale: number;
  readonly normalize_activations: SaeNormalization;
  /** `hook_z`: [n_heads, d_head] is flattened to d_in before encoding. */
  readonly reshape_activations: 'none' | 'hook_z';
  readonly rescale_acts_by_decoder_norm: boolean;
  readonly prepend_bos: boolean;
  readonly context_size: number | null;
  readonly model_name: string | null;
}

/** Whether the mean over d_in goes off the input and comes back on the output. */
export function removesMean(config: Pick<SaeConfig, 'center_input' | 'normalize_activations'>): boolean {
  return config.center_input || config.normalize_activations === 'layer_norm';
}
