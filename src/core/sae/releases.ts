/**
 * Published releases of SAEs of GPT-2 small whose files do not say everything that is needed to run them, or whose
 * quality was published. Source: SAELens 6, pretrained_saes.yaml, which holds these facts beside the files.
 */
export interface ReleaseEntry {
  /** SAELens' name of the release. */
  readonly release: string;
  readonly neuronpedia_id: string | null;
  /** Trained on a model with `center_writing_weights`. */
  readonly center_input: boolean;
  /** SAELens' `norm_scaling_factor`; null = none. */
  readonly input_scale: number | null;
  readonly published: PublishedQuality | null;
}

/** What a release states of its SAE. */
export interface PublishedQuality {
  /** Mean active latents per token. */
  readonly l0: number;
  /** Share of the variance that is explained. */
  readonly explained_variance: number;
}

interface Release {
  readonly name: string;
  /** `owner/name` on Hugging Face. */
  readonly repository: string;
  readonly center_input: boolean;
  /** Folder or file in the repository -> layer as `paths`' first group, or null when it is none of the release. */
  readonly path: RegExp;
  readonly entry: (match: RegExpExecArray) => Omit<ReleaseEntry, 'release' | 'center_input'>;
}

const RES_JB: readonly (readonly [l0: number, explained_variance: number])[] = [
  [10, 0.999],
  [10, 0.999],
  [18, 0.999],
  [23, 0.999],
  [31, 0.9],
  [41, 0.9],
  [51, 0.9],
  [54, 0.9],
  [60, 0.9],
  [70, 0.77],
  [52, 0.77],
  [56, 0.77],
  [70, 0.77], // blocks.11.hook_resid_post
];

const FEATURE_SPLITTING: Readonly<Record<string, readonly [l0: number, explained_variance: number]>> = {
  768: [36, 0.61],
  1536: [39, 0.67],
  3072: [41, 0.72],
  6144: [43, 0.76],
  12288: [43, 0.77],
  24576: [40, 0.79],
  49152: [40, 0.81],
  98304: [43, 0.82],
};

/** norm_scaling_factor, L0, explained variance of each layer. */
const MLP_TM: readonly (readonly [scale: number, l0: number, explained_variance: number])[] = [
  [1.049317316132615, 15, 0.999],
  [2.3693984005104283, 21, 0.57],
  [1.6411934982190302, 137, 0.55],
  [1.8958522157897557, 54, 0.57],
  [1.81673478700627, 74, 0.44],
  [1.550234472245924, 76, 0.52],
  [1.3237742807210804, 40, 0.508],
  [1.1042905114723296, 52, 0.53],
  [0.9123762783479742, 36, 0.46],
  [0.6955335635232373, 49, 0.49],
  [0.3619728926727644, 167, 0.22],
  [0.2851548652550073, 170, 0.59],
];

const HOOK_Z: readonly (readonly [l0: number, explained_variance: number])[] = [
  [3, 0.13],
  [23, 0.42],
  [16, 0.4],
  [15, 0.43],
  [14, 0.27],
  [17, 0.13],
  [17, 0],
  [19, -7.55],
  [23, -0.22],
  [23, -0.54],
  [14, -0.27],
  [9.4, -0.7],
];

/** Sites of OpenAI's v5 SAEs in SAELens form: word of the repository, SAELens' name, Neuronpedia's word. */
const OPENAI_SITES = [
  ['resid-post', 'res_post'],
  ['resid-mid', 'res_mid'],
  ['attn-out', 'att'],
  ['mlp-out', 'mlp'],
] as const;

const RELEASES: readonly Release[] = [
  {
    name: 'gpt2-small-res-jb',
    repository: 'jbloom/GPT2-Small-SAEs-Reformatted',
    center_input: true,
    path: /^blocks\.(\d+)\.hook_resid_(pre|post)$/,
    entry: ([, layer, side]) => {
      const index = Number(layer) + (side === 'post' ? 1 : 0);
      return { neuronpedia_id: `gpt2-small/${index}-res-jb`, ...unscaled(RES_JB[index]) };
    },
  },
  {
    name: 'gpt2-small-res-jb-feature-splitting',
    repository: 'jbloom/GPT2-Small-Feature-Splitting-Experiment-Layer-8',
    center_input: true,
    path: /^blocks\.8\.hook_resid_pre_(\d+)$/,
    entry: ([, size = '']) => ({
      neuronpedia_id: `gpt2-small/8-res_fs${size}-jb`,
      ...unscaled(FEATURE_SPLITTING[size]),
    }),
  },
  {
    name: 'gpt2-small-mlp-tm',
    repository: 'tommmcgrath/gpt2-small-mlp-out-saes',
    center_input: true,
    // The colon of the published name cannot stand in a file name everywhere.
    path: /^sae_group_gpt2_blocks\.(\d+)\.hook_mlp_out_24576.v\d$/,
    entry: ([, layer]) => {
      const [input_scale = null, ...published] = MLP_TM[Number(layer)] ?? [];
      return { neuronpedia_id: null, input_scale, published: quality(published) };
    },
  },
  {
    name: 'gpt2-small-hook-z-kk',
    repository: 'ckkissane/attn-saes-gpt2-small-all-layers',
    center_input: false,
    path: /^gpt2-small_L(\d+)_Hcat_z_.*\.pt$/,
    entry: ([, layer]) => ({
      neuronpedia_id: `gpt2-small/${layer}-att-kk`,
      ...unscaled(HOOK_Z[Number(layer)]),
    }),
  },
  ...OPENAI_SITES.flatMap(([site, set]) => ['32k', '128k'].map((size) => openAi(site, set, size))),
  ...['sce', 'scefr', 'scl', 'sle', 'slefr', 'sll'].map((kind): Release => ({
    name: `gpt2-small-res_${kind}-ajt`,
    repository: `neuronpedia/gpt2-small__res_${kind}-ajt`,
    center_input: false,
    path: new RegExp(`^(\\d+)-res_${kind}-ajt$`),
    entry: ([, layer]) => ({
      neuronpedia_id: `gpt2-small/${layer}-res_${kind}-ajt`,
      ...unscaled(undefined),
    }),
  })),
];

function openAi(site: string, set: string, size: string): Release {
  return {
    name: `gpt2-small-${site}-v5-${size}`,
    repository: `jbloom/GPT2-Small-OAI-v5-${size}-${site}-SAEs`,
    center_input: false,
    path: new RegExp(`^v5_${size}_layer_(\\d+)(?:\\.pt)?$`),
    entry: ([, layer]) => {
      const stated =
        site === 'resid-post' ? ([32, size === '32k' && layer === '8' ? 0.74 : 0.9] as const) : undefined;
      return { neuronpedia_id: `gpt2-small/${layer}-${set}_${size}-oai`, ...unscaled(stated) };
    },
  };
}

/**
 * The release that a folder or file is of, by where it lies: a part of its path names the repository (`owner/name`
 * as two parts, `name` alone, or `models--owner--name` as in Hugging Face's cache), and its own name is one of the
 * release's. Null when it is none that is known: nothing is guessed from the numbers in a file.
 */
export function findRelease(path: string): ReleaseEntry | null {
  const parts = path.split(/[\\/]+/).filter((part) => part !== '');
  const own = parts.at(-1) ?? '';
  for (const { name, repository, center_input, path: pattern, entry } of RELEASES) {
    const folder = repository.split('/')[1] ?? repository;
    const cached = `models--${repository.replace('/', '--')}`;
    if (!parts.slice(0, -1).some((part) => part === folder || part === cached)) continue;
    const match = pattern.exec(own);
    if (match) return { release: name, center_input, ...entry(match) };
  }
  return null;
}

function unscaled(stated: readonly number[] | undefined): Pick<ReleaseEntry, 'input_scale' | 'published'> {
  return { input_scale: null, published: quality(stated ?? []) };
}

function quality([l0, explained_variance]: readonly number[]): PublishedQuality | null {
  return l0 === undefined || explained_variance === undefined ? null : { l0, explained_variance };
}
