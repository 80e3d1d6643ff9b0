import { bug } from '../errors.ts';
import type { Checkpoint } from '../model/checkpoint.ts';
import type { ModelConfig } from '../model/config.ts';
import type { TensorEntry } from '../weights/tensorEntry.ts';
import { attention } from './attention.ts';
import { GraphBuilder, type Dim, type BuiltGraph, type Ref } from './graphBuilder.ts';

/**
 * What a block graph can give back, in its own layout (B = batch, T = positions, N = B * T rows):
 * `ln1.mean`, `ln1.inv_std`, `ln2.*` [N, 1]; `q`, `k`, `v` [B, head, T, d_head]; `scores`, `pattern`
 * [B, head, T, keys]; `z` [B, T, head, d_head]; `attn_out`, `resid_mid`, `mlp_out`, `resid_post` [N, d_model];
 * `pre`, `post` [N, d_mlp].
 */
export const BLOCK_OUTPUTS = [
  'ln1.mean',
  'ln1.inv_std',
  'q',
  'k',
  'v',
  'scores',
  'pattern',
  'z',
  'attn_out',
  'resid_mid',
  'ln2.mean',
  'ln2.inv_std',
  'pre',
  'post',
  'mlp_out',
  'resid_post',
] as const;
export type BlockOutput = (typeof BLOCK_OUTPUTS)[number];

/**
 * Places where a block can be edited. Each becomes two inputs, `{point}.keep` and `{point}.value`, that
 * broadcast over the tensor: hook = keep * hook + value. Neutral values are 1 and 0. `ln1` and `ln2` edit the
 * 1/sigma that the LayerNorm multiplies by: keep 0 and a value hold it. K counts past and own keys.
 */
export const EDIT_SHAPES = {
  ln1: ['N', 'one'],
  q: ['B', 'H', 'T', 'E'],
  k: ['B', 'H', 'T', 'E'],
  v: ['B', 'H', 'T', 'E'],
  pattern: ['B', 'H', 'T', 'K'],
  z: ['B', 'T', 'H', 'E'],
  attn_out: ['N', 'D'],
  resid_mid: ['N', 'D'],
  ln2: ['N', 'one'],
  post: ['N', 'M'],
  mlp_out: ['N', 'D'],
} as const satisfies Partial<Record<BlockOutput | NormPoint, readonly Dim[]>>;
/** Name of a place where a block can be edited. */
export type EditPoint = keyof typeof EDIT_SHAPES;
type NormPoint = 'ln1' | 'ln2';

/** What a block's graph takes besides the residual stream. */
export interface BlockOptions {
  /** Edit points that the graph offers; each costs two inputs that must always be fed. */
  readonly edits?: readonly EditPoint[];
  /** Take `past_k`, `past_v` [1, head, P, d_head], shared by the whole batch. */
  readonly past?: 'none' | 'shared';
}

/** A block of the model, with every hook as an output. */
export type BlockGraph = BuiltGraph<BlockOutput>;

/** What the parts of a block share while it is written. */
export interface BlockContext {
  readonly g: GraphBuilder;
  readonly config: ModelConfig;
  readonly layer: number;
  readonly past: 'none' | 'shared';
  /** int64 [2] = [B, T]. */
  readonly batch: Ref;
  weight(name: string): Ref;
  /** Makes a tensor fetchable, and editable when it was asked for; returns what later nodes read. */
  hook(name: BlockOutput, ref: Ref): Ref;
  /** keep * ref + value when the point was asked for, else null. */
  edited(point: EditPoint, ref: Ref): Ref | null;
  linear(x: Ref, name: string): Ref;
}

/**
 * One transformer block as an ONNX graph. Inputs: `x` [N, d_model] (hook_resid_pre), `batch` int64 [2] = [B, T].
 * Source: Radford et al. 2019 (pre-LayerNorm GPT-2); op choice measured, see ARCHITECTURE.md decision 1.
 */
export function blockGraph(checkpoint: Checkpoint, layer: number, options: BlockOptions = {}): BlockGraph {
  const g = new GraphBuilder(`block_${layer}`);
  const outputs = new Map<BlockOutput, Ref>();
  const k = blockContext(g, checkpoint, layer, options, outputs);
  mlp(k, attentionHalf(k, g.input('x', 'float', ['N', checkpoint.config.d_model])));
  return { model: g.build(), outputs: Object.fromEntries(outputs) as Record<BlockOutput, Ref> };
}

/** Outputs of a block from hook_resid_mid on. */
type MlpOutput = 'ln2.mean' | 'ln2.inv_std' | 'pre' | 'post' | 'mlp_out' | 'resid_post';
type AttentionOutput = Exclude<BlockOutput, MlpOutput>;

/** The first half of a block alone, for runs of which only some rows go on. Inputs as of a block. */
export function attentionGraph(
  checkpoint: Checkpoint,
  layer: number,
  options: Pick<BlockOptions, 'past'>,
): BuiltGraph<AttentionOutput> {
  const g = new GraphBuilder(`attention_${layer}`);
  const outputs = new Map<BlockOutput, Ref>();
  const k = blockContext(g, checkpoint, layer, options, outputs);
  attentionHalf(k, g.input('x', 'float', ['N', checkpoint.config.d_model]));
  return { model: g.build(), outputs: Object.fromEntries(outputs) as Record<AttentionOutput, Ref> };
}

/**
 * The second half of a block alone, for runs that leave another run at hook_resid_mid.
 * Inputs: `x` [N, d_model] (hook_resid_mid), `batch` int64 [2] as for a block.
 */
export function mlpGraph(checkpoint: Checkpoint, layer: number): BuiltGraph<MlpOutput> {
  const g = new GraphBuilder(`mlp_${layer}`);
  const outputs = new Map<BlockOutput, Ref>();
  const k = blockContext(g, checkpoint, layer, {}, outputs);
  mlp(k, g.input('x', 'float', ['N', checkpoint.config.d_model]));
  return { model: g.build(), outputs: Object.fromEntries(outputs) as Record<MlpOutput, Ref> };
}

/** hook_resid_pre -> hook_resid_mid. */
function attentionHalf(k: BlockContext, x: Ref): Ref {
  const z = attention(k, layerNorm(k, x, 'ln_1', 'ln1'));
  const attnOut = k.hook('attn_out', k.linear(z, 'attn.c_proj'));
  return k.hook('resid_mid', k.g.op('Add', [x, attnOut]));
}

function mlp(k: BlockContext, residMid: Ref): void {
  const normalized = layerNorm(k, residMid, 'ln_2', 'ln2');
  const pre = k.hook('pre', k.linear(normalized, 'mlp.c_fc'));
  const post = k.hook('post', activation(k, pre));
  const mlpOut = k.hook('mlp_out', k.linear(post, 'mlp.c_proj'));
  k.hook('resid_post', k.g.op('Add', [residMid, mlpOut]));
}

function blockContext(
  g: GraphBuilder,
  checkpoint: Checkpoint,
  layer: number,
  options: BlockOptions,
  outputs: Map<BlockOutput, Ref>,
): BlockContext {
  const asked = new Set<string>(options.edits);
  const weight = (name: string): Ref => g.weight(weightEntry(checkpoint, `h.${layer}.${name}`));
  const edited = (point: EditPoint, ref: Ref): Ref | null => {
    if (!asked.has(point)) return null;
    const [keep, value] = editInputs(g, point, EDIT_SHAPES[point]);
    return g.op('Add', [g.op('Mul', [ref, keep]), value]);
  };
  return {
    g,
    config: checkpoint.config,
    layer,
    past: options.past ?? 'none',
    batch: g.input('batch', 'int64', [2]),
    weight,
    hook: (name, ref) => {
      const hooked = (name in EDIT_SHAPES ? edited(name as EditPoint, ref) : null) ?? ref;
      outputs.set(name, hooked);
      g.output(hooked);
      return hooked;
    },
    edited,
    linear: (x, name) => g.op('Gemm', [x, weight(`${name}.weight`), weight(`${name}.bias`)]),
  };
}

/** The two inputs of an edit point; their dims may each be 1. */
export function editInputs(g: GraphBuilder, point: string, dims: readonly Dim[]): [Ref, Ref] {
  const input = (part: 'keep' | 'value'): Ref =>
    g.input(
      `${point}.${part}`,
      'float',
      dims.map((dim) => `${point}_${part}_${dim}`),
    );
  return [input('keep'), input('value')];
}

/** @throws internal/bug: an opened checkpoint has every tensor of its architecture. */
export function weightEntry(checkpoint: Checkpoint, name: string): TensorEntry {
  const entry = checkpoint.tensors.get(name);
  if (!entry) throw bug(`checkpoint ${checkpoint.directory} has no ${name}`);
  return entry;
}

function layerNorm(k: BlockContext, x: Ref, weights: string, norm: NormPoint): Ref {
  const scale = { gain: k.weight(`${weights}.weight`), bias: k.weight(`${weights}.bias`) };
  const { normalized, mean, invStd } = normalize(k.g, x, scale, k.config.eps);
  const held = k.edited(norm, invStd);
  k.hook(`${norm}.mean`, mean);
  k.hook(`${norm}.inv_std`, held ?? invStd);
  return held === null ? normalized : holdScale(k.g, { x, normalized, mean, invStd, held, ...scale });
}

/** A LayerNorm inside a graph; `mean` and `invStd` (1 / sigma) are [N, 1]. */
export interface Normalized {
  /** After gain and bias, [N, d_model]. */
  readonly normalized: Ref;
  readonly mean: Ref;
  readonly invStd: Ref;
}

export function normalize(
  g: GraphBuilder,
  x: Ref,
  { gain, bias }: { readonly gain: Ref; readonly bias: Ref },
  eps: number,
): Normalized {
  const inputs = [x, gain, bias];
  const attributes = { axis: -1, epsilon: { float: eps } };
  const [normalized = '', mean = '', invStd = ''] = g.ops('LayerNormalization', inputs, attributes, 3);
  return { normalized, mean, invStd };
}

/**
 * (x - mean) * held * gain + bias. Rows whose scale is held at the value that they have anyway keep the fused
 * result, so that holding what is already so changes no bit.
 */
export function holdScale(
  g: GraphBuilder,
  k: Normalized & { readonly x: Ref; readonly held: Ref; readonly gain: Ref; readonly bias: Ref },
): Ref {
  const scaled = g.op('Mul', [g.op('Mul', [g.op('Sub', [k.x, k.mean]), k.held]), k.gain]);
  const same = g.op('Equal', [k.held, k.invStd]);
  return g.op('Where', [same, k.normalized, g.op('Add', [scaled, k.bias])]);
}

function activation(k: BlockContext, pre: Ref): Ref {
  switch (k.config.act_fn) {
    case 'gelu_new':
      return k.g.fused('FastGelu', [pre]);
    case 'gelu':
      return k.g.op('Gelu', [pre]);
    case 'relu':
      return k.g.op('Relu', [pre]);
    case 'silu':
      return k.g.op('Mul', [pre, k.g.op('Sigmoid', [pre])]);
  }
}
