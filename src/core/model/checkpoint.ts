import type { TensorEntry } from '../weights/tensorEntry.ts';
import type { ModelConfig } from './config.ts';

/**
 * An opened model folder: validated configuration and the place of every tensor, nothing read yet.
 * Keys of `tensors` are Hugging Face names without the `transformer.` prefix
 * (`wte.weight`, `h.0.attn.c_attn.weight`, ..., `lm_head.weight` only when untied).
 */
export interface Checkpoint {
  readonly directory: string;
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}
