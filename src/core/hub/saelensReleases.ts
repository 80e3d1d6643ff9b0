import type { PublishedSae, SaePaths, SaeRelease } from './publishedSae.ts';

/**
 * Releases of GPT-2 small in SAELens' registry (pretrained_saes.yaml, SAELens 6): ids, paths, L0, explained variance
 * and Neuronpedia's ids as it lists them; no licence is stated on their cards.
 */

const MODEL = 'gpt2-small';
const D_MODEL = 768;
const LAYERS = Array.from({ length: 12 }, (_, layer) => layer);
const CENTERED = { center: true, scale: null, prepend_bos: true, context_size: 128 } as const;
const PLAIN = { center: false, scale: null, prepend_bos: true, context_size: 128 } as const;
/** OpenAI's TopK SAEs were trained on 64 tokens without BOS. */
const OPENAI_V5 = { center: false, scale: null, prepend_bos: false, context_size: 64 } as const;
/** BOS and context as cfg.json says. */
const AS_CONFIGURED = { center: false, scale: null, prepend_bos: null, context_size: null } as const;

interface Row {
  readonly name: string;
  /** `{layer}-{set}`. */
  readonly id: string;
  readonly hook_name: string;
  readonly d_sae: number | null;
  readonly paths: SaePaths;
  readonly preprocessing: PublishedSae['preprocessing'];
  readonly l0?: number;
  readonly explained_variance?: number;
  readonly onNeuronpedia: boolean;
}

function release(id: string, title: string, repository: string, rows: readonly Row[]): SaeRelease {
  const saes = rows.map(({ onNeuronpedia, paths, ...row }): PublishedSae => ({
    ...row,
    release: id,
    model: MODEL,
    d_in: D_MODEL,
    files: { host: 'huggingface', repository, paths },
    l0: row.l0 ?? null,
    explained_variance: row.explained_variance ?? null,
    neuronpedia: onNeuronpedia ? `${MODEL}/${row.id}` : null,
  }));
  return { id, title, model: MODEL, licence: null, saes };
}

function residJb(): SaeRelease {
  const l0 = [10, 10, 18, 23, 31, 41, 51, 54, 60, 70, 52, 56, 70];
  const explained = [0.999, 0.999, 0.999, 0.999, 0.9, 0.9, 0.9, 0.9, 0.9, 0.77, 0.77, 0.77, 0.77];
  const rows = l0.map((active, index): Row => {
    const hook_name = index === 12 ? 'blocks.11.hook_resid_post' : `blocks.${index}.hook_resid_pre`;
    return {
      name: hook_name,
      id: `${index}-res-jb`,
      hook_name,
      d_sae: 24_576,
      paths: { folder: hook_name },
      preprocessing: CENTERED,
      l0: active,
      explained_variance: explained[index] ?? 0,
      onNeuronpedia: true,
    };
  });
  return release(
    'gpt2-small-res-jb',
    'Residual stream, every layer (Bloom)',
    'jbloom/GPT2-Small-SAEs-Reformatted',
    rows,
  );
}

function featureSplitting(): SaeRelease {
  const l0 = [36, 39, 41, 43, 43, 40, 40, 43];
  const explained = [0.61, 0.67, 0.72, 0.76, 0.77, 0.79, 0.81, 0.82];
  const rows = l0.map((active, step): Row => {
    const d_sae = D_MODEL * 2 ** step;
    const name = `blocks.8.hook_resid_pre_${d_sae}`;
    return {
      name,
      id: `8-res_fs${d_sae}-jb`,
      hook_name: 'blocks.8.hook_resid_pre',
      d_sae,
      paths: { folder: name },
      preprocessing: CENTERED,
      l0: active,
      explained_variance: explained[step] ?? 0,
      onNeuronpedia: true,
    };
  });
  return release(
    'gpt2-small-res-jb-feature-splitting',
    'Layer 8 in eight sizes, for feature splitting (Bloom)',
    'jbloom/GPT2-Small-Feature-Splitting-Experiment-Layer-8',
    rows,
  );
}

const SITES = [
  { site: 'resid-post', hook: 'hook_resid_post', set: 'res_post' },
  { site: 'resid-mid', hook: 'hook_resid_mid', set: 'res_mid' },
  { site: 'attn-out', hook: 'hook_attn_out', set: 'att' },
  { site: 'mlp-out', hook: 'hook_mlp_out', set: 'mlp' },
] as const;

function openaiV5(site: (typeof SITES)[number], size: '32k' | '128k'): SaeRelease {
  const isFirst = site.site === 'resid-post' && size === '32k';
  const rows = LAYERS.map((layer): Row => {
    const hook_name = `blocks.${layer}.${site.hook}`;
    // One repository's folders end in .pt; they are folders all the same.
    const folder = `v5_${size}_layer_${layer}${isFirst ? '.pt' : ''}`;
    const stated = site.site === 'resid-post' ? { l0: 32, explained_variance: variance(layer) } : { l0: 32 };
    return {
      name: hook_name,
      id: `${layer}-${site.set}_${size}-oai`,
      hook_name,
      d_sae: size === '32k' ? 2 ** 15 : 2 ** 17,
      paths: { folder },
      preprocessing: OPENAI_V5,
      ...stated,
      onNeuronpedia: true,
    };
  });
  function variance(layer: number): number {
    return isFirst && layer === 8 ? 0.74 : 0.9;
  }
  return release(
    `gpt2-small-${site.site}-v5-${size}`,
    `OpenAI's TopK SAEs v5, ${size}, at ${site.site}`,
    `jbloom/GPT2-Small-OAI-v5-${size}-${site.site}-SAEs`,
    rows,
  );
}

/** File names of the attention SAEs hold the settings of their training; these parts differ. */
const HOOK_Z = [
  { l1: '1.80e+00', version: 9, l0: 3, explained: 0.13 },
  { l1: '8.00e-01', version: 5, l0: 23, explained: 0.42 },
  { l1: '1.00e+00', version: 4, l0: 16, explained: 0.4 },
  { l1: '9.00e-01', version: 9, l0: 15, explained: 0.43 },
  { l1: '1.10e+00', version: 7, l0: 14, explained: 0.27 },
  { l1: '1.00e+00', version: 9, l0: 17, explained: 0.13, d_sae: 49_152 },
  { l1: '1.10e+00', version: 9, l0: 17, explained: 0 },
  { l1: '1.10e+00', version: 9, l0: 19, explained: -7.55, d_sae: 49_152 },
  { l1: '1.30e+00', version: 6, l0: 23, explained: -0.22, decay: '1.00e-05' },
  { l1: '1.20e+00', version: 9, l0: 23, explained: -0.54 },
  { l1: '1.30e+00', version: 9, l0: 14, explained: -0.27, decay: '1.00e-05' },
  { l1: '3.00e+00', version: 9, l0: 9.4, explained: -0.7, decay: '3.16e-06' },
] as const;

function hookZ(): SaeRelease {
  const rows = HOOK_Z.map((row, layer): Row => {
    const d_sae = 'd_sae' in row ? row.d_sae : 24_576;
    const decay = 'decay' in row ? row.decay : '1.00e-06';
    const base = `gpt2-small_L${layer}_Hcat_z_lr1.20e-03_l1${row.l1}_ds${d_sae}_bs4096_dc${decay}_rsanthropic_rie25000_nr4_v${row.version}`;
    const hook_name = `blocks.${layer}.attn.hook_z`;
    return {
      name: `blocks.${layer}.hook_z`,
      id: `${layer}-att-kk`,
      hook_name,
      d_sae,
      paths: { weights: `${base}.pt`, config: `${base}_cfg.json` },
      preprocessing: PLAIN,
      l0: row.l0,
      explained_variance: row.explained,
      onNeuronpedia: true,
    };
  });
  return release(
    'gpt2-small-hook-z-kk',
    'Attention outputs (hook_z), every layer (Kissane)',
    'ckkissane/attn-saes-gpt2-small-all-layers',
    rows,
  );
}

const MLP_TM = [
  { version: 1, scale: 1.049317316132615, l0: 15, explained: 0.999 },
  { version: 0, scale: 2.3693984005104283, l0: 21, explained: 0.57 },
  { version: 0, scale: 1.6411934982190302, l0: 137, explained: 0.55 },
  { version: 0, scale: 1.8958522157897557, l0: 54, explained: 0.57 },
  { version: 0, scale: 1.81673478700627, l0: 74, explained: 0.44 },
  { version: 0, scale: 1.550234472245924, l0: 76, explained: 0.52 },
  { version: 0, scale: 1.3237742807210804, l0: 40, explained: 0.508 },
  { version: 0, scale: 1.1042905114723296, l0: 52, explained: 0.53 },
  { version: 1, scale: 0.9123762783479742, l0: 36, explained: 0.46 },
  { version: 0, scale: 0.6955335635232373, l0: 49, explained: 0.49 },
  { version: 0, scale: 0.3619728926727644, l0: 167, explained: 0.22 },
  { version: 2, scale: 0.2851548652550073, l0: 170, explained: 0.59 },
] as const;

function mlpTm(): SaeRelease {
  const rows = MLP_TM.map(({ version, scale, l0, explained }, layer): Row => {
    const hook_name = `blocks.${layer}.hook_mlp_out`;
    return {
      name: hook_name,
      id: `${layer}-mlp-tm`,
      hook_name,
      d_sae: 24_576,
      paths: { folder: `sae_group_gpt2_${hook_name}_24576:v${version}` },
      preprocessing: { ...AS_CONFIGURED, center: true, scale },
      l0,
      explained_variance: explained,
      onNeuronpedia: false,
    };
  });
  return release(
    'gpt2-small-mlp-tm',
    'MLP outputs, every layer (McGrath)',
    'tommmcgrath/gpt2-small-mlp-out-saes',
    rows,
  );
}

/** Loss of each end-to-end set: ce = cross entropy, l = local, ds = downstream; `fr` = frozen coefficients. */
const END_TO_END_SETS = ['sce', 'scefr', 'scl', 'sle', 'slefr', 'sll'] as const;

function endToEnd(set: (typeof END_TO_END_SETS)[number]): SaeRelease {
  const rows = [2, 6, 10].map((layer): Row => {
    const id = `${layer}-res_${set}-ajt`;
    const hook_name = `blocks.${layer}.hook_resid_pre`;
    return {
      name: hook_name,
      id,
      hook_name,
      d_sae: null,
      paths: { folder: id },
      preprocessing: AS_CONFIGURED,
      onNeuronpedia: true,
    };
  });
  return release(
    `gpt2-small-res_${set}-ajt`,
    `End-to-end SAEs, set ${set} (Apollo Research)`,
    `neuronpedia/gpt2-small__res_${set}-ajt`,
    rows,
  );
}

export const SAELENS_RELEASES: readonly SaeRelease[] = [
  residJb(),
  featureSplitting(),
  ...SITES.flatMap((site) => [openaiV5(site, '32k'), openaiV5(site, '128k')]),
  hookZ(),
  mlpTm(),
  ...END_TO_END_SETS.map(endToEnd),
];
