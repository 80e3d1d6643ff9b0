/**
 * Models that are offered by name. Revisions, sizes and sha256 are what third-party lock files say of the published
 * files: they are defaults, and every download is compared with what the host itself states.
 */

/** A file of a published model whose content is known beforehand. */
export interface PinnedFile {
  readonly path: string;
  readonly bytes: number;
  /** Null = not known here; the host's own statement is used alone. */
  readonly sha256: string | null;
}

/** A published model that can be added by its name. */
export interface KnownModel {
  /** TransformerLens' and Neuronpedia's name; the name of its folder. */
  readonly id: string;
  readonly title: string;
  /** Other names that people type, the Hugging Face repository among them. */
  readonly aliases: readonly string[];
  readonly repository: string;
  /** Commit; `main` where none is pinned. */
  readonly revision: string;
  readonly licence: string;
  readonly parameters: number;
  readonly n_layers: number;
  readonly d_model: number;
  /** The files whose size or content is known beforehand. */
  readonly pinned: readonly PinnedFile[];
}

export const MODELS: readonly KnownModel[] = [
  {
    id: 'gpt2-small',
    title: 'GPT-2 small',
    aliases: ['gpt2', 'openai-community/gpt2'],
    repository: 'openai-community/gpt2',
    revision: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
    licence: 'MIT',
    parameters: 124_439_808,
    n_layers: 12,
    d_model: 768,
    pinned: [
      {
        path: 'model.safetensors',
        bytes: 548_105_171,
        sha256: '248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707',
      },
      {
        path: 'config.json',
        bytes: 665,
        sha256: '0daed7749b4f02b8f76240d5444551d7b08712dab4d0adb8239c56ba823bb7b4',
      },
      {
        path: 'tokenizer.json',
        bytes: 1_355_256,
        sha256: '8414cab924d8b9b33013f0d221c5862f365ee9be39c5c2bfae8a5a9e970478a6',
      },
    ],
  },
  {
    id: 'gpt2-medium',
    title: 'GPT-2 medium',
    aliases: ['openai-community/gpt2-medium'],
    repository: 'openai-community/gpt2-medium',
    revision: 'main',
    licence: 'MIT',
    parameters: 354_823_168,
    n_layers: 24,
    d_model: 1024,
    pinned: [{ path: 'model.safetensors', bytes: 1_519_984_962, sha256: null }],
  },
  {
    id: 'gpt2-large',
    title: 'GPT-2 large',
    aliases: ['openai-community/gpt2-large'],
    repository: 'openai-community/gpt2-large',
    revision: 'main',
    licence: 'MIT',
    parameters: 774_030_080,
    n_layers: 36,
    d_model: 1280,
    pinned: [{ path: 'model.safetensors', bytes: 3_247_159_078, sha256: null }],
  },
  {
    id: 'gpt2-xl',
    title: 'GPT-2 XL',
    aliases: ['openai-community/gpt2-xl'],
    repository: 'openai-community/gpt2-xl',
    revision: 'main',
    licence: 'MIT',
    parameters: 1_557_611_200,
    n_layers: 48,
    d_model: 1600,
    pinned: [{ path: 'model.safetensors', bytes: 6_431_829_964, sha256: null }],
  },
  {
    id: 'distilgpt2',
    title: 'DistilGPT-2',
    aliases: ['distilbert/distilgpt2'],
    repository: 'distilbert/distilgpt2',
    revision: '2290a62682d06624634c1f46a6ad5be0f47f38aa',
    licence: 'Apache-2.0',
    parameters: 81_912_576,
    n_layers: 6,
    d_model: 768,
    pinned: [
      {
        path: 'model.safetensors',
        bytes: 352_824_413,
        sha256: 'e1ff18884359fe8beb795a5f414feb85a6ce3d929ad019c0d958c039d2b94a1b',
      },
    ],
  },
];

/** The model of a name as it is typed (case ignored), or undefined. */
export function modelNamed(text: string): KnownModel | undefined {
  const name = text.toLowerCase();
  return MODELS.find(({ id, aliases }) => id === name || aliases.includes(name));
}
