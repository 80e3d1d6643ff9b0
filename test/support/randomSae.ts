import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SaeArchitecture, SaeNormalization } from '../../src/core/sae/config.ts';
import { saeTensorShapes } from '../../src/core/sae/saeTensors.ts';
import type { WeightDtype } from '../../src/core/weights/tensorEntry.ts';
import { writeSafetensors, type OutgoingTensor } from '../../src/core/weights/writeSafetensors.ts';
import { normals, seededRandom } from './random.ts';
import { writeDictionarySae, writeOpenAiSae } from './randomTorchSae.ts';
import { turned } from './writeTorchFile.ts';

/** What kind of SAELens folder to write. */
export interface RandomSaeOptions {
  readonly architecture: SaeArchitecture;
  readonly hook_name: string;
  readonly d_in: number;
  readonly d_sae?: number;
  /** The other formats than SAELens' keep the matrices the other way round. */
  readonly form?: 'v6' | 'flat' | 'dictionary_learning' | 'OpenAI' | 'sparsify';
  readonly k?: number;
  readonly normalize_activations?: SaeNormalization;
  readonly apply_b_dec_to_input?: boolean;
  /** Written as SAELens does: the model's `center_writing_weights`. */
  readonly center_input?: boolean;
  /** Written as SAELens' checkpoints do: `expected_average_only_in` and activation_scaler.json. */
  readonly input_scale?: number;
  readonly rescale_acts_by_decoder_norm?: boolean;
  readonly dtype?: WeightDtype;
  readonly seed?: number;
  /** Replaces entries of SPREAD. */
  readonly spread?: typeof SPREAD;
  /** Stored beside the SAE's own tensors, as `scaling_factor`. */
  readonly extra?: readonly OutgoingTensor[];
  /** Replaces keys of the written cfg.json (v6: of its top level). */
  readonly json?: Readonly<Record<string, unknown>>;
}

/** Standard deviation of biases, thresholds and r_mag per tensor; thresholds sit above zero. */
const SPREAD: Readonly<Record<string, { mean: number; std: number }>> = {
  b_enc: { mean: -0.5, std: 0.3 },
  b_gate: { mean: -0.5, std: 0.3 },
  b_mag: { mean: 0.1, std: 0.3 },
  r_mag: { mean: 0, std: 0.3 },
  b_dec: { mean: 0, std: 0.3 },
  threshold: { mean: 0.5, std: 0.1 },
};

/** Width of the hook that a SAE reads. */
export function widthAt(
  hook_name: string,
  { d_model, d_mlp }: { readonly d_model: number; readonly d_mlp: number },
): number {
  return hook_name.endsWith('mlp.hook_post') ? d_mlp : d_model;
}

/** Writes cfg.json and sae_weights.safetensors of a random SAE whose latents are active now and then. */
export async function writeRandomSae(directory: string, options: RandomSaeOptions): Promise<void> {
  const d_sae = options.d_sae ?? 4 * options.d_in;
  const random = seededRandom(options.seed ?? 7);
  const shapes = saeTensorShapes({ architecture: options.architecture, d_in: options.d_in, d_sae });
  const tensors = [...shapes].map(([name, dims]): OutgoingTensor => {
    const count = dims.reduce((size, dim) => size * dim, 1);
    const spread = options.spread?.[name] ?? SPREAD[name] ?? { mean: 0, std: 1 / Math.sqrt(options.d_in) };
    return { name, dtype: options.dtype ?? 'F32', dims, data: normals(random, count, spread) };
  });
  if (options.form === 'dictionary_learning') return writeDictionarySae(directory, options, tensors);
  if (options.form === 'OpenAI') return writeOpenAiSae(directory, options, tensors);
  if (options.form === 'sparsify') return writeSparsifySae(directory, options, tensors);
  await mkdir(directory, { recursive: true });
  const json = { ...(options.form === 'flat' ? flat : v6)(options, d_sae), ...options.json };
  await writeFile(join(directory, 'cfg.json'), JSON.stringify(json, null, 2));
  if (options.input_scale !== undefined) {
    const scaler = { scaling_factor: options.input_scale };
    await writeFile(join(directory, 'activation_scaler.json'), JSON.stringify(scaler));
  }
  const weights = writeSafetensors([...tensors, ...(options.extra ?? [])]);
  await writeFile(join(directory, 'sae_weights.safetensors'), weights);
}

/** A folder of sparsify: what it reads is told by the folder's name alone. */
async function writeSparsifySae(
  directory: string,
  { d_in, k = 4, json }: RandomSaeOptions,
  tensors: readonly OutgoingTensor[],
): Promise<void> {
  const named = tensors.map((tensor): OutgoingTensor => {
    const { name, dims, data } = tensor;
    if (name === 'W_enc')
      return { ...tensor, name: 'encoder.weight', dims: dims.toReversed(), data: turned(data, dims) };
    return name === 'b_enc' ? { ...tensor, name: 'encoder.bias' } : tensor;
  });
  const num_latents = tensors.find(({ name }) => name === 'W_dec')?.dims[0];
  const training = { activation: 'topk', expansion_factor: 32, normalize_decoder: true, multi_topk: false };
  const flags = { skip_connection: false, transcode: false };
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, 'cfg.json'),
    JSON.stringify({ ...training, ...flags, num_latents, k, d_in, ...json }),
  );
  await writeFile(join(directory, 'sae.safetensors'), writeSafetensors(named));
}

function normalization({ input_scale, normalize_activations }: RandomSaeOptions): string | undefined {
  return input_scale === undefined ? normalize_activations : 'expected_average_only_in';
}

function v6(options: RandomSaeOptions, d_sae: number): Record<string, unknown> {
  const topk = {
    k: options.k ?? 4,
    rescale_acts_by_decoder_norm: options.rescale_acts_by_decoder_norm ?? false,
  };
  return {
    architecture: options.architecture,
    d_in: options.d_in,
    d_sae,
    dtype: 'float32',
    device: 'cpu',
    apply_b_dec_to_input: options.apply_b_dec_to_input ?? true,
    normalize_activations: normalization(options) ?? 'none',
    reshape_activations: 'none',
    ...(options.architecture === 'topk' ? topk : {}),
    metadata: {
      model_name: 'random',
      hook_name: options.hook_name,
      hook_head_index: null,
      prepend_bos: true,
      context_size: 64,
      model_from_pretrained_kwargs: { center_writing_weights: options.center_input ?? false },
      sae_lens_version: '6.0.0',
    },
  };
}

function flat(options: RandomSaeOptions, d_sae: number): Record<string, unknown> {
  const topk = options.architecture === 'topk';
  return {
    architecture: topk ? 'standard' : options.architecture,
    d_in: options.d_in,
    d_sae,
    dtype: 'torch.float32',
    device: 'cpu',
    model_name: 'random',
    hook_point: options.hook_name,
    hook_point_layer: Number(/\d+/.exec(options.hook_name)?.[0] ?? 0),
    hook_point_head_index: null,
    activation_fn_str: topk ? 'topk' : 'relu',
    activation_fn_kwargs: topk ? { k: options.k ?? 4 } : {},
    apply_b_dec_to_input: options.apply_b_dec_to_input ?? true,
    normalize_activations: normalization(options) ?? false,
    prepend_bos: true,
    context_size: 64,
    model_from_pretrained_kwargs: { center_writing_weights: options.center_input ?? false },
    finetuning_scaling_factor: false,
  };
}
