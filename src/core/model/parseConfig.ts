import { InterpError } from '../errors.ts';
import { quote, readFields, type FieldReader, type JsonObject } from '../json.ts';
import type { ActivationName, ModelConfig } from './config.ts';

/** config.json's names of activation functions and what they compute. Others are refused. */
const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  gelu_new: 'gelu_new',
  gelu_pytorch_tanh: 'gelu_new',
  gelu_fast: 'gelu_new', // the same tanh formula, written otherwise
  gelu: 'gelu',
  gelu_python: 'gelu',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
};

/** Keys that do not change what inference computes: training, other heads, generation, bookkeeping. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...['resid_pdrop', 'embd_pdrop', 'attn_pdrop', 'initializer_range', 'gradient_checkpointing'],
  ...['summary_type', 'summary_use_proj', 'summary_activation', 'summary_proj_to_labels'],
  ...['summary_first_dropout', 'num_labels', 'id2label', 'label2id', 'problem_type', 'classifier_dropout'],
  ...['use_cache', 'eos_token_id', 'pad_token_id', 'sep_token_id', 'decoder_start_token_id', 'is_decoder'],
  ...[
    'output_attentions',
    'output_hidden_states',
    'output_past',
    'return_dict',
    'torchscript',
    'use_bfloat16',
  ],
  ...['architectures', 'task_specific_params', 'transformers_version', '_name_or_path', 'name_or_path'],
  ...[
    '_commit_hash',
    'dtype',
    'torch_dtype',
    '_attn_implementation',
    'attn_implementation',
    'finetuning_task',
  ],
  ...['tokenizer_class', 'prefix', 'bad_words_ids', 'do_sample', 'early_stopping', 'temperature', 'top_k'],
  ...['top_p', 'max_length', 'min_length', 'num_beams', 'repetition_penalty', 'length_penalty'],
  ...['no_repeat_ngram_size', 'num_return_sequences', 'typical_p', 'chunk_size_feed_forward'],
  // Computes the same numbers in another order, to keep half precision in range.
  'reorder_and_upcast_attn',
]);

/** Keys that would change the mathematics in a way that is not computed: refused unless null, false or empty. */
const REFUSED: Readonly<Record<string, string>> = {
  add_cross_attention: 'cross-attention is not computed',
  is_encoder_decoder: 'encoder-decoder models are not computed',
  quantization_config: 'quantized weights are not run; use the unquantized model',
  pruned_heads: 'pruned heads are not run',
  auto_map: 'the model brings code of its own, which is never run',
};

/** Other names of a key that transformers accepts for GPT-2 (GPT2Config.attribute_map). */
const ALIASES: Readonly<Record<string, string>> = {
  n_embd: 'hidden_size',
  n_positions: 'max_position_embeddings',
  n_head: 'num_attention_heads',
  n_layer: 'num_hidden_layers',
};

/**
 * config.json -> ModelConfig. Keys that change the mathematics are honoured or refused by name; sizes must be
 * stated; the others default as in transformers' GPT2Config; unknown keys become warnings.
 * @throws model/unsupported, model/bad-config naming file, key, expected and found.
 */
export function parseModelConfig(
  json: JsonObject,
  options: { readonly file: string },
): { config: ModelConfig; warnings: string[] } {
  const { file } = options;
  const fields = readFields(json, { file, code: 'model/bad-config' });
  refuseOtherModels(fields, json, file);
  const warnings: string[] = [];
  const d_model = readSize(fields, 'n_embd');
  const n_heads = readSize(fields, 'n_head');
  if (d_model % n_heads !== 0) fields.fail('n_embd', `a multiple of n_head (${n_heads})`);
  const n_ctx = readSize(fields, 'n_positions');
  const oldContext = fields.optionalInteger('n_ctx');
  if (oldContext !== null && oldContext !== n_ctx) {
    warnings.push(`${file}: n_ctx is ${oldContext}, n_positions ${n_ctx}: n_positions is used.`);
  }
  const d_vocab = fields.positiveInteger('vocab_size');
  const config: ModelConfig = {
    n_layers: readSize(fields, 'n_layer'),
    d_model,
    n_heads,
    d_head: d_model / n_heads,
    d_mlp: fields.has('n_inner') ? fields.positiveInteger('n_inner') : 4 * d_model,
    n_ctx,
    d_vocab,
    act_fn: readActivation(fields, file),
    eps: fields.positiveNumber('layer_norm_epsilon', 1e-5),
    tied: fields.flag('tie_word_embeddings', true),
    scale_attn: fields.flag('scale_attn_weights', true),
    scale_attn_by_layer: fields.flag('scale_attn_by_inverse_layer_idx', false),
    bos_token_id: readBos(fields, { file, d_vocab, warnings }),
  };
  const unknown = fields.unread().filter((key) => !HARMLESS.has(key));
  if (unknown.length > 0) warnings.push(`${file}: unknown keys were ignored: ${unknown.join(', ')}.`);
  return { config, warnings };
}

function refuseOtherModels(fields: FieldReader, json: JsonObject, file: string): void {
  const type = fields.text('model_type');
  if (type !== 'gpt2') {
    throw new InterpError('model/unsupported', `${file}: model_type must be "gpt2", found ${quote(type)}.`, {
      data: { file, key: 'model_type', expected: 'gpt2', found: type },
    });
  }
  for (const [key, reason] of Object.entries(REFUSED)) {
    if (!fields.has(key) || isEmpty(json[key])) continue;
    throw new InterpError('model/unsupported', `${file}: "${key}" is ${quote(json[key])}: ${reason}.`, {
      data: { file, key, found: quote(json[key]) },
    });
  }
}

function isEmpty(value: unknown): boolean {
  if (value === false || value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** A size by its GPT-2 name or transformers' generic one. */
function readSize(fields: FieldReader, key: string): number {
  const alias = ALIASES[key];
  const generic = alias !== undefined && fields.has(alias);
  return fields.positiveInteger(generic && !fields.has(key) ? alias : key);
}

function readActivation(fields: FieldReader, file: string): ActivationName {
  const name = fields.text('activation_function') ?? 'gelu_new';
  const known = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (known !== undefined) return known;
  const expected = Object.keys(ACTIVATIONS).join(', ');
  throw new InterpError(
    'model/unsupported',
    `${file}: "activation_function" is ${quote(name)}; computed are ${expected}.`,
    { data: { file, key: 'activation_function', expected, found: name } },
  );
}

/** The BOS id; one beyond the vocabulary (a size changed without it) is dropped with a warning. */
function readBos(
  fields: FieldReader,
  place: { file: string; d_vocab: number; warnings: string[] },
): number | null {
  const id = fields.optionalInteger('bos_token_id');
  if (id === null || (id >= 0 && id < place.d_vocab)) return id;
  place.warnings.push(
    `${place.file}: bos_token_id ${id} is not below vocab_size ${place.d_vocab} and was ignored.`,
  );
  return null;
}
