import { bug } from '../errors.ts';
import type { SaeConfig } from '../sae/config.ts';
import { GraphBuilder, type GraphModel, type Ref } from './graphBuilder.ts';
import { decoderNorms, decoderRows, saeEntry, timesMatrix, type SaeWeights } from './saeMatrix.ts';

/** A SAE's encoder that answers with active latents alone. */
export interface SaeEncodeGraph {
  readonly model: GraphModel;
  readonly outputs: {
    /** [N, K], strongest first; zero where fewer than K latents are active. K: the most that any row has, of topk its k. */
    readonly values: Ref;
    /** int64 [N, K]. */
    readonly indices: Ref;
    /** Number of active latents per row, float [N, 1]. */
    readonly count: Ref;
    /** The output is scale * decoded + shift, each [N, 1] or [1, 1]: undoes the input normalisation. */
    readonly scale: Ref;
    readonly shift: Ref;
  };
}

/** SAELens' epsilon of `layer_norm`, added to the unbiased std outside the root. */
const LAYER_NORM_EPS = 1e-5;

/**
 * Encodes rows into their active latents. Input: `x` [N, d_in].
 * Source: SAELens 6 `sae.encode` of each architecture.
 */
export function saeEncodeGraph(sae: SaeWeights): SaeEncodeGraph {
  const g = new GraphBuilder('sae_encode');
  const { centred, scale, shift, weight } = encoderInput(g, sae);
  const outputs = {
    ...(sae.config.architecture === 'topk'
      ? largestK(g, sae, rescaled(g, sae, centred, weight))
      : allActive(g, activations(g, sae, centred, weight))),
    scale,
    shift,
  };
  for (const [name, ref] of Object.entries(outputs)) g.output(ref, name === 'indices' ? 'int64' : 'float');
  return { model: g.build(), outputs };
}

/** A SAE's encoder that answers with all latents, for scans. */
export interface SaeActsGraph {
  readonly model: GraphModel;
  /** [N, d_sae], none negative; of topk SAEs before only k of each row stay. */
  readonly acts: Ref;
}

/** All activations of rows, for those who choose among them outside: a topk search costs more than the product. Input: `x` [N, d_in]. */
export function saeActsGraph(sae: SaeWeights): SaeActsGraph {
  const g = new GraphBuilder('sae_acts');
  const { centred, weight } = encoderInput(g, sae);
  const acts =
    sae.config.architecture === 'topk'
      ? g.op('Relu', [rescaled(g, sae, centred, weight)])
      : activations(g, sae, centred, weight);
  g.output(acts);
  return { model: g.build(), acts };
}

interface EncoderInput {
  readonly centred: Ref;
  readonly scale: Ref;
  readonly shift: Ref;
  weight(name: string): Ref;
}

function encoderInput(g: GraphBuilder, sae: SaeWeights): EncoderInput {
  const x = g.input('x', 'float', ['N', sae.config.d_in]);
  const { normalized, scale, shift } = normalize(g, x, sae.config);
  const weight = (name: string): Ref => g.weight(saeEntry(sae, name));
  const centred = sae.config.apply_b_dec_to_input ? g.op('Sub', [normalized, weight('b_dec')]) : normalized;
  return { centred, scale, shift, weight };
}

/** Dense activations [N, d_sae] after the architecture's own nonlinearity. */
function activations(g: GraphBuilder, sae: SaeWeights, x: Ref, weight: (name: string) => Ref): Ref {
  const product = (bias: string): Ref => timesMatrix(g, sae, 'W_enc', x, weight(bias));
  switch (sae.config.architecture) {
    case 'topk':
      throw bug('a topk SAE is never made dense');
    case 'standard':
      return g.op('Relu', [product('b_enc')]);
    case 'jumprelu': {
      const pre = product('b_enc');
      const open = g.castToFloat(g.op('Greater', [pre, weight('threshold')]));
      return g.op('Mul', [g.op('Relu', [pre]), open]);
    }
    case 'gated': {
      const shared = timesMatrix(g, sae, 'W_enc', x);
      const open = g.castToFloat(g.op('Greater', [g.op('Add', [shared, weight('b_gate')]), g.float(0)]));
      const magnitude = g.op('Add', [g.op('Mul', [shared, g.op('Exp', [weight('r_mag')])]), weight('b_mag')]);
      return g.op('Mul', [open, g.op('Relu', [magnitude])]);
    }
  }
}

/** Pre-activations of a topk SAE. */
function rescaled(g: GraphBuilder, sae: SaeWeights, x: Ref, weight: (name: string) => Ref): Ref {
  const pre = timesMatrix(g, sae, 'W_enc', x, weight('b_enc'));
  if (!sae.config.rescale_acts_by_decoder_norm) return pre;
  return g.op('Mul', [pre, decoderNorms(g, sae)]);
}

type Active = Pick<SaeEncodeGraph['outputs'], 'values' | 'indices' | 'count'>;

/** The k largest of each row, then ReLU: all that can be active. Ties keep exactly k. */
function largestK(g: GraphBuilder, sae: SaeWeights, pre: Ref): Active {
  const k = sae.config.k;
  if (k === null) throw bug('a topk SAE without k passed the parser');
  const largest = topK(g, pre, g.ints([k]));
  const values = g.op('Relu', [largest.values]);
  return { values, indices: largest.indices, count: countActive(g, values) };
}

/** The active entries of dense rows. At least one is kept of each row, so that there are rows at all. */
function allActive(g: GraphBuilder, acts: Ref): Active {
  const count = countActive(g, acts);
  const most = g.op('ReduceMax', [g.op('Reshape', [count, g.ints([-1])]), g.ints([0])], { keepdims: 1 });
  const k = g.castToInt(g.op('Max', [most, g.float(1)]));
  return { ...topK(g, acts, k), count };
}

/** Entries above 0 of each row, [N, 1]. */
function countActive(g: GraphBuilder, rows: Ref): Ref {
  const active = g.castToFloat(g.op('Greater', [rows, g.float(0)]));
  return g.op('ReduceSum', [active, g.ints([-1])], { keepdims: 1 });
}

function topK(g: GraphBuilder, rows: Ref, k: Ref): Pick<Active, 'values' | 'indices'> {
  const attributes = { axis: -1, largest: 1, sorted: 1 };
  const [values = '', indices = ''] = g.ops('TopK', [rows, k], attributes, 2);
  return { values, indices };
}

interface Normalized {
  readonly normalized: Ref;
  readonly scale: Ref;
  readonly shift: Ref;
}

/** Centring and the constant factor first, then what the SAE normalises at run time; undone in reverse. */
function normalize(g: GraphBuilder, x: Ref, config: SaeConfig): Normalized {
  const { center_input, input_scale } = config;
  const offset = center_input ? g.op('ReduceMean', [x, g.ints([-1])], { keepdims: 1 }) : null;
  const centred = offset === null ? x : g.op('Sub', [x, offset]);
  const scaled = input_scale === 1 ? centred : g.op('Mul', [centred, g.float(input_scale)]);
  const { normalized, scale, shift } = runTimeNorm(g, scaled, config);
  const back = (ref: Ref): Ref => (input_scale === 1 ? ref : g.op('Div', [ref, g.float(input_scale)]));
  return {
    normalized,
    scale: back(scale),
    shift: offset === null ? back(shift) : g.op('Add', [back(shift), offset]),
  };
}

function runTimeNorm(g: GraphBuilder, x: Ref, config: SaeConfig): Normalized {
  const last = g.ints([-1]);
  const zero = g.op('Unsqueeze', [g.float(0), g.ints([0, 1])]);
  switch (config.normalize_activations) {
    case 'none':
      return { normalized: x, scale: g.op('Unsqueeze', [g.float(1), g.ints([0, 1])]), shift: zero };
    case 'constant_norm_rescale': {
      const norm = g.op('ReduceL2', [x, last], { keepdims: 1 });
      const scale = g.op('Mul', [norm, g.float(1 / Math.sqrt(config.d_in))]);
      return { normalized: g.op('Div', [x, scale]), scale, shift: zero };
    }
    case 'layer_norm': {
      const shift = g.op('ReduceMean', [x, last], { keepdims: 1 });
      const centred = g.op('Sub', [x, shift]);
      const squares = g.op('ReduceSumSquare', [centred, last], { keepdims: 1 });
      const scale = g.op('Sqrt', [g.op('Mul', [squares, g.float(1 / (config.d_in - 1))])]);
      return {
        normalized: g.op('Div', [centred, g.op('Add', [scale, g.float(LAYER_NORM_EPS)])]),
        scale,
        shift,
      };
    }
  }
}

/** A SAE's decoder. */
export interface SaeDecodeGraph {
  readonly model: GraphModel;
  /** [N, d_in]. */
  readonly outputs: { readonly reconstruction: Ref };
}

/** Decodes sparse latents. Inputs: `values` [N, K], `indices` int64 [N, K], `scale`, `shift` [N or 1, 1]. */
export function saeDecodeGraph(sae: SaeWeights): SaeDecodeGraph {
  const g = new GraphBuilder('sae_decode');
  const weight = (name: string): Ref => g.weight(saeEntry(sae, name));
  const rawValues = g.input('values', 'float', ['N', 'K']);
  const indices = g.input('indices', 'int64', ['N', 'K']);
  const scale = g.input('scale', 'float', ['S', 1]);
  const shift = g.input('shift', 'float', ['R', 1]);
  const values = sae.config.rescale_acts_by_decoder_norm
    ? g.op('Div', [rawValues, g.op('Gather', [decoderNorms(g, sae), indices])])
    : rawValues;
  const rows = decoderRows(g, sae, indices, 2);
  const sum = g.op('MatMul', [g.op('Unsqueeze', [values, g.ints([1])]), rows]);
  const decoded = g.op('Add', [g.op('Squeeze', [sum, g.ints([1])]), weight('b_dec')]);
  const reconstruction = g.op('Add', [g.op('Mul', [decoded, scale]), shift]);
  g.output(reconstruction);
  return { model: g.build(), outputs: { reconstruction } };
}
