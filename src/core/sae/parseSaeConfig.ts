import { InterpError } from '../errors.ts';
import type { PublishedSae } from '../hub/publishedSae.ts';
import { quote, readFields, type FieldReader, type JsonObject } from '../json.ts';
import type { SaeArchitecture, SaeConfig, SaeNormalization } from './config.ts';
import { migrateSaeJson } from './migrateSaeJson.ts';
import { METADATA_HARMLESS, SAE_HARMLESS } from './saeKeys.ts';

const ARCHITECTURES = ['standard', 'topk', 'jumprelu', 'gated'] as const satisfies readonly SaeArchitecture[];
const NORMALIZATIONS = [
  'none',
  'constant_norm_rescale',
  'layer_norm',
] as const satisfies readonly SaeNormalization[];
const RESHAPES = ['none', 'hook_z'] as const;
const BLOCK_HOOK = /^blocks\.(\d+)\./;

/** A configuration that was understood; `warnings`: keys that nothing is known of. */
export interface ParsedSaeConfig {
  readonly config: SaeConfig;
  /** Neuronpedia's id `model/layer-set`, when the configuration has one. */
  readonly neuronpedia_id: string | null;
  readonly warnings: readonly string[];
}

/** Where a field stands and how to read it. */
interface Place {
  readonly file: string;
  /** The SAE's own keys. */
  readonly sae: FieldReader;
  /** What it was trained on. */
  readonly about: FieldReader;
}

/**
 * cfg.json of a SAELens SAE, v6 or the older flat form, -> SaeConfig. Keys that change the mathematics are
 * honoured or refused by name; training settings are passed over; unknown keys become warnings.
 * @param options.stored shapes of the stored tensors: they give d_sae where an old cfg.json omits it.
 * @throws sae/unsupported, sae/malformed naming file, key, expected and found.
 */
export function parseSaeConfig(
  json: JsonObject,
  options: {
    readonly file: string;
    readonly stored: ReadonlyMap<string, readonly number[]>;
    /** The published release that the folder is of, where that is known. */
    readonly release?: PublishedSae | null;
    /** Constant factor of `expected_average_only_in`, as activation_scaler.json beside the folder states it. */
    readonly scale?: number | null;
  },
): ParsedSaeConfig {
  const { file } = options;
  const parts = migrateSaeJson(json, file);
  const sae = readFields(parts.sae, { file, code: 'sae/malformed' });
  const about = readFields(parts.metadata, { file, code: 'sae/malformed' });
  const place: Place = { file, sae, about };
  const architecture = readChoice(sae, 'architecture', { file, choices: ARCHITECTURES, fallback: null });
  const hook_name = about.text('hook_name') ?? about.fail('hook_name', 'a hook name');
  const d_in = sae.positiveInteger('d_in');
  const d_sae = readLatentCount(sae, options.stored);
  refuseOtherWiring(place, { d_in, hook_name });
  const config: SaeConfig = {
    architecture,
    d_in,
    d_sae,
    k: readK(place, { architecture, d_sae }),
    hook_name,
    layer: readLayer(about, hook_name),
    apply_b_dec_to_input: sae.flag('apply_b_dec_to_input', true),
    ...readPreparation(place, options),
    reshape_activations: readChoice(sae, 'reshape_activations', {
      file,
      choices: RESHAPES,
      fallback: hook_name.endsWith('hook_z') ? 'hook_z' : 'none',
    }),
    rescale_acts_by_decoder_norm: readRescale(place, architecture),
    ...readTraining(place, options.release ?? null),
    model_name: about.text('model_name'),
  };
  const neuronpedia_id = about.text('neuronpedia_id') ?? options.release?.neuronpedia ?? null;
  return { config, neuronpedia_id, warnings: unknownKeys(place) };
}

/** Processing of TransformerLens that gives the values of a head other numbers than the published weights do. */
const OTHER_VALUES = ['fold_value_biases', 'refactor_factored_attn_matrices'] as const;

function refuseOtherValues(model: JsonObject, hook_name: string, file: string): void {
  const key = OTHER_VALUES.find((name) => model[name] === true);
  if (key === undefined || !hook_name.endsWith('hook_z')) return;
  throw unsupported(
    file,
    key,
    true,
    'it was trained on other values of the heads than the weights as published give',
  );
}

/** On what it was trained; a release that is known says it better than settings that were left as they were. */
function readTraining(
  { about }: Place,
  release: PublishedSae | null,
): Pick<SaeConfig, 'prepend_bos' | 'context_size'> {
  const stated = {
    prepend_bos: about.flag('prepend_bos', true),
    context_size: about.optionalInteger('context_size'),
  };
  return {
    prepend_bos: release?.preprocessing.prepend_bos ?? stated.prepend_bos,
    context_size: release?.preprocessing.context_size ?? stated.context_size,
  };
}

/** Transcoders and single heads read or write something else than the hook's own values. */
function refuseOtherWiring({ file, sae, about }: Place, own: { d_in: number; hook_name: string }): void {
  const d_out = sae.optionalInteger('d_out') ?? own.d_in;
  const out = about.text('hook_name_out') ?? own.hook_name;
  if (d_out !== own.d_in || out !== own.hook_name) {
    throw unsupported(file, 'hook_name_out', out, 'it writes another hook than it reads: a transcoder');
  }
  const head = about.optionalInteger('hook_head_index');
  if (head !== null)
    throw unsupported(file, 'hook_head_index', head, 'SAEs of a single head are not attached');
  const scaled = about.has('finetuning_scaling_factor');
  if (scaled) about.flag('finetuning_scaling_factor', false); // the stored tensor of that name decides
}

function readLatentCount(sae: FieldReader, stored: ReadonlyMap<string, readonly number[]>): number {
  if (sae.has('d_sae')) return sae.positiveInteger('d_sae');
  return stored.get('W_dec')?.[0] ?? sae.fail('d_sae', 'a positive integer');
}

function readK({ sae }: Place, own: { architecture: SaeArchitecture; d_sae: number }): number | null {
  if (own.architecture !== 'topk') {
    sae.optionalInteger('k');
    return null;
  }
  const k = sae.positiveInteger('k');
  return k <= own.d_sae ? k : sae.fail('k', `at most d_sae (${own.d_sae})`);
}

function readLayer(about: FieldReader, hook_name: string): number {
  const match = BLOCK_HOOK.exec(hook_name);
  if (!match) return about.fail('hook_name', 'a hook of a block, as blocks.0.hook_resid_post');
  const layer = Number(match[1]);
  const stated = about.optionalInteger('hook_layer') ?? layer;
  return stated === layer ? layer : about.fail('hook_layer', `${layer}, as in ${hook_name}`);
}

/**
 * What is done to the input before it is encoded. A model whose writing weights were centred has a residual stream of
 * mean 0 over d_model: taking the mean off the input is the same. `expected_average_only_in` is a constant factor
 * that SAELens folds into the weights; where it is known, the input is multiplied by it instead.
 */
function readPreparation(
  { file, sae, about }: Place,
  known: { readonly release?: PublishedSae | null; readonly scale?: number | null },
): Pick<SaeConfig, 'center_input' | 'input_scale' | 'normalize_activations'> {
  const model = about.object('model_from_pretrained_kwargs') ?? {};
  refuseOtherValues(model, about.text('hook_name') ?? '', file);
  const center_input =
    model['center_writing_weights'] === true || known.release?.preprocessing.center === true;
  if (sae.text('normalize_activations') !== 'expected_average_only_in') {
    const choices = { file, choices: NORMALIZATIONS, fallback: 'none' } as const;
    const normalize_activations = readChoice(sae, 'normalize_activations', choices);
    return { center_input, input_scale: 1, normalize_activations };
  }
  const input_scale = known.scale ?? known.release?.preprocessing.scale ?? null;
  if (input_scale !== null) return { center_input, input_scale, normalize_activations: 'none' };
  const why =
    'it divides by a mean norm that the folder does not hold; put activation_scaler.json ' +
    '({"scaling_factor": number}) beside it, or fold it into the weights ' +
    '(SAELens: fold_activation_norm_scaling_factor) and save the SAE again';
  throw unsupported(file, 'normalize_activations', 'expected_average_only_in', why);
}

function readRescale({ file, sae }: Place, architecture: SaeArchitecture): boolean {
  const rescale = sae.flag('rescale_acts_by_decoder_norm', false);
  if (rescale && architecture !== 'topk') {
    throw unsupported(file, 'rescale_acts_by_decoder_norm', true, 'it is computed for topk only');
  }
  return rescale;
}

/** One of the names that are computed; another is refused, an absent one is the fallback or an error. */
function readChoice<T extends string>(
  fields: FieldReader,
  key: string,
  options: { readonly file: string; readonly choices: readonly T[]; readonly fallback: T | null },
): T {
  const name = fields.text(key) ?? options.fallback ?? fields.fail(key, 'a string');
  const choice = options.choices.find((known) => known === name);
  if (choice !== undefined) return choice;
  throw unsupported(options.file, key, name, `computed are ${options.choices.join(', ')}`);
}

function unknownKeys({ file, sae, about }: Place): string[] {
  const unknown = [
    ...sae.unread().filter((key) => !SAE_HARMLESS.has(key)),
    ...about.unread().filter((key) => !METADATA_HARMLESS.has(key)),
  ];
  return unknown.length === 0 ? [] : [`${file}: unknown keys were ignored: ${unknown.join(', ')}.`];
}

function unsupported(file: string, key: string, found: string | number | boolean, why: string): InterpError {
  return new InterpError('sae/unsupported', `${file}: "${key}" is ${quote(found)}: ${why}.`, {
    data: { file, key, found },
  });
}
