import { readFields, type JsonObject } from '../../json.ts';
import type { TorchFile } from '../../weights/torchFile.ts';
import type { SaeConfig } from '../config.ts';
import { assembleSaeTensors } from '../saeTensors.ts';
import { parsePlace } from './hookPlace.ts';
import { PLAIN_INPUT, type SaeForm } from './saeForm.ts';

/** Tokens of the texts that they were trained on. Source: SAELens, `connor_rob_hook_z`. */
const CONTEXT = 128;

/** Whether a .pt file holds tensors under SAELens' names. */
export function isHookZSae({ tensors }: Pick<TorchFile, 'tensors'>): boolean {
  return ['W_enc', 'b_enc', 'W_dec', 'b_dec'].every((name) => tensors.has(name));
}

/**
 * A SAE of Kissane et al.: a .pt file beside its `_cfg.json` (act_name, act_size, dict_size). Of the other keys all
 * say how it was trained. Source: SAELens 6, `connor_rob_hook_z_huggingface_loader`.
 * @throws sae/malformed, weights/*
 */
export function parseHookZSae(stored: TorchFile, json: JsonObject, file: string): SaeForm {
  const fields = readFields(json, { file, code: 'sae/malformed' });
  const place = parsePlace(json, { file, prepend_bos: true, context_size: CONTEXT });
  const config: SaeConfig = {
    ...PLAIN_INPUT,
    architecture: 'standard',
    d_in: fields.positiveInteger('act_size'),
    d_sae: fields.positiveInteger('dict_size'),
    k: null,
    reshape_activations: place.hook_name.endsWith('hook_z') ? 'hook_z' : 'none',
    ...place,
    model_name: place.model_name ?? 'gpt2-small',
  };
  return { format: 'attn-saes', config, neuronpedia_id: null, ...assembleSaeTensors(config, stored) };
}
