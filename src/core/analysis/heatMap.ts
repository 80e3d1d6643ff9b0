import { InterpError } from '../errors.ts';
import { formatUnit, type Unit } from '../model/units.ts';
import type { Quantity, Site } from '../trace/quantity.ts';
import type { ColorDomain, HeatMap, LayerMap, TokenReading } from '../trace/readings.ts';
import { latentColumn, type SparseActs } from '../trace/saeRunner.ts';
import type { Trace } from '../trace/trace.ts';
import type { Runner } from '../trace/runner.ts';
import { row } from '../tensor/tensor.ts';

/** What a heat map is drawn from. `acts(sae)` gives a SAE's latents over the prompt; `saes` lists those attached. */
export interface HeatMapSource {
  readonly runner: Runner;
  readonly trace: Trace;
  readonly tokens: readonly TokenReading[];
  readonly saes: readonly { readonly id: string; readonly layer: number }[];
  acts(sae: string): Promise<SparseActs>;
}

const BOS_REASON = 'position 0 is left out of the scale: its norm is an outlier';
/** Reading the loss out after every layer costs rows x d_model x d_vocab; past this many products it is left out. */
const MAX_LENS_PRODUCTS = 1e11;

/** One number per token for a quantity, with its scale, and the same over layers. @throws unit/unknown */
export async function heatMap(source: HeatMapSource, quantity: Quantity): Promise<HeatMap> {
  switch (quantity.kind) {
    case 'loss':
    case 'probability':
    case 'entropy':
      return foresight(source, quantity.kind);
    case 'norm':
      return norms(source, quantity.site, quantity.layer);
    case 'unit':
      return unitMap(source, quantity.unit, quantity.query);
  }
}

const FORESIGHT = {
  loss: { title: 'Surprise: -ln p(token | text before it)', unit: 'nats' },
  probability: { title: 'Probability of the token given the text before it', unit: '' },
  entropy: { title: 'Entropy of the prediction made for the token', unit: 'nats' },
} as const;

async function foresight(source: HeatMapSource, kind: keyof typeof FORESIGHT): Promise<HeatMap> {
  const values = source.tokens.map((token) => token[kind]);
  const domain = kind === 'probability' ? unitDomain() : sequential([values]);
  const layers = await foresightByLayer(source, kind);
  return { ...FORESIGHT[kind], values, domain, ...(layers && { layers }) };
}

/**
 * The same reading with the residual stream of each layer unembedded: the logit lens of every position. The final
 * LayerNorm is the run's: held where the run holds it.
 */
async function foresightByLayer(
  source: HeatMapSource,
  kind: keyof typeof FORESIGHT,
): Promise<LayerMap | null> {
  const { runner, trace } = source;
  const { n_layers, d_model, d_vocab } = runner.config;
  const positions = trace.ids.length;
  if (positions < 2 || n_layers * positions * d_model * d_vocab > MAX_LENS_PRODUCTS) return null;
  const values: (number | null)[][] = [];
  for (let layer = 0; layer < n_layers; layer++) {
    const surprise = await trace.surpriseAt(layer + 1);
    const read = {
      loss: () => Array.from(surprise.logProb, (value) => -value),
      probability: () => Array.from(surprise.logProb, Math.exp),
      entropy: () => Array.from(surprise.entropy),
    }[kind]();
    values.push([null, ...read]);
  }
  const domain = kind === 'probability' ? unitDomain() : sequential(values);
  return {
    title: `${kind === 'loss' ? 'surprise' : kind} read out after each layer (logit lens)`,
    unit: FORESIGHT[kind].unit,
    layers: range(n_layers),
    values,
    domain,
  };
}

async function norms(source: HeatMapSource, site: Site, layer: number): Promise<HeatMap> {
  const { n_layers } = source.runner.config;
  const values: (number | null)[][] = [];
  for (let each = 0; each < n_layers; each++) values.push(await siteNorms(source.trace, site, each));
  const own = values[layer];
  if (!own) throw noLayer(layer, n_layers);
  const excluded = own.length > 1 ? { positions: [0], reason: BOS_REASON } : NOTHING_EXCLUDED;
  const map: LayerMap = {
    title: `norm of ${site} by layer`,
    unit: '',
    layers: range(n_layers),
    values,
    domain: sequential(values, excluded),
  };
  const title = `Norm of blocks.${layer}.hook_${site}`;
  return { values: own, domain: sequential([own], excluded), unit: '', title, layers: map };
}

async function siteNorms(trace: Trace, site: Site, layer: number): Promise<number[]> {
  const hook = await trace.hook(`blocks.${layer}.hook_${site}`);
  return trace.ids.map((_, position) => norm(row(hook, position)));
}

/** Euclidean norm, summed in float64. */
export function norm(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

function unitMap(source: HeatMapSource, unit: Unit, query: number | undefined): Promise<HeatMap> {
  switch (unit.kind) {
    case 'neuron':
      return neuronMap(source, unit);
    case 'head':
      return headMap(source, unit, query ?? source.trace.ids.length - 1);
    case 'latent':
      return latentMap(source, unit);
  }
}

async function neuronMap(
  { trace }: HeatMapSource,
  unit: Extract<Unit, { kind: 'neuron' }>,
): Promise<HeatMap> {
  const { n_layers, d_mlp } = trace.config;
  if (unit.layer >= n_layers) throw noLayer(unit.layer, n_layers);
  if (unit.neuron >= d_mlp) throw noUnit(unit, `each layer has ${d_mlp} neurons`);
  const post = await trace.hook(`blocks.${unit.layer}.mlp.hook_post`);
  const values = trace.ids.map((_, position) => row(post, position)[unit.neuron] ?? null);
  const byLayer: number[][] = [];
  for (let layer = 0; layer < n_layers; layer++) {
    const all = await trace.hook(`blocks.${layer}.mlp.hook_post`);
    byLayer.push(
      trace.ids.map((_, position) =>
        row(all, position).reduce((max, value) => Math.max(max, value), -Infinity),
      ),
    );
  }
  return {
    title: `Activation of neuron ${formatUnit(unit)} (mlp.hook_post)`,
    unit: '',
    values,
    domain: symmetric([values]),
    layers: {
      title: 'largest neuron activation of each layer',
      unit: '',
      layers: range(n_layers),
      values: byLayer,
      domain: symmetric(byLayer),
    },
  };
}

async function headMap(
  { trace }: HeatMapSource,
  unit: Extract<Unit, { kind: 'head' }>,
  query: number,
): Promise<HeatMap> {
  const { n_layers, n_heads } = trace.config;
  const size = trace.ids.length;
  if (unit.layer >= n_layers) throw noLayer(unit.layer, n_layers);
  if (unit.head >= n_heads) throw noUnit(unit, `each layer has ${n_heads} heads`);
  if (query < 0 || query >= size) throw noPosition(query, size);
  const weights = async (layer: number, head: number): Promise<(number | null)[]> => {
    const pattern = await trace.hook(`blocks.${layer}.attn.hook_pattern`);
    const from = (head * size + query) * size;
    return trace.ids.map((_, key) => (key > query ? null : (pattern.data[from + key] ?? null)));
  };
  const byLayer: (number | null)[][] = [];
  for (let layer = 0; layer < n_layers; layer++) {
    const heads = await Promise.all(range(n_heads).map((head) => weights(layer, head)));
    byLayer.push(trace.ids.map((_, key) => largest(heads.map((each) => each[key] ?? null))));
  }
  return {
    title: `Attention of ${formatUnit(unit)} from position ${query}`,
    unit: '',
    values: await weights(unit.layer, unit.head),
    domain: unitDomain(),
    layers: {
      title: `largest attention of any head from position ${query}`,
      unit: '',
      layers: range(n_layers),
      values: byLayer,
      domain: unitDomain(),
    },
  };
}

async function latentMap(source: HeatMapSource, unit: Extract<Unit, { kind: 'latent' }>): Promise<HeatMap> {
  const values = Array.from(latentColumn(await source.acts(unit.sae), unit.index));
  const set = unit.sae.slice(unit.sae.indexOf('-') + 1);
  const family = source.saes.filter(({ id }) => id.endsWith(`-${set}`)).toSorted((a, b) => a.layer - b.layer);
  const byLayer: number[][] = [];
  for (const { id } of family) byLayer.push(strongest(await source.acts(id)));
  return {
    title: `Activation of latent ${formatUnit(unit)}`,
    unit: '',
    values,
    domain: sequential([values]),
    layers: {
      title: `strongest latent of each layer's ${set} SAE`,
      unit: '',
      layers: family.map(({ layer }) => layer),
      values: byLayer,
      domain: sequential(byLayer),
    },
  };
}

/** Largest activation of each row; values of a row are sorted. */
function strongest(acts: SparseActs): number[] {
  return Array.from({ length: acts.rows }, (_, position) => acts.values[position * acts.k] ?? 0);
}

const NOTHING_EXCLUDED = { positions: [] as readonly number[], reason: null };

/** From 0 to the largest value. */
function sequential(
  rows: readonly (readonly (number | null)[])[],
  excluded: { readonly positions: readonly number[]; readonly reason: string | null } = NOTHING_EXCLUDED,
): ColorDomain {
  const counted = rows.flatMap((each) => each.filter((_, index) => !excluded.positions.includes(index)));
  return {
    min: 0,
    max: largest(counted) ?? 0,
    midpoint: 0,
    excluded: excluded.positions,
    excludedReason: excluded.reason,
  };
}

function symmetric(rows: readonly (readonly (number | null)[])[]): ColorDomain {
  const max = largest(rows.flat().map((value) => (value === null ? null : Math.abs(value)))) ?? 0;
  return { min: -max, max, midpoint: 0, excluded: [], excludedReason: null };
}

function unitDomain(): ColorDomain {
  return { min: 0, max: 1, midpoint: 0, excluded: [], excludedReason: null };
}

function largest(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (max, value) => (value === null || (max !== null && max >= value) ? max : value),
    null,
  );
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function noLayer(layer: number, layers: number): InterpError {
  return new InterpError('unit/unknown', `Layer ${layer} does not exist; the model has ${layers}.`, {
    data: { layer, layers },
  });
}

function noUnit(unit: Unit, fact: string): InterpError {
  return new InterpError('unit/unknown', `${formatUnit(unit)} does not exist: ${fact}.`, {
    data: { unit: formatUnit(unit) },
  });
}

export function noPosition(position: number, size: number): InterpError {
  return new InterpError(
    'position/out-of-range',
    `Position ${position} lies outside the prompt of ${size} tokens.`,
    {
      data: { position, size },
    },
  );
}
