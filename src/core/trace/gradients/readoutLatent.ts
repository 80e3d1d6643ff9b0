import { InterpError } from '../../errors.ts';
import type { SaeConfig } from '../../sae/config.ts';
import { need } from '../../graph/keptGraphs.ts';
import { assertPosition, assertUnit, type GradientSource } from './gradientSource.ts';
import type { GradientOptions, Readout, ReadSite } from './readout.ts';
import type { TracedScalar } from './scalar.ts';
import { dot, times } from './throughNorm.ts';

const SITES: Readonly<Record<string, ReadSite['hook']>> = {
  hook_resid_pre: 'resid_pre',
  hook_resid_mid: 'resid_mid',
  hook_resid_post: 'resid_post',
  hook_attn_out: 'attn_out',
  hook_mlp_out: 'mlp_out',
  'attn.hook_z': 'z',
  'mlp.hook_post': 'post',
};
const BLOCK_HOOK = /^blocks\.(\d+)\.(.+)$/;
/** SAELens' epsilon of `layer_norm`, added to the unbiased std outside the root. */
const LAYER_NORM_EPS = 1e-5;

/**
 * Pre-activation of a SAE latent: what its nonlinearity reads, at the hook that the SAE reads.
 * @throws unit/unknown, position/out-of-range, sae/unsupported (a hook that nothing can be traced from)
 */
export async function latentReadout(
  source: GradientSource,
  scalar: Extract<TracedScalar, { readonly kind: 'latent' }>,
  options: GradientOptions,
): Promise<Readout> {
  const { sae: id, index, position } = scalar;
  const runner = source.sae(id);
  const { config } = runner.sae;
  assertPosition(source, position);
  assertUnit(`${id}/${index}`, index, config.d_sae, 'latents');
  const weights = await runner.latents([index]);
  const hook = await source.trace.hook(config.hook_name);
  const x = hook.data.subarray(position * config.d_in, (position + 1) * config.d_in);
  const gain = need(weights, 'gain').data[0] ?? Number.NaN;
  const direction = times(need(weights, 'W_enc').data, gain);
  const bias = need(weights, 'bias').data[0] ?? Number.NaN;
  const shift = config.apply_b_dec_to_input ? dot(need(weights, 'b_dec').data, direction) : 0;
  const normalized = config.normalize_activations !== 'none';
  const live = normalized && !options.frozenScale;
  const read = throughInput(config, x, direction, live ? 'live' : 'frozen');
  const constant = bias - shift;
  return {
    site: saeSite(config),
    vectors: [{ position, vector: Float32Array.from(read.vector) }],
    constants: [{ name: 'read', value: constant }],
    value: read.value + constant,
    notAdditive: live ? 'the scale of the input normalisation changes with what it reads' : null,
    held: [
      ...(normalized && !live ? [`scale of the input normalisation of ${id} at ${position}`] : []),
      ...(config.architecture === 'gated' ? [`gate of ${id}/${index}`] : []),
    ],
  };
}

/** Where a SAE reads. @throws sae/unsupported */
export function saeSite({ hook_name }: Pick<SaeConfig, 'hook_name'>): ReadSite {
  const [, layer, name = ''] = BLOCK_HOOK.exec(hook_name) ?? [];
  const hook = SITES[name];
  if (hook !== undefined) return { layer: Number(layer), hook };
  const message = `A SAE of ${hook_name} cannot be traced; hooks that can: ${Object.keys(SITES).join(', ')}.`;
  throw new InterpError('sae/unsupported', message, { data: { hook: hook_name } });
}

/** How a SAE prepares its input. */
type InputNorm = Pick<SaeConfig, 'center_input' | 'input_scale' | 'normalize_activations'>;

interface InputReading {
  readonly vector: Float64Array;
  readonly value: number;
}

/** direction . (prepared input), as a function of the input: centring, constant factor, run-time normalisation. */
export function throughInput(
  config: InputNorm,
  x: Float32Array,
  direction: Float64Array,
  scale: 'frozen' | 'live',
): InputReading {
  const { center_input, input_scale } = config;
  if (!center_input && input_scale === 1) return throughRunTimeNorm(config, x, direction, scale);
  const offset = center_input ? meanOf(x) : 0;
  const prepared = Float64Array.from(x, (value) => (value - offset) * input_scale);
  const { vector, value } = throughRunTimeNorm(config, prepared, direction, scale);
  const mean = center_input ? meanOf(vector) : 0;
  return { vector: vector.map((each) => (each - mean) * input_scale), value };
}

/** Source: SAELens 6, `run_time_activation_norm_fn_in`. */
function throughRunTimeNorm(
  config: Pick<SaeConfig, 'normalize_activations'>,
  x: Float32Array | Float64Array,
  direction: Float64Array,
  scale: 'frozen' | 'live',
): InputReading {
  switch (config.normalize_activations) {
    case 'none':
      return { vector: direction, value: dot(x, direction) };
    case 'constant_norm_rescale':
      return throughRescale(x, direction, scale);
    case 'layer_norm':
      return throughUnbiasedNorm(x, direction, scale);
  }
}

/** x sqrt(d) / |x|; live: (e - x (x . e) / |x|^2) sqrt(d) / |x|. */
function throughRescale(
  x: Float32Array | Float64Array,
  direction: Float64Array,
  scale: 'frozen' | 'live',
): InputReading {
  const squares = dot(x, x);
  const factor = Math.sqrt(x.length / squares);
  const along = dot(x, direction);
  const part = scale === 'live' ? along / squares : 0;
  return {
    vector: direction.map((value, i) => (value - (x[i] ?? 0) * part) * factor),
    value: along * factor,
  };
}

/** c / (s + eps), c = x - mean(x), s the unbiased std; live: the part c (c . e) / ((s + eps) s (n - 1)) goes off. */
function throughUnbiasedNorm(
  x: Float32Array | Float64Array,
  direction: Float64Array,
  scale: 'frozen' | 'live',
): InputReading {
  const mean = meanOf(x);
  const centred = Float64Array.from(x, (value) => value - mean);
  const std = Math.sqrt(dot(centred, centred) / (x.length - 1));
  const divisor = std + LAYER_NORM_EPS;
  const along = dot(centred, direction);
  const part = scale === 'live' ? along / (divisor * std * (x.length - 1)) : 0;
  const meanDirection = meanOf(direction);
  return {
    vector: direction.map((value, i) => (value - meanDirection - (centred[i] ?? 0) * part) / divisor),
    value: along / divisor,
  };
}

function meanOf(values: Float32Array | Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}
