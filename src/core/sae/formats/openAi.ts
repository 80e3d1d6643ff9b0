import { quote } from '../../json.ts';
import type { TorchFile } from '../../weights/torchFile.ts';
import type { SaeConfig } from '../config.ts';
import { assembleSaeTensors, type SourceName } from '../saeTensors.ts';
import { malformedSae, PLAIN_INPUT, unsupportedSae, type SaeForm } from './saeForm.ts';
import type { HookPlace } from './hookPlace.ts';

const NAMES: Readonly<Record<string, SourceName>> = {
  W_enc: { name: 'encoder.weight', reversed: true },
  b_enc: { name: 'latent_bias' },
  W_dec: { name: 'decoder.weight', reversed: true },
  b_dec: { name: 'pre_bias' },
};
/** A decoder that is the encoder's transpose is kept once more under this name, as [latents, inputs]. */
const TIED_DECODER = 'decoder.linear.weight';
const HARMLESS: ReadonlySet<string> = new Set([
  'stats_last_nonzero',
  'latents_activation_frequency',
  'latents_mean_square',
]);

/** Whether a .pt file holds one of OpenAI's autoencoders. */
export function isOpenAiSae({ tensors }: Pick<TorchFile, 'tensors'>): boolean {
  return tensors.has('pre_bias') && tensors.has('latent_bias');
}

/**
 * An autoencoder of OpenAI's sparse_autoencoder (v1, v4: ReLU; v5: TopK). One whose activation is TopK normalises its
 * input as SAELens' `layer_norm` does, with the unbiased deviation and the epsilon outside of the root; others read
 * the hook as it is. Nothing in the file says where it belongs: `place` does.
 * Source: openai/sparse_autoencoder, model.py.
 * @throws sae/malformed, sae/unsupported, weights/*
 */
export function parseOpenAiSae(stored: TorchFile, place: HookPlace): SaeForm {
  const { file, tensors, values } = stored;
  const [d_in] = tensors.get('pre_bias')?.shape ?? [];
  const [d_sae] = tensors.get('latent_bias')?.shape ?? [];
  if (d_in === undefined || d_in < 2 || d_sae === undefined || d_sae < 1) {
    throw malformedSae(file, '"pre_bias" and "latent_bias" must each be a row of numbers');
  }
  const activation = values.get('activation') ?? 'ReLU';
  if (activation !== 'ReLU' && activation !== 'TopK') {
    const what = `its activation is ${quote(activation)}; computed are ReLU and TopK`;
    throw unsupportedSae(file, what, { key: 'activation', found: quote(activation) });
  }
  const topk = activation === 'TopK';
  const config: SaeConfig = {
    ...PLAIN_INPUT,
    architecture: topk ? 'topk' : 'standard',
    d_in,
    d_sae,
    k: topk ? readK(stored, d_sae) : null,
    normalize_activations: topk ? 'layer_norm' : 'none',
    ...place,
  };
  const tied = tensors.has(TIED_DECODER) && !tensors.has('decoder.weight');
  const names = tied ? { ...NAMES, W_dec: { name: TIED_DECODER } } : NAMES;
  const assembled = assembleSaeTensors(config, stored, { names, harmless: HARMLESS });
  return { format: 'OpenAI', config, neuronpedia_id: null, ...assembled };
}

function readK({ file, values }: TorchFile, d_sae: number): number {
  const k = values.get('activation_state_dict.k');
  const after = values.get('activation_state_dict.postact_fn') ?? 'ReLU';
  if (after !== 'ReLU') {
    const what = `its TopK is followed by ${quote(after)}; computed is ReLU`;
    throw unsupportedSae(file, what, { key: 'postact_fn', found: quote(after) });
  }
  if (typeof k === 'number' && Number.isSafeInteger(k) && k > 0 && k <= d_sae) return k;
  throw malformedSae(
    file,
    `"activation_state_dict.k" must be a whole number from 1 to ${d_sae}, found ${k === undefined ? 'nothing' : quote(k)}`,
  );
}
