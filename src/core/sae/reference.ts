import { bug } from '../errors.ts';
import type { SaeConfig } from './config.ts';

type Numbers = Float32Array | Float64Array;

/** A SAE's tensors by SAELens' names, row-major as stored. */
export type SaeWeights = (name: string) => Numbers;

/** What a SAE makes of the values at its hook, float64. */
export interface SaeReading {
  /** After the activation function. Shape [pos, d_sae]. */
  readonly acts: Float64Array;
  /** Reconstruction in the model's own units. Shape [pos, d_in]. */
  readonly reconstruction: Float64Array;
  /** input - reconstruction: added back, it leaves the model unchanged. Shape [pos, d_in]. */
  readonly error: Float64Array;
}

/** What undoes the input's normalisation: output * scale + mean. */
interface Undo {
  readonly scale: number;
  readonly mean: number;
}

/** torch's eps of SAELens' layer_norm: added to the standard deviation, not under the root. */
const LAYER_NORM_EPS = 1e-5;

/**
 * Encodes and decodes rows with a SAE in float64: the truth that the graphs are compared with.
 * `input` has shape [pos, d_in]. Source: SAELens v6, sae.py, standard_sae.py, topk_sae.py, jumprelu_sae.py, gated_sae.py.
 */
export function referenceSae(config: SaeConfig, weights: SaeWeights, input: Numbers): SaeReading {
  const { d_in, d_sae } = config;
  const rows = input.length / d_in;
  if (!Number.isInteger(rows)) throw bug(`SAE input of ${input.length} numbers is not rows of ${d_in}`);
  const acts = new Float64Array(rows * d_sae);
  const reconstruction = new Float64Array(rows * d_in);
  for (let row = 0; row < rows; row++) {
    const { values, undo } = normalizeRow(config, input.subarray(row * d_in, (row + 1) * d_in));
    const latents = encodeRow(config, weights, values);
    acts.set(latents, row * d_sae);
    const decoded = decodeRow(config, weights, latents);
    reconstruction.set(
      decoded.map((value) => value * undo.scale + undo.mean),
      row * d_in,
    );
  }
  const error = reconstruction.map((value, index) => at(input, index) - value);
  return { acts, reconstruction, error };
}

function normalizeRow(config: SaeConfig, row: Numbers): { values: Float64Array; undo: Undo } {
  const raw = Float64Array.from(row);
  const offset = config.center_input ? raw.reduce((sum, x) => sum + x, 0) / raw.length : 0;
  const prepared = raw.map((x) => (x - offset) * config.input_scale);
  const { values, undo } = runTimeNorm(config, prepared);
  return {
    values,
    undo: { scale: undo.scale / config.input_scale, mean: undo.mean / config.input_scale + offset },
  };
}

function runTimeNorm(config: SaeConfig, values: Float64Array): { values: Float64Array; undo: Undo } {
  switch (config.normalize_activations) {
    case 'none':
      return { values, undo: { scale: 1, mean: 0 } };
    case 'constant_norm_rescale': {
      const factor = Math.sqrt(config.d_in) / Math.hypot(...values);
      return { values: values.map((x) => x * factor), undo: { scale: 1 / factor, mean: 0 } };
    }
    case 'layer_norm': {
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
      const std = Math.sqrt(squares / (values.length - 1)); // unbiased
      return { values: values.map((x) => (x - mean) / (std + LAYER_NORM_EPS)), undo: { scale: std, mean } };
    }
  }
}

/** One normalised row [d_in] -> activations [d_sae]. */
function encodeRow(config: SaeConfig, weights: SaeWeights, row: Float64Array): Float64Array {
  const b_dec = weights('b_dec');
  const x = config.apply_b_dec_to_input ? row.map((value, i) => value - at(b_dec, i)) : row;
  const product = timesMatrix(x, weights('W_enc'), config.d_sae);
  if (config.architecture === 'gated') return gate(product, weights);
  const b_enc = weights('b_enc');
  const pre = product.map((value, latent) => value + at(b_enc, latent));
  switch (config.architecture) {
    case 'standard':
      return pre.map((value) => Math.max(0, value));
    case 'jumprelu': {
      const threshold = weights('threshold');
      const shared = threshold.length === 1; // dictionary_learning keeps one for all latents
      return pre.map((value, latent) =>
        value > at(threshold, shared ? 0 : latent) ? Math.max(0, value) : 0,
      );
    }
    case 'topk': {
      const norms = config.rescale_acts_by_decoder_norm ? decoderNorms(config, weights) : null;
      return topK(norms ? pre.map((value, latent) => value * at(norms, latent)) : pre, config.k ?? 0);
    }
  }
}

/** (x W_enc + b_gate > 0) * relu(x W_enc exp(r_mag) + b_mag). */
function gate(product: Float64Array, weights: SaeWeights): Float64Array {
  const [b_gate, b_mag, r_mag] = [weights('b_gate'), weights('b_mag'), weights('r_mag')];
  return product.map((value, latent) => {
    const open = value + at(b_gate, latent) > 0;
    return open ? Math.max(0, value * Math.exp(at(r_mag, latent)) + at(b_mag, latent)) : 0;
  });
}

/** Keeps the k largest values, then relu. Of equal values the earlier latent is kept. */
function topK(values: Float64Array, k: number): Float64Array {
  const order = Array.from(values.keys()).toSorted((a, b) => at(values, b) - at(values, a) || a - b);
  const out = new Float64Array(values.length);
  for (const latent of order.slice(0, k)) out[latent] = Math.max(0, at(values, latent));
  return out;
}

/** Activations [d_sae] -> normalised output [d_in]. */
function decodeRow(config: SaeConfig, weights: SaeWeights, acts: Float64Array): Float64Array {
  const norms = config.rescale_acts_by_decoder_norm ? decoderNorms(config, weights) : null;
  const scaled = norms ? acts.map((value, latent) => (value === 0 ? 0 : value / at(norms, latent))) : acts;
  const b_dec = weights('b_dec');
  return timesMatrix(scaled, weights('W_dec'), config.d_in).map((value, i) => value + at(b_dec, i));
}

/** Euclidean norm of each row of W_dec. Shape [d_sae]. */
function decoderNorms({ d_in, d_sae }: SaeConfig, weights: SaeWeights): Float64Array {
  const W_dec = weights('W_dec');
  return Float64Array.from({ length: d_sae }, (_, latent) =>
    Math.hypot(...W_dec.subarray(latent * d_in, (latent + 1) * d_in)),
  );
}

/** x [inner] times W [inner, width]. */
function timesMatrix(x: Float64Array, matrix: Numbers, width: number): Float64Array {
  const out = new Float64Array(width);
  for (let i = 0; i < x.length; i++) {
    const value = at(x, i);
    if (value === 0) continue;
    for (let column = 0; column < width; column++) {
      out[column] = at(out, column) + value * at(matrix, i * width + column);
    }
  }
  return out;
}

function at(values: Numbers, index: number): number {
  return values[index] ?? 0;
}
