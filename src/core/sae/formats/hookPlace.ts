import { readFields, type JsonObject } from '../../json.ts';
import type { SaeConfig } from '../config.ts';

/** Where a SAE belongs, and on what it was trained: what some files leave to their name. */
export type HookPlace = Pick<
  SaeConfig,
  'hook_name' | 'layer' | 'prepend_bos' | 'context_size' | 'model_name'
>;

/** OpenAI's names of places. Source: openai/sparse_autoencoder and transformer-debugger. */
const LOCATIONS: Readonly<Record<string, string>> = {
  mlp_post_act: 'mlp.hook_post',
  resid_delta_attn: 'hook_attn_out',
  resid_delta_mlp: 'hook_mlp_out',
  resid_post_attn: 'hook_resid_mid',
  resid_post_mlp: 'hook_resid_post',
};
/** `{location}{suffix}/autoencoders/{layer}.pt`, as published; the folder between may be missing. */
const OPENAI_PATH =
  /(?:^|[\\/])(mlp_post_act|resid_(?:delta|post)_(?:attn|mlp))(_v4|_v5_32k|_v5_128k)?[\\/](?:autoencoders[\\/])?(\d+)\.pt$/;
/** Tokens of the texts that the v5 files were trained on. Source: the same repository's README. */
const V5_CONTEXT = 64;

/** Where one of OpenAI's files belongs, by its published path; null when the path says nothing. */
export function openAiPlace(path: string): HookPlace | null {
  const [, location = '', suffix = '', layer] = OPENAI_PATH.exec(path) ?? [];
  const hook = LOCATIONS[location];
  if (hook === undefined) return null;
  return {
    hook_name: `blocks.${layer}.${hook}`,
    layer: Number(layer),
    prepend_bos: false,
    context_size: suffix.startsWith('_v5') ? V5_CONTEXT : null,
    model_name: 'gpt2',
  };
}

/**
 * The place that a JSON file beside a .pt file states: `hook_name` (or `act_name`), `prepend_bos`, `context_size`.
 * @throws sae/malformed
 */
export function parsePlace(
  json: JsonObject,
  options: { readonly file: string; readonly prepend_bos: boolean; readonly context_size: number | null },
): HookPlace {
  const fields = readFields(json, { file: options.file, code: 'sae/malformed' });
  const key = fields.has('act_name') ? 'act_name' : 'hook_name';
  const hook_name = fields.text(key) ?? fields.fail(key, 'a hook name');
  const [, layer] = /^blocks\.(\d+)\./.exec(hook_name) ?? [];
  if (layer === undefined) return fields.fail(key, 'a hook of a block, as blocks.0.hook_resid_post');
  return {
    hook_name,
    layer: Number(layer),
    prepend_bos: fields.flag('prepend_bos', options.prepend_bos),
    context_size: fields.has('context_size') ? fields.positiveInteger('context_size') : options.context_size,
    model_name: fields.text('model_name'),
  };
}
