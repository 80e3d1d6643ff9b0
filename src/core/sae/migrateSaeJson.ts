import { InterpError } from '../errors.ts';
import { isJsonObject, quote, type JsonObject } from '../json.ts';

/** Keys of cfg.json that belong to the SAE itself in SAELens v6; of the flat form, all others are metadata. */
const SAE_KEYS: ReadonlySet<string> = new Set([
  ...['architecture', 'd_in', 'd_out', 'd_sae', 'k', 'dtype', 'device', 'activation_fn'],
  ...['apply_b_dec_to_input', 'normalize_activations', 'reshape_activations'],
  ...['rescale_acts_by_decoder_norm'],
]);

/** Older names of keys (SAELens before v6, and before v3). */
const RENAMED: Readonly<Record<string, string>> = {
  hook_point: 'hook_name',
  hook_point_layer: 'hook_layer',
  hook_point_head_index: 'hook_head_index',
  activation_fn_str: 'activation_fn',
};

/**
 * cfg.json in the parts of SAELens v6. The older flat form, which has no `metadata`, is migrated as SAELens
 * itself does: keys renamed, `activation_fn: topk` with its `k` becomes the architecture, a boolean
 * `normalize_activations` becomes its name, and a missing architecture is `standard`.
 * @throws sae/malformed, sae/unsupported
 */
export function migrateSaeJson(json: JsonObject, file: string): { sae: JsonObject; metadata: JsonObject } {
  const { metadata, ...rest } = json;
  if (isJsonObject(metadata)) return { sae: rest, metadata };
  if (metadata !== undefined && metadata !== null) {
    throw new InterpError(
      'sae/malformed',
      `${file}: "metadata" must be an object, found ${quote(metadata)}.`,
      {
        data: { file, key: 'metadata', expected: 'object', found: quote(metadata) },
      },
    );
  }
  const renamed = Object.entries(rest).map(([key, value]): [string, unknown] => [RENAMED[key] ?? key, value]);
  const sae = Object.fromEntries(renamed.filter(([key]) => SAE_KEYS.has(key)));
  const about = Object.fromEntries(renamed.filter(([key]) => !SAE_KEYS.has(key)));
  return {
    sae: { ...sae, ...migrateActivation(sae, about, file), ...migrateNormalization(sae) },
    metadata: about,
  };
}

function migrateActivation(sae: JsonObject, about: JsonObject, file: string): JsonObject {
  const architecture = sae['architecture'] ?? 'standard';
  const activation = sae['activation_fn'] ?? 'relu';
  if (activation === 'relu') return { architecture };
  if (activation === 'topk' && (architecture === 'standard' || architecture === 'topk')) {
    const kwargs = about['activation_fn_kwargs'];
    return { architecture: 'topk', k: sae['k'] ?? (isJsonObject(kwargs) ? kwargs['k'] : null) };
  }
  throw new InterpError(
    'sae/unsupported',
    `${file}: "activation_fn" is ${quote(activation)} with architecture ${quote(architecture)}; computed are relu, and topk of standard SAEs.`,
    { data: { file, key: 'activation_fn', expected: 'relu or topk', found: quote(activation) } },
  );
}

function migrateNormalization(sae: JsonObject): JsonObject {
  const value = sae['normalize_activations'];
  if (value === true) return { normalize_activations: 'expected_average_only_in' };
  return value === false ? { normalize_activations: 'none' } : {};
}
