import type { Checkpoint } from '../model/checkpoint.ts';
import type { ModelConfig } from '../model/config.ts';
import { weightEntry } from './block.ts';
import { GraphBuilder, type BuiltGraph, type Ref } from './graphBuilder.ts';
import {
  decoderNorms,
  decoderRows,
  saeEntry,
  timesMatrix,
  timesTranspose,
  type SaeWeights,
} from './saeMatrix.ts';

/** Output of `blockConstantsGraph`, which states what each is. */
export type BlockConstant = 'neuronNorms' | 'gram' | 'b_O' | 'b_out' | 'b_V' | 'b_V_write';

/**
 * What of a block's weights every node table needs, computed once per model. Input: `one` float [1] = 1, which keeps
 * the results out of the session's constants. Outputs: `neuronNorms` |W_out[n]| [d_mlp]; `gram` W_O,h W_O,h^T
 * [head, d_head, d_head]; `b_O`, `b_out` [d_model]; `b_V` [head * d_head]; `b_V_write` b_V,h W_O,h [head, d_model].
 */
export function blockConstantsGraph(checkpoint: Checkpoint, layer: number): BuiltGraph<BlockConstant> {
  const { d_model, n_heads, d_head } = checkpoint.config;
  const g = new GraphBuilder(`block_constants_${layer}`);
  const one = g.input('one', 'float', [1]);
  const weight = (name: string): Ref => g.weight(weightEntry(checkpoint, `h.${layer}.${name}`));
  const fetched = (ref: Ref): Ref => g.op('Mul', [ref, one]);
  const W_O = g.op('Reshape', [weight('attn.c_proj.weight'), g.ints([n_heads, d_head, d_model])]);
  const b_V = g.op('Slice', [
    weight('attn.c_attn.bias'),
    g.ints([2 * d_model]),
    g.ints([3 * d_model]),
    g.ints([0]),
  ]);
  const write = g.op('MatMul', [g.op('Reshape', [b_V, g.ints([n_heads, 1, d_head])]), W_O]);
  return finish(g, {
    neuronNorms: fetched(g.op('ReduceL2', [weight('mlp.c_proj.weight'), g.ints([1])], { keepdims: 0 })),
    gram: fetched(g.fused('FusedMatMul', [W_O, W_O], { transB: 1 })),
    b_O: fetched(weight('attn.c_proj.bias')),
    b_out: fetched(weight('mlp.c_proj.bias')),
    b_V: fetched(b_V),
    b_V_write: fetched(g.op('Reshape', [write, g.ints([n_heads, d_model])])),
  });
}

/**
 * How much each unit of a block writes along gradients at the residual stream. Input: `g` [R, d_model].
 * Outputs: `neurons` W_out[n] . g [R, d_mlp]; `z` g W_O^T, the same gradient seen from hook_z [R, head * d_head].
 */
export function blockReadsGraph(checkpoint: Checkpoint, layer: number): BuiltGraph<'neurons' | 'z'> {
  const g = new GraphBuilder(`block_reads_${layer}`);
  const gradient = g.input('g', 'float', ['R', checkpoint.config.d_model]);
  const along = (name: string): Ref =>
    g.op('Gemm', [gradient, g.weight(weightEntry(checkpoint, `h.${layer}.${name}`))], { transB: 1 });
  return finish(g, { neurons: along('mlp.c_proj.weight'), z: along('attn.c_proj.weight') });
}

/**
 * Values of all heads of one block against gradients at hook_z. Inputs: `v` [head, T, d_head], `z` [head, R, d_head],
 * `gram` as `blockConstantsGraph` gives it. Outputs: `pairs` V_h(u) . z_h(r) [head, R, T]; `norms` |V_h(u) W_O,h|
 * [head, T] = sqrt(V gram V^T), so that [T, d_model] per head is never made.
 */
export function headValuesGraph(config: ModelConfig): BuiltGraph<'pairs' | 'norms'> {
  const { n_heads, d_head } = config;
  const g = new GraphBuilder('head_values');
  const v = g.input('v', 'float', [n_heads, 'T', d_head]);
  const z = g.input('z', 'float', [n_heads, 'R', d_head]);
  const gram = g.input('gram', 'float', [n_heads, d_head, d_head]);
  const squares = g.op('ReduceSum', [g.op('Mul', [g.op('MatMul', [v, gram]), v]), g.ints([-1])], {
    keepdims: 0,
  });
  return finish(g, {
    pairs: g.fused('FusedMatMul', [z, v], { transB: 1 }),
    norms: g.op('Sqrt', [g.op('Relu', [squares])]),
  });
}

/** What rows of hook_z write to the residual stream, without b_O. Input: `z` [N, head * d_head]; output [N, d_model]. */
export function attentionWriteGraph(checkpoint: Checkpoint, layer: number): BuiltGraph<'write'> {
  const g = new GraphBuilder(`attention_write_${layer}`);
  const z = g.input('z', 'float', ['N', checkpoint.config.d_model]);
  const W_O = g.weight(weightEntry(checkpoint, `h.${layer}.attn.c_proj.weight`));
  return finish(g, { write: g.op('MatMul', [z, W_O]) });
}

/** What rows of mlp.hook_post write to the residual stream, without b_out. Input: `post` [N, d_mlp]; output [N, d_model]. */
export function mlpWriteGraph(checkpoint: Checkpoint, layer: number): BuiltGraph<'write'> {
  const g = new GraphBuilder(`mlp_write_${layer}`);
  const post = g.input('post', 'float', ['N', checkpoint.config.d_mlp]);
  const W_out = g.weight(weightEntry(checkpoint, `h.${layer}.mlp.c_proj.weight`));
  return finish(g, { write: g.op('MatMul', [post, W_out]) });
}

/** Write directions W_out[n] of some neurons. Input: `indices` int64 [N]; output `rows` [N, d_model]. */
export function neuronRowsGraph(checkpoint: Checkpoint, layer: number): BuiltGraph<'rows'> {
  const g = new GraphBuilder(`neuron_rows_${layer}`);
  const indices = g.input('indices', 'int64', ['N']);
  return finish(g, {
    rows: g.gatherWeight(weightEntry(checkpoint, `h.${layer}.mlp.c_proj.weight`), indices),
  });
}

/**
 * Decoder rows of active latents against one gradient per token. Inputs: `indices` int64 [N, K], `g` [N, d_in],
 * `h` [N, d_in]. Outputs: `alongG`, `alongH` W_dec[i] . g and . h [N, K]; `norms` |W_dec[i]| [N, K];
 * `rows` [N, K, d_in].
 */
export function latentRowsGraph(sae: SaeWeights): BuiltGraph<'alongG' | 'alongH' | 'norms' | 'rows'> {
  const { d_in } = sae.config;
  const g = new GraphBuilder('latent_rows');
  const indices = g.input('indices', 'int64', ['N', 'K']);
  const rows = decoderRows(g, sae, indices, 2);
  const along = (name: string): Ref => {
    const gradient = g.input(name, 'float', ['N', d_in]);
    return g.op('Squeeze', [g.op('MatMul', [rows, g.op('Unsqueeze', [gradient, g.ints([2])])]), g.ints([2])]);
  };
  return finish(g, {
    alongG: along('g'),
    alongH: along('h'),
    norms: g.op('ReduceL2', [rows, g.ints([-1])], { keepdims: 0 }),
    rows,
  });
}

/** Rows against a token table. Input: `x` [N, d_model]; output `scores` [N, d_vocab]. */
export function vocabularyGraph(checkpoint: Checkpoint, table: 'W_E' | 'W_U'): BuiltGraph<'scores'> {
  const g = new GraphBuilder(`vocabulary_${table}`);
  const { tied, d_model } = checkpoint.config;
  const name = table === 'W_U' && !tied ? 'lm_head.weight' : 'wte.weight';
  const x = g.input('x', 'float', ['N', d_model]);
  return finish(g, {
    scores: g.op('Gemm', [x, g.weight(weightEntry(checkpoint, name))], { transB: 1 }),
  });
}

/** Gain and bias of the final LayerNorm. Input: `one` float [1] = 1. Outputs [d_model]. */
export function finalNormGraph(checkpoint: Checkpoint): BuiltGraph<'gain' | 'bias'> {
  const g = new GraphBuilder('final_norm');
  const one = g.input('one', 'float', [1]);
  const fetched = (name: string): Ref => g.op('Mul', [g.weight(weightEntry(checkpoint, name)), one]);
  return finish(g, { gain: fetched('ln_f.weight'), bias: fetched('ln_f.bias') });
}

/**
 * What directions of the residual stream excite of every neuron of a block, through the gain of its LayerNorm and
 * without its scale. Input: `x` [N, d_model]; output `neurons` (x * ln_2 gain) W_in [N, d_mlp].
 */
export function neuronReadsGraph(checkpoint: Checkpoint, layer: number): BuiltGraph<'neurons'> {
  const g = new GraphBuilder(`neuron_reads_${layer}`);
  const x = g.input('x', 'float', ['N', checkpoint.config.d_model]);
  const weight = (name: string): Ref => g.weight(weightEntry(checkpoint, `h.${layer}.${name}`));
  const scaled = g.op('Mul', [x, weight('ln_2.weight')]);
  return finish(g, { neurons: g.op('MatMul', [scaled, weight('mlp.c_fc.weight')]) });
}

/**
 * What directions at a SAE's hook excite of every latent, its input's normalisation left out. Input: `x` [N, d_in];
 * output `latents` gain * (x W_enc) [N, d_sae], gain as `latentWeightsGraph` has it.
 */
export function latentReadsGraph(sae: SaeWeights): BuiltGraph<'latents'> {
  const g = new GraphBuilder('latent_reads');
  const x = g.input('x', 'float', ['N', sae.config.d_in]);
  const product = timesMatrix(g, sae, 'W_enc', x);
  if (sae.config.architecture === 'gated') {
    return finish(g, { latents: g.op('Mul', [product, g.op('Exp', [g.weight(saeEntry(sae, 'r_mag'))])]) });
  }
  if (!sae.config.rescale_acts_by_decoder_norm) return finish(g, { latents: product });
  return finish(g, { latents: g.op('Mul', [product, decoderNorms(g, sae)]) });
}

/**
 * What every latent writes along directions at its hook. Input: `x` [N, d_in]. Outputs, of the decoder as stored:
 * `latents` W_dec x^T, as [N, d_sae]; `norms` |W_dec[i]| [1, d_sae].
 */
export function latentWritesGraph(sae: SaeWeights): BuiltGraph<'latents' | 'norms'> {
  const g = new GraphBuilder('latent_writes');
  const x = g.input('x', 'float', ['N', sae.config.d_in]);
  const one = g.op('Slice', [x, g.ints([0, 0]), g.ints([1, 1]), g.ints([0, 1])]);
  const nothing = g.op('Mul', [one, g.float(0)]); // keeps the norms out of the session's constants
  return finish(g, {
    latents: timesTranspose(g, sae, 'W_dec', x),
    norms: g.op('Add', [decoderNorms(g, sae), nothing]),
  });
}

function finish<Output extends string>(
  g: GraphBuilder,
  outputs: Readonly<Record<Output, Ref>>,
): BuiltGraph<Output> {
  for (const ref of Object.values<Ref>(outputs)) g.output(ref);
  return { model: g.build(), outputs };
}
