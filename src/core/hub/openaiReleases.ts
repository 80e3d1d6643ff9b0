import type { PublishedSae, SaeRelease } from './publishedSae.ts';

/**
 * OpenAI's own `.pt` files of sparse_autoencoder (paths.py). The storage lists nothing, so that addresses are made:
 * `{BLOBS}/sparse-autoencoder/gpt2-small/{location}{suffix}/autoencoders/{layer}.pt`. The code is MIT; no licence is
 * stated for the files.
 */
export const OPENAI_BLOBS = 'https://openaipublic.blob.core.windows.net';

const MODEL = 'gpt2-small';
const D_MODEL = 768;
const LAYERS = Array.from({ length: 12 }, (_, layer) => layer);

/** Location -> hook and width (TransformerLens). */
const LOCATIONS = {
  mlp_post_act: { hook: 'mlp.hook_post', d_in: 4 * D_MODEL },
  resid_delta_mlp: { hook: 'hook_mlp_out', d_in: D_MODEL },
  resid_delta_attn: { hook: 'hook_attn_out', d_in: D_MODEL },
  resid_post_attn: { hook: 'hook_resid_mid', d_in: D_MODEL },
  resid_post_mlp: { hook: 'hook_resid_post', d_in: D_MODEL },
} as const;

type Location = keyof typeof LOCATIONS;

interface Family {
  readonly version: 'v1' | 'v4' | 'v5-32k' | 'v5-128k';
  readonly suffix: string;
  readonly locations: readonly Location[];
  readonly title: string;
}

const V5: readonly Location[] = ['resid_delta_attn', 'resid_delta_mlp', 'resid_post_attn', 'resid_post_mlp'];
const FAMILIES: readonly Family[] = [
  { version: 'v1', suffix: '', locations: ['mlp_post_act', 'resid_delta_mlp'], title: 'ReLU SAEs v1' },
  {
    version: 'v4',
    suffix: '_v4',
    locations: ['mlp_post_act', 'resid_delta_mlp', 'resid_delta_attn'],
    title: 'ReLU SAEs v4',
  },
  { version: 'v5-32k', suffix: '_v5_32k', locations: V5, title: 'TopK SAEs v5, 32k' },
  { version: 'v5-128k', suffix: '_v5_128k', locations: V5, title: 'TopK SAEs v5, 128k' },
];

function d_sae(version: Family['version'], location: Location): number {
  if (version === 'v5-128k') return 2 ** 17;
  return version === 'v4' && location === 'resid_delta_attn' ? 10_240 : 2 ** 15;
}

/** v5 was trained on 64 tokens without BOS; for the older ones it is not stated. */
function trainedOn(version: Family['version']): { prepend_bos: boolean | null; context_size: number | null } {
  return version.startsWith('v5')
    ? { prepend_bos: false, context_size: 64 }
    : { prepend_bos: null, context_size: null };
}

function release({ version, suffix, title }: Family, location: Location): SaeRelease {
  const id = `openai-${version}-${location.replaceAll('_', '-')}`;
  const { hook, d_in } = LOCATIONS[location];
  const saes = LAYERS.map((layer): PublishedSae => ({
    release: id,
    name: `${layer}`,
    id: `${layer}-${location}-${version}`,
    model: MODEL,
    hook_name: `blocks.${layer}.${hook}`,
    d_in,
    d_sae: d_sae(version, location),
    files: {
      host: 'openai',
      url: `${OPENAI_BLOBS}/sparse-autoencoder/gpt2-small/${location}${suffix}/autoencoders/${layer}.pt`,
    },
    preprocessing: { center: false, scale: null, ...trainedOn(version) },
    l0: version.startsWith('v5') ? 32 : null,
    explained_variance: null,
    neuronpedia: null,
  }));
  return { id, title: `OpenAI's own files: ${title} at ${location}`, model: MODEL, licence: null, saes };
}

export const OPENAI_RELEASES: readonly SaeRelease[] = FAMILIES.flatMap((family) =>
  family.locations.map((location) => release(family, location)),
);
