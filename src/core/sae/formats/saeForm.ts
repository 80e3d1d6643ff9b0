import { InterpError } from '../../errors.ts';
import type { SaeConfig } from '../config.ts';
import type { AssembledSae } from '../saeTensors.ts';

/** Who laid the files out. */
export type SaeFormat = 'SAELens' | 'OpenAI' | 'sparsify' | 'dictionary_learning' | 'attn-saes';

/** A SAE as read from files of any of the formats. */
export interface SaeForm extends AssembledSae {
  readonly format: SaeFormat;
  readonly config: SaeConfig;
  /** Neuronpedia's id `model/layer-set`, where it is known. */
  readonly neuronpedia_id: string | null;
}

/** What a configuration has when its format says nothing else. */
export const PLAIN_INPUT = {
  apply_b_dec_to_input: true,
  normalize_activations: 'none',
  center_input: false,
  input_scale: 1,
  reshape_activations: 'none',
  rescale_acts_by_decoder_norm: false,
} as const satisfies Partial<SaeConfig>;

export function unsupportedSae(
  file: string,
  what: string,
  data: { key: string; found: string },
): InterpError {
  return new InterpError('sae/unsupported', `${file}: ${what}.`, { data: { file, ...data } });
}

export function malformedSae(file: string, what: string): InterpError {
  return new InterpError('sae/malformed', `${file}: ${what}.`, { data: { file } });
}
