import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OutgoingTensor } from '../../src/core/weights/writeSafetensors.ts';
import type { RandomSaeOptions } from './randomSae.ts';
import { turned, writeTorchFile, type StateDict, type TorchTensorSource } from './writeTorchFile.ts';

const CLASSES = {
  standard: 'AutoEncoder',
  topk: 'AutoEncoderTopK',
  gated: 'GatedAutoEncoder',
  jumprelu: 'BatchTopKSAE',
} as const;
const NAMES: Readonly<Record<RandomSaeOptions['architecture'], Readonly<Record<string, string>>>> = {
  standard: { b_dec: 'bias', b_enc: 'encoder.bias' },
  topk: { b_enc: 'encoder.bias' },
  gated: { b_dec: 'decoder_bias', b_gate: 'gate_bias', b_mag: 'mag_bias' },
  jumprelu: { b_enc: 'encoder.bias' },
};
const SUBMODULES: Readonly<Record<string, string>> = {
  attn_out: 'attn',
  mlp_out: 'mlp',
  resid_post: 'resid',
};
const LOCATIONS: Readonly<Record<string, string>> = {
  'mlp.hook_post': 'mlp_post_act',
  hook_attn_out: 'resid_delta_attn',
  hook_mlp_out: 'resid_delta_mlp',
  hook_resid_mid: 'resid_post_attn',
  hook_resid_post: 'resid_post_mlp',
};

/** A folder of dictionary_learning: config.json and ae.pt. A jumprelu SAE has one threshold for all latents. */
export async function writeDictionarySae(
  directory: string,
  options: RandomSaeOptions,
  tensors: readonly OutgoingTensor[],
): Promise<void> {
  const { architecture, hook_name, d_in, k = 4 } = options;
  const [, layer, hook = ''] = /^blocks\.(\d+)\.hook_(\w+)$/.exec(hook_name) ?? [];
  const trainer = {
    dict_class: CLASSES[architecture],
    trainer_class: 'Trainer',
    activation_dim: d_in,
    dict_size: tensors.find(({ name }) => name === 'W_dec')?.dims[0],
    layer: Number(layer),
    lm_name: 'random',
    submodule_name: `${SUBMODULES[hook]}_${layer}`,
    ...(architecture === 'topk' ? { k } : {}),
  };
  const names: Readonly<Record<string, string>> = {
    W_enc: 'encoder.weight',
    W_dec: 'decoder.weight',
    ...NAMES[architecture],
  };
  const dict = tensors.map((tensor): [string, TorchTensorSource] => {
    const name = names[tensor.name] ?? tensor.name;
    if (name === 'threshold') return [name, { dims: [], data: tensor.data.slice(0, 1) }];
    return [name, asLinear(tensor)];
  });
  await mkdir(directory, { recursive: true });
  const json = { trainer, buffer: { ctx_len: 64, io: 'out' }, ...options.json };
  await writeFile(join(directory, 'config.json'), JSON.stringify(json));
  await writeFile(join(directory, 'ae.pt'), writeTorchFile(Object.fromEntries(dict)));
}

/** A folder with one .pt file on its published path; the decoder is saved as a transposed view. */
export async function writeOpenAiSae(
  directory: string,
  options: RandomSaeOptions,
  tensors: readonly OutgoingTensor[],
): Promise<void> {
  const [, layer, hook = ''] = /^blocks\.(\d+)\.(.+)$/.exec(options.hook_name) ?? [];
  const named = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const get = (name: string): OutgoingTensor =>
    named.get(name) ?? { name, dtype: 'F32', dims: [0], data: new Float32Array() };
  const topk = options.architecture === 'topk';
  const latents = get('b_enc');
  const dict: StateDict = {
    pre_bias: get('b_dec'),
    'encoder.weight': asLinear(get('W_enc')),
    latent_bias: latents,
    'decoder.weight': { ...asLinear(get('W_dec')), transposed: true },
    latents_mean_square: { dims: latents.dims, data: latents.data },
    ...(topk ? { activation: 'TopK', activation_state_dict: { k: options.k ?? 4, postact_fn: 'ReLU' } } : {}),
  };
  const file = join(directory, `${LOCATIONS[hook]}${topk ? '_v5_32k' : ''}`, 'autoencoders', `${layer}.pt`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, writeTorchFile(dict));
}

/** PyTorch's Linear keeps a matrix as [out, in]. */
function asLinear({ name, dims, data, dtype }: OutgoingTensor): TorchTensorSource {
  if (!name.startsWith('W_')) return { dims, data, dtype };
  return { dims: dims.toReversed(), data: turned(data, dims), dtype };
}
