import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requiredTensors } from '../../src/core/model/checkpoint.ts';
import type { ModelConfig } from '../../src/core/model/config.ts';
import { parseModelConfig } from '../../src/core/model/parseConfig.ts';
import type { WeightDtype } from '../../src/core/weights/tensorEntry.ts';
import { writeSafetensors, type OutgoingTensor } from '../../src/core/weights/writeSafetensors.ts';
import { normals, seededRandom, type Random } from './random.ts';
import { writeByteTokenizer } from './byteTokenizer.ts';
import { writeTorchFile } from './writeTorchFile.ts';

/** What kind of Hugging Face folder to write. Everything has a small default. */
export interface RandomModelOptions {
  readonly seed?: number;
  /** Keys of config.json that replace the defaults. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly dtype?: WeightDtype;
  /** Written before every name but lm_head.weight, as `transformer.`. */
  readonly prefix?: string;
  /** Files to spread the tensors over; 1 = model.safetensors without an index. */
  readonly shards?: number;
  /** `torch`: pytorch_model.bin or its shards, a tied head as a second name of the embedding. */
  readonly form?: 'safetensors' | 'torch';
  /** Stores the causal mask buffers of old checkpoints too. */
  readonly maskBuffers?: boolean;
}

const DEFAULTS = {
  model_type: 'gpt2',
  architectures: ['GPT2LMHeadModel'],
  vocab_size: 300,
  n_positions: 64,
  n_embd: 32,
  n_layer: 2,
  n_head: 4,
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
  bos_token_id: 256,
  eos_token_id: 256,
};

/** Standard deviation of attention scores: heads become sharp, which weights of std 0.02 never are. */
const SCORE_STD = 4;
/** Standard deviation of logits: the largest of a few hundred then exceed 10. */
const LOGIT_STD = 5;

/**
 * Writes a random GPT-2 folder, weights scaled so that attention is sharp and logits are large: plain small
 * weights hide errors. @returns the configuration as the reader sees it.
 */
export async function writeRandomModel(
  directory: string,
  options: RandomModelOptions = {},
): Promise<ModelConfig> {
  const json = { ...DEFAULTS, ...options.config };
  const { config } = parseModelConfig(json, { file: 'config.json' });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.json'), JSON.stringify(json, null, 2));
  const tensors = randomTensors(config, options);
  await (options.form === 'torch' ? writeTorch : writeSafe)(directory, tensors, options.shards ?? 1);
  await writeByteTokenizer(directory, config.d_vocab);
  return config;
}

/** Random tensors of a configuration under the names that the options ask for. */
export function randomTensors(config: ModelConfig, options: RandomModelOptions = {}): OutgoingTensor[] {
  const random = seededRandom(options.seed ?? 1);
  const dtype = options.dtype ?? 'F32';
  const prefix = options.prefix ?? '';
  const tensors = [...requiredTensors(config)].map(([name, dims]): OutgoingTensor => {
    const data = randomWeights(name, dims, { config, random });
    return { name: name === 'lm_head.weight' ? name : prefix + name, dtype, dims, data };
  });
  if (options.maskBuffers !== true) return tensors;
  const masks = Array.from({ length: config.n_layers }, (_, layer): OutgoingTensor => {
    const dims = [1, 1, config.n_ctx, config.n_ctx];
    const data = new Float32Array(config.n_ctx ** 2);
    return { name: `${prefix}h.${layer}.attn.bias`, dtype, dims, data };
  });
  return [...tensors, ...masks];
}

/** Weights of one tensor. Activations keep unit scale; see SCORE_STD and LOGIT_STD. */
function randomWeights(
  name: string,
  dims: readonly number[],
  { config, random }: { config: ModelConfig; random: Random },
): Float32Array {
  const count = dims.reduce((size, dim) => size * dim, 1);
  const std = (value: number): Float32Array => normals(random, count, { mean: 0, std: value });
  if (/ln_(1|2|f)\.weight$/.test(name)) return normals(random, count, { mean: 1, std: 0.2 });
  if (name.endsWith('.bias')) return std(0.2);
  if (name === 'wte.weight' || name === 'lm_head.weight') return std(LOGIT_STD / Math.sqrt(config.d_model));
  if (name === 'wpe.weight') return std(1 / Math.sqrt(config.d_model));
  if (name.endsWith('attn.c_attn.weight')) return attentionWeights(name, { config, random });
  if (name.endsWith('mlp.c_fc.weight')) return std(1.5 / Math.sqrt(config.d_model));
  return std(1 / Math.sqrt(dims[0] ?? 1));
}

/** c_attn [d_model, 3 d_model]: query and key columns so large that scores have SCORE_STD, values of unit scale. */
function attentionWeights(
  name: string,
  { config, random }: { config: ModelConfig; random: Random },
): Float32Array {
  const { d_model, d_head } = config;
  const layer = Number(/^h\.(\d+)\./.exec(name)?.[1] ?? 0);
  const divisor = (config.scale_attn ? Math.sqrt(d_head) : 1) * (config.scale_attn_by_layer ? layer + 1 : 1);
  const sharp = Math.sqrt((SCORE_STD * divisor) / (d_model * Math.sqrt(d_head)));
  return Float32Array.from({ length: 3 * d_model * d_model }, (_, index) => {
    const isValue = index % (3 * d_model) >= 2 * d_model;
    return random.normal() * (isValue ? 1 / Math.sqrt(d_model) : sharp);
  });
}

type WriteWeights = (directory: string, tensors: readonly OutgoingTensor[], shards: number) => Promise<void>;

const writeSafe = writerOf('model', 'safetensors', (tensors) => writeSafetensors(tensors, { format: 'pt' }));

const writeTorch = writerOf('pytorch_model', 'bin', (tensors) => {
  const embedding = tensors.find(({ name }) => name.endsWith('wte.weight'));
  const head = embedding ? [{ ...embedding, name: 'lm_head.weight' }] : [];
  return writeTorchFile(Object.fromEntries([...head, ...tensors].map((tensor) => [tensor.name, tensor])));
});

/** `{stem}.{ending}`, or `{stem}-0000i-of-0000n.{ending}` with an index. */
function writerOf(
  stem: string,
  ending: string,
  encode: (tensors: readonly OutgoingTensor[]) => Uint8Array,
): WriteWeights {
  return async (directory, tensors, shards) => {
    if (shards === 1) return writeFile(join(directory, `${stem}.${ending}`), encode(tensors));
    const weight_map: Record<string, string> = {};
    for (let shard = 0; shard < shards; shard++) {
      const [own, all] = [shard + 1, shards].map((count) => String(count).padStart(5, '0'));
      const file = `${stem}-${own}-of-${all}.${ending}`;
      const members = tensors.filter((_, index) => index % shards === shard);
      for (const { name } of members) weight_map[name] = file;
      await writeFile(join(directory, file), encode(members));
    }
    const index = JSON.stringify({ metadata: { total_size: 0 }, weight_map }, null, 2);
    await writeFile(join(directory, `${stem}.${ending}.index.json`), index);
  };
}
