import assert from 'node:assert/strict';
import type { ReferenceRun } from '../../src/core/model/gpt2.ts';
import type { ModelConfig } from '../../src/core/model/config.ts';
import type { SaeConfig } from '../../src/core/sae/config.ts';
import type { SaeWeights } from '../../src/core/sae/reference.ts';
import type { LogitScalar, TracedScalar } from '../../src/core/trace/gradients/scalar.ts';
import { slopeAt, type ReferenceScalar } from './differences.ts';

type Read = (run: ReferenceRun) => number;
type Latent = Extract<TracedScalar, { readonly kind: 'latent' }>;
type Score = Extract<TracedScalar, { readonly kind: 'score' }>;
type Value = Extract<TracedScalar, { readonly kind: 'value' }>;

/** Values of a hook in a float64 run. */
export function hookOf(run: ReferenceRun, name: string): Float64Array {
  return run.hooks.get(name)?.data ?? assert.fail(`no hook ${name}`);
}

export function readLogits(config: ModelConfig, scalar: LogitScalar): Read {
  const { reading, targets, distractors, position } = scalar;
  return (run) => {
    const start = position * config.d_vocab;
    const logits = run.logits.data.subarray(start, start + config.d_vocab);
    const mean = (ids: readonly number[]): number =>
      ids.reduce((sum, id) => sum + number(logits, id), 0) / ids.length;
    if (reading === 'logit') return mean(targets);
    if (reading === 'logit_diff') return mean(targets) - (distractors.length > 0 ? mean(distractors) : 0);
    const exp = (id: number): number => Math.exp(number(logits, id));
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    return Math.log(targets.reduce((sum, id) => sum + exp(id), 0) / total);
  };
}

export function readNeuron(config: ModelConfig, layer: number, neuron: number, position: number): Read {
  return (run) => number(hookOf(run, `blocks.${layer}.mlp.hook_pre`), position * config.d_mlp + neuron);
}

/** q.k / sqrt(d_head) (as the configuration scales it); the side that is not traced through stays as in `clean`. */
export function readScore(config: ModelConfig, scalar: Score, clean: ReferenceRun): Read {
  const { layer, head, position, source, through } = scalar;
  const scale =
    (config.scale_attn ? 1 / Math.sqrt(config.d_head) : 1) / (config.scale_attn_by_layer ? layer + 1 : 1);
  return (run) => {
    const q = headRow(config, through === 'k' ? clean : run, `blocks.${layer}.attn.hook_q`, position, head);
    const k = headRow(config, through === 'q' ? clean : run, `blocks.${layer}.attn.hook_k`, source, head);
    return dot(q, k) * scale;
  };
}

/** p V(source) . g with p and g of the clean run; g by differences of the downstream scalar at the head's z. */
export function readValue(
  config: ModelConfig,
  scalar: Value,
  { clean, downstream }: { readonly clean: ReferenceRun; readonly downstream: ReferenceScalar },
): Read {
  const { layer, head, position, source } = scalar;
  const { n_heads, d_head } = config;
  const z = `blocks.${layer}.attn.hook_z`;
  const gradient = Array.from({ length: d_head }, (_, i) => {
    const direction = new Float64Array(hookOf(clean, z).length);
    direction[(position * n_heads + head) * d_head + i] = 1;
    return slopeAt(downstream, z, direction);
  });
  const size = clean.logits.dims[0] ?? 0;
  const pattern = hookOf(clean, `blocks.${layer}.attn.hook_pattern`);
  const p = number(pattern, (head * size + position) * size + source);
  return (run) => p * dot(headRow(config, run, `blocks.${layer}.attn.hook_v`, source, head), gradient);
}

/** Row of [pos, head, d_head]. */
export function headRow(
  { n_heads, d_head }: ModelConfig,
  run: ReferenceRun,
  hook: string,
  position: number,
  head: number,
): Float64Array {
  const start = (position * n_heads + head) * d_head;
  return hookOf(run, hook).subarray(start, start + d_head);
}

/** What the nonlinearity of a SAE reads; `held` = a run whose input scale is used instead of this run's own. */
export function readLatent(
  config: SaeConfig,
  weights: SaeWeights,
  { index, position }: Latent,
  held: ReferenceRun | null,
): Read {
  const { d_in, d_sae } = config;
  const input = (run: ReferenceRun): Float64Array =>
    hookOf(run, config.hook_name).subarray(position * d_in, (position + 1) * d_in);
  return (run) => {
    const x = normalizedInput(config, input(run), input(held ?? run));
    const centred = config.apply_b_dec_to_input
      ? x.map((value, i) => value - number(weights('b_dec'), i))
      : x;
    const product = dot(centred, column(weights('W_enc'), index, d_in, d_sae));
    if (config.architecture === 'gated') {
      return product * Math.exp(number(weights('r_mag'), index)) + number(weights('b_mag'), index);
    }
    const pre = product + number(weights('b_enc'), index);
    if (!config.rescale_acts_by_decoder_norm) return pre;
    return pre * Math.hypot(...weights('W_dec').subarray(index * d_in, (index + 1) * d_in));
  };
}

function normalizedInput(config: SaeConfig, row: Float64Array, scaleRow: Float64Array): Float64Array {
  const prepare = (values: Float64Array): Float64Array => {
    const offset = config.center_input ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
    return values.map((value) => (value - offset) * config.input_scale);
  };
  const [x, scaleOf] = [prepare(row), prepare(scaleRow)];
  switch (config.normalize_activations) {
    case 'none':
      return x.slice();
    case 'constant_norm_rescale':
      return x.map((value) => (value * Math.sqrt(x.length)) / Math.hypot(...scaleOf));
    case 'layer_norm': {
      const mean = (row: Float64Array): number => row.reduce((sum, value) => sum + value, 0) / row.length;
      const [own, other] = [mean(x), mean(scaleOf)];
      const squares = scaleOf.reduce((sum, value) => sum + (value - other) ** 2, 0);
      const std = Math.sqrt(squares / (x.length - 1));
      return x.map((value) => (value - own) / (std + 1e-5));
    }
  }
}

function column(
  matrix: Float32Array | Float64Array,
  index: number,
  rows: number,
  width: number,
): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => number(matrix, row * width + index));
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += number(a, i) * number(b, i);
  return sum;
}

export function number(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}
