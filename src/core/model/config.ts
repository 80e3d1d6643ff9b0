/** Activation functions of the MLP that the engine computes. `gelu_new` is the tanh form. */
export type ActivationName = 'gelu_new' | 'gelu' | 'relu' | 'silu';

/** A GPT-2-architecture model, in TransformerLens' words. Sizes are counts; `eps` is LayerNorm's. */
export interface ModelConfig {
  readonly n_layers: number;
  readonly d_model: number;
  readonly n_heads: number;
  readonly d_head: number;
  readonly d_mlp: number;
  readonly n_ctx: number;
  readonly d_vocab: number;
  readonly act_fn: ActivationName;
  readonly eps: number;
  /** True when W_U is W_E transposed. */
  readonly tied: boolean;
  /** Divide the scores by sqrt(d_head) (`scale_attn_weights`, default true). */
  readonly scale_attn: boolean;
  /** Divide the scores of layer l by l + 1 as well (`scale_attn_by_inverse_layer_idx`). */
  readonly scale_attn_by_layer: boolean;
  /** id of `<|endoftext|>`, from config.json. */
  readonly bos_token_id: number | null;
}
