import type { Checkpoint } from '../model/checkpoint.ts';
import { weightEntry } from './block.ts';
import { GraphBuilder, type BuiltGraph, type Ref } from './graphBuilder.ts';
import { decoderRows, encoderColumns, saeEntry, type SaeWeights } from './saeMatrix.ts';

/** What is read of one block's weights: small vectors, and the columns that were asked for. */
export const BLOCK_WEIGHTS = [
  'ln1.gain',
  'ln1.bias',
  'ln2.gain',
  'ln2.bias',
  'W_in',
  'b_in',
  'W_qkv',
  'b_qkv',
] as const;
export type BlockWeight = (typeof BLOCK_WEIGHTS)[number];

/**
 * Reads weights of one block without copying the matrices. Inputs: `neurons` int64 [n], `columns` int64 [m] of the
 * joined q, k, v. Outputs: `ln*.gain`, `ln*.bias` [d_model]; `W_in` [d_model, n], `b_in` [n]; `W_qkv` [d_model, m],
 * `b_qkv` [m].
 */
export function blockWeightsGraph(checkpoint: Checkpoint, layer: number): BuiltGraph<BlockWeight> {
  const g = new GraphBuilder(`weights_${layer}`);
  const neurons = g.input('neurons', 'int64', ['n']);
  const columns = g.input('columns', 'int64', ['m']);
  const entry = (name: string) => weightEntry(checkpoint, `h.${layer}.${name}`);
  const whole = (name: string): Ref => g.op('Identity', [g.weight(entry(name))]);
  return finish(g, {
    'ln1.gain': whole('ln_1.weight'),
    'ln1.bias': whole('ln_1.bias'),
    'ln2.gain': whole('ln_2.weight'),
    'ln2.bias': whole('ln_2.bias'),
    W_in: g.gatherWeight(entry('mlp.c_fc.weight'), neurons, 1),
    b_in: g.gatherWeight(entry('mlp.c_fc.bias'), neurons),
    W_qkv: g.gatherWeight(entry('attn.c_attn.weight'), columns, 1),
    b_qkv: g.gatherWeight(entry('attn.c_attn.bias'), columns),
  });
}

/** Output of `unembedRowsGraph`. */
export type UnembedWeight = 'rows' | 'gain' | 'bias';

/** Input: `ids` int64 [n]. Outputs: `rows` [n, d_model] of W_U transposed, final LayerNorm's `gain` and `bias`. */
export function unembedRowsGraph(checkpoint: Checkpoint): BuiltGraph<UnembedWeight> {
  const g = new GraphBuilder('unembed_rows');
  const ids = g.input('ids', 'int64', ['n']);
  return finish(g, {
    rows: g.gatherWeight(unembedEntry(checkpoint), ids),
    gain: g.op('Identity', [g.weight(weightEntry(checkpoint, 'ln_f.weight'))]),
    bias: g.op('Identity', [g.weight(weightEntry(checkpoint, 'ln_f.bias'))]),
  });
}

/** W_U times coefficients of all logits. Input: `coefficients` [n, d_vocab]. Output: `direction` [n, d_model]. */
export function unembedDirectionGraph(checkpoint: Checkpoint): BuiltGraph<'direction'> {
  const g = new GraphBuilder('unembed_direction');
  const coefficients = g.input('coefficients', 'float', ['n', checkpoint.config.d_vocab]);
  return finish(g, { direction: g.op('MatMul', [coefficients, g.weight(unembedEntry(checkpoint))]) });
}

function unembedEntry(checkpoint: Checkpoint): ReturnType<typeof weightEntry> {
  return weightEntry(checkpoint, checkpoint.config.tied ? 'wte.weight' : 'lm_head.weight');
}

/** Rows and columns of a SAE's matrices. */
export type LatentWeight = 'W_enc' | 'W_dec' | 'bias' | 'gain' | 'b_dec';
/** Reads a few latents of a SAE; shapes as `latentWeightsGraph` states them. */
export type LatentWeightsGraph = BuiltGraph<LatentWeight>;

/**
 * Reads latents of a SAE. Input: `latents` int64 [n]. Outputs: `W_enc` [d_in, n], `W_dec` [n, d_in], `b_dec` [d_in];
 * pre-activation = gain * (x . W_enc) + bias, each [n]: exp(r_mag) and b_mag of a gated SAE; the decoder's norm, with
 * which b_enc is multiplied too, where a SAE rescales by it; else 1 and b_enc.
 */
export function latentWeightsGraph(sae: SaeWeights): LatentWeightsGraph {
  const g = new GraphBuilder('latent_weights');
  const latents = g.input('latents', 'int64', ['n']);
  const gather = (name: string): Ref => g.gatherWeight(saeEntry(sae, name), latents);
  const W_dec = decoderRows(g, sae, latents, 1);
  return finish(g, {
    W_enc: encoderColumns(g, sae, latents),
    W_dec,
    b_dec: g.op('Identity', [g.weight(saeEntry(sae, 'b_dec'))]),
    ...latentScale(g, sae, gather, W_dec),
  });
}

function latentScale(
  g: GraphBuilder,
  { config }: SaeWeights,
  gather: (name: string) => Ref,
  W_dec: Ref,
): { gain: Ref; bias: Ref } {
  if (config.architecture === 'gated') {
    return { gain: g.op('Exp', [gather('r_mag')]), bias: gather('b_mag') };
  }
  const bias = gather('b_enc');
  if (config.architecture === 'topk' && config.rescale_acts_by_decoder_norm) {
    const gain = g.op('ReduceL2', [W_dec, g.ints([1])], { keepdims: 0 });
    return { gain, bias: g.op('Mul', [bias, gain]) };
  }
  const ones = g.op('Add', [g.op('Mul', [bias, g.float(0)]), g.float(1)]);
  return { gain: ones, bias };
}

function finish<Output extends string>(g: GraphBuilder, outputs: Record<Output, Ref>): BuiltGraph<Output> {
  for (const ref of new Set(Object.values<Ref>(outputs))) g.output(ref);
  return { model: g.build(), outputs };
}
