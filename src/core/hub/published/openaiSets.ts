import { OPENAI_BLOBS, OPENAI_RELEASES } from '../openaiReleases.ts';
import type { Unit } from '../../model/units.ts';
import type { BlobSet, PublishedPart, PublishedUnits, UnitPaths } from './publishedSet.ts';

/**
 * What OpenAI published of GPT-2's units: explanations and activation records of neurons (automated-interpretability),
 * activation records of heads and SAE latents (Transformer Debugger), and what its SAE viewer shows. The storage lists
 * nothing, so that addresses are made, as those programs make them.
 */
const EXPLAINER = 'neuron-explainer';
const VIEWER = 'sparse-autoencoder/viewer';
const SMALL = { n_layers: 12, n_heads: 12, d_mlp: 3072 };
const XL = { n_layers: 48, n_heads: 25, d_mlp: 6400 };

/**
 * OpenAI's note of 30 August 2023 on the neurons' data: an "optimized" GELU was used, not GPT-2's; the deviation is of
 * post-activations of GPT-2 small.
 */
export const GELU_DEVIATION = { median: 0.009, p90: 0.0252, p99: 0.0839, p999: 0.1736 } as const;

const GELU_NOTE =
  "OpenAI made these activations with another GELU than GPT-2's: in GPT-2 small they differ from the model's own by " +
  `${GELU_DEVIATION.median} (median), ${GELU_DEVIATION.p90} (90 %), ${GELU_DEVIATION.p99} (99 %) and ${GELU_DEVIATION.p999} (99.9 %).`;
const SMALL_NOTE =
  "Explained by a slightly different method than GPT-2 XL's: scores of the two do not compare.";

function neurons(model: string, size: typeof SMALL, folder: string, notes: readonly string[]): BlobSet {
  const base = `${EXPLAINER}/${folder}`;
  return {
    id: `openai/${model}`,
    model,
    title: `OpenAI's explanations of ${model === 'gpt2-xl' ? 'GPT-2 XL' : 'GPT-2 small'}'s neurons (2023)`,
    label: 'OpenAI 2023',
    source: `${OPENAI_BLOBS}/${base}`,
    licence: null,
    parts: ['explanations', 'records'],
    notes,
    space: { ...size, n_heads: 0, saes: [] },
    unitOf: pathReader(`${folder}/(?:explanations|collated-activations)/(\\d+)/(\\d+)\\.jsonl?`, 'L$1N$2'),
    paths: (unit, part) => {
      if (unit.kind !== 'neuron') return [];
      const name = `${unit.layer}/${unit.neuron}`;
      return [
        part === 'explanations'
          ? `${base}/explanations/${name}.jsonl`
          : `${base}/collated-activations/${name}.json`,
      ];
    },
  };
}

interface RecordRow {
  readonly name: string;
  readonly title: string;
  readonly label: string;
  readonly base: string;
  readonly space: PublishedUnits;
  readonly paths: (unit: Unit) => readonly string[];
  readonly unitOf: BlobSet['unitOf'];
}

/** Reads the unit off the end of a path: the pattern's groups put into `unit`. */
function pathReader(pattern: string, unit: string): BlobSet['unitOf'] {
  const expression = new RegExp(`^(?:.*/)?${pattern}$`);
  return (path) => (expression.test(path) ? path.replace(expression, unit) : null);
}

/** Folder of records whose activations are of token pairs. */
const BY_PAIR = 'collated-activations-by-token-pair';
const NUMBERED = '(\\d+)/(\\d+)\\.json';

function recordSet({ name, title, label, base, space, paths, unitOf }: RecordRow): BlobSet {
  const own: UnitPaths = (unit, part: PublishedPart) =>
    part === 'records' ? paths(unit).map((path) => `${base}/${path}`) : [];
  return {
    id: `openai/gpt2-small/${name}`,
    model: 'gpt2-small',
    title,
    label,
    source: `${OPENAI_BLOBS}/${base}`,
    licence: null,
    parts: ['records'],
    notes: [],
    space,
    unitOf,
    paths: own,
  };
}

const TDB = 'OpenAI, Transformer Debugger';

function heads(): BlobSet {
  return recordSet({
    name: 'heads',
    title: "OpenAI's activation records of GPT-2 small's heads, by token pair",
    label: TDB,
    base: `${EXPLAINER}/gpt2_small/attn_write_norm/${BY_PAIR}`,
    space: { ...SMALL, d_mlp: 0, saes: [] },
    unitOf: pathReader(`attn_write_norm/${BY_PAIR}/${NUMBERED}`, 'L$1H$2'),
    paths: (unit) => (unit.kind === 'head' ? [`${unit.layer}/${unit.head}.json`] : []),
  });
}

/** SAEs of a release of `openaiReleases`, by layer. */
function latents(location: string, version: string): { space: PublishedUnits; pattern: RegExp } {
  const suffix = `-${location}-${version}`;
  const saes = OPENAI_RELEASES.flatMap((release) => release.saes)
    .filter(({ id }) => id.endsWith(suffix))
    .map(({ id, d_sae }) => ({ id, d_sae: d_sae ?? 0 }));
  return {
    space: { ...SMALL, n_heads: 0, d_mlp: 0, saes },
    pattern: new RegExp(`^(\\d+)${suffix}$`),
  };
}

/** What a latent of attention reads of each token that it attends to: the same, by token pair. */
const PAIRED = new Set(['resid_delta_attn']);

/** Latents of the Transformer Debugger's SAEs. */
function debuggerLatents(location: string, version: 'v1' | 'v4'): BlobSet {
  const { space, pattern } = latents(location, version);
  const folders = ['collated-activations', ...(PAIRED.has(location) ? [BY_PAIR] : [])];
  return recordSet({
    name: `${location}-${version}`,
    title: `OpenAI's activation records of SAE latents: ${location} ${version}`,
    label: TDB,
    base: `${EXPLAINER}/gpt2_small/autoencoder_latent/${location}_${version}`,
    space,
    unitOf: pathReader(
      `${location}_${version}/(?:${folders.join('|')})/${NUMBERED}`,
      `$1-${location}-${version}/$2`,
    ),
    paths: (unit) => {
      const layer = unit.kind === 'latent' ? pattern.exec(unit.sae)?.[1] : undefined;
      return unit.kind === 'latent' && layer !== undefined
        ? folders.map((folder) => `${folder}/${layer}/${unit.index}.json`)
        : [];
    },
  });
}

/** Latents of the SAE viewer; the families of residual streams before the MLP have no effects of removal. */
function viewerLatents(location: string, size: '32k' | '128k'): BlobSet {
  const { space, pattern } = latents(location, `v5-${size}`);
  return recordSet({
    name: `viewer-v5_${size}-${location}`,
    title: `OpenAI's SAE viewer: ${location} v5_${size}`,
    label: 'OpenAI SAE viewer',
    base: `${VIEWER}/gpt2-small/v5_${size}`,
    space,
    unitOf: pathReader(
      `v5_${size}/layer_(\\d+)/${location}/atoms/(\\d+)(?:-ablated)?\\.json`,
      `$1-${location}-v5-${size}/$2`,
    ),
    paths: (unit) => {
      const layer = unit.kind === 'latent' ? pattern.exec(unit.sae)?.[1] : undefined;
      if (unit.kind !== 'latent' || layer === undefined) return [];
      const atom = `layer_${layer}/${location}/atoms/${unit.index}`;
      return [`${atom}.json`, `${atom}-ablated.json`];
    },
  });
}

/** Sets whose activations were made with another GELU than the model's. */
export const OTHER_GELU: ReadonlySet<string> = new Set(['openai/gpt2-small', 'openai/gpt2-xl']);

export const OPENAI_SETS: readonly BlobSet[] = [
  neurons('gpt2-small', SMALL, 'gpt2_small_data', [GELU_NOTE, SMALL_NOTE]),
  neurons('gpt2-xl', XL, 'data', [GELU_NOTE]),
  heads(),
  debuggerLatents('mlp_post_act', 'v1'),
  debuggerLatents('resid_delta_mlp', 'v1'),
  debuggerLatents('mlp_post_act', 'v4'),
  debuggerLatents('resid_delta_mlp', 'v4'),
  debuggerLatents('resid_delta_attn', 'v4'),
  ...(['32k', '128k'] as const).flatMap((size) => [
    viewerLatents('resid_post_attn', size),
    viewerLatents('resid_post_mlp', size),
  ]),
];
