import { quote, readFields, type JsonObject } from '../../json.ts';
import type { TensorTable } from '../../weights/storedTensor.ts';
import type { SaeConfig } from '../config.ts';
import { assembleSaeTensors, type SourceName } from '../saeTensors.ts';
import { PLAIN_INPUT, unsupportedSae, type SaeForm } from './saeForm.ts';

const NAMES: Readonly<Record<string, SourceName>> = {
  W_enc: { name: 'encoder.weight', reversed: true },
  b_enc: { name: 'encoder.bias' },
  W_dec: { name: 'W_dec' },
  b_dec: { name: 'b_dec' },
};
/** Modules of GPT-2 as Hugging Face names them; what a module writes out is the hook. */
const HOOKPOINT = /^(?:transformer\.)?(?:h|layers)\.(\d+)(?:\.(mlp|attn))?$/;
const HOOKS: Readonly<Record<string, string>> = { mlp: 'hook_mlp_out', attn: 'hook_attn_out' };
/** Flags that make the SAE compute something else. */
const REFUSED = ['signed', 'transcode', 'skip_connection'] as const;
/** How it was trained. */
const TRAINING: ReadonlySet<string> = new Set(['normalize_decoder', 'multi_topk', 'expansion_factor']);

/**
 * A SAE of EleutherAI's sparsify: cfg.json and sae.safetensors in a folder named as the module that it reads.
 * Always b_dec off the input, the k largest, ReLU. Source: EleutherAI/sparsify, sparse_coder.py.
 * @throws sae/malformed, sae/unsupported, weights/*
 */
export function parseSparsifySae(
  stored: TensorTable,
  json: JsonObject,
  where: { readonly file: string; readonly folder: string },
): SaeForm {
  const { file } = where;
  const fields = readFields(json, { file, code: 'sae/malformed' });
  for (const key of REFUSED) {
    if (fields.flag(key, false)) throw unsupportedSae(file, `"${key}" is true`, { key, found: 'true' });
  }
  const activation = fields.text('activation') ?? 'topk';
  if (activation !== 'topk') {
    const what = `"activation" is ${quote(activation)}; computed is topk`;
    throw unsupportedSae(file, what, { key: 'activation', found: activation });
  }
  const [, layer, part = ''] = HOOKPOINT.exec(where.folder) ?? [];
  if (layer === undefined) {
    const what = `the folder ${quote(where.folder)} names no module of a GPT-2 block, as "h.3", "h.3.mlp" or "layers.3"`;
    throw unsupportedSae(file, what, { key: 'folder', found: where.folder });
  }
  const d_in = fields.positiveInteger('d_in');
  const listed = fields.optionalInteger('num_latents') ?? 0; // 0: by the factor
  const d_sae = listed > 0 ? listed : d_in * fields.positiveInteger('expansion_factor');
  const k = fields.positiveInteger('k');
  const config: SaeConfig = {
    ...PLAIN_INPUT,
    architecture: 'topk',
    d_in,
    d_sae,
    k: k <= d_sae ? k : fields.fail('k', `at most the number of latents (${d_sae})`),
    hook_name: `blocks.${layer}.${HOOKS[part] ?? 'hook_resid_post'}`,
    layer: Number(layer),
    prepend_bos: true,
    context_size: null,
    model_name: null,
  };
  const assembled = assembleSaeTensors(config, stored, { names: NAMES });
  const unknown = fields.unread().filter((key) => !TRAINING.has(key));
  const strange = unknown.length === 0 ? [] : [`${file}: unknown keys were ignored: ${unknown.join(', ')}.`];
  const warnings = [...strange, ...assembled.warnings];
  return { format: 'sparsify', config, neuronpedia_id: null, ...assembled, warnings };
}
