import type { NodeMetrics } from '../../src/core/analysis/nodes/nodeRows.ts';
import { referenceForward, type ReferenceRun } from '../../src/core/model/gpt2.ts';
import type { Node } from '../../src/core/trace/node.ts';
import type { LogitScalar } from '../../src/core/trace/gradients/scalar.ts';
import type { OpenNodes } from './openNodes.ts';

type Columns = Omit<NodeMetrics, 'estimatedTotalEffect'>;
type Numbers = Float64Array | Float32Array;

/** Activation, write magnitude and direct effect of every node in float64, written out from the definitions. */
export function allReferenceNodes(
  nodes: Pick<OpenNodes, 'config' | 'weights' | 'reference' | 'ids'>,
  scalar: LogitScalar,
  { foldValueBiases }: { readonly foldValueBiases: boolean },
): Map<string, Columns> {
  const { config, weights, ids } = nodes;
  const { d_model, d_head, n_heads, d_mlp } = config;
  const found = new Map<string, Columns>();
  const { g, constant } = readingOf(nodes, scalar);
  const put = (name: string, position: number, activation: number, write: Numbers): void => {
    const norm = Math.sqrt(dot(write, write));
    found.set(name, {
      activation,
      writeMagnitude: Math.sign(activation) * norm,
      directEffect: position === scalar.position ? dot(write, g) : 0,
    });
  };
  const hook = (name: string): Numbers => nodes.reference.hooks.get(name)?.data ?? new Float64Array();
  found.set(`ln_f@${scalar.position}`, { activation: 1, writeMagnitude: 0, directEffect: constant });
  ids.forEach((_, t) => put(`E@${t}`, t, 1, row(hook('blocks.0.hook_resid_pre'), t, d_model)));
  for (let layer = 0; layer < config.n_layers; layer++) {
    const weight = (name: string): Numbers => weights(`h.${layer}.${name}`);
    const [post, pattern, v] = ['mlp.hook_post', 'attn.hook_pattern', 'attn.hook_v'].map((name) =>
      hook(`blocks.${layer}.${name}`),
    );
    const b_V = weight('attn.c_attn.bias').slice(2 * d_model);
    const W_O = weight('attn.c_proj.weight');
    const through = (values: Numbers, head: number): Float64Array => {
      const write = new Float64Array(d_model);
      for (let i = 0; i < d_head; i++) {
        for (let out = 0; out < d_model; out++)
          write[out] = (write[out] ?? 0) + (values[i] ?? 0) * (W_O[(head * d_head + i) * d_model + out] ?? 0);
      }
      return write;
    };
    const folded = new Float64Array(d_model);
    for (let head = 0; head < n_heads; head++) {
      through(b_V.slice(head * d_head), head).forEach((value, i) => (folded[i] = (folded[i] ?? 0) + value));
    }
    ids.forEach((_, t) => {
      for (let n = 0; n < d_mlp; n++) {
        const a = post?.[t * d_mlp + n] ?? 0;
        put(`L${layer}N${n}@${t}`, t, a, scaled(row(weight('mlp.c_proj.weight'), n, d_model), a));
      }
      for (let head = 0; head < n_heads; head++) {
        for (let u = 0; u <= t; u++) {
          const p = pattern?.[(head * ids.length + t) * ids.length + u] ?? 0;
          const own = row(v ?? [], u * n_heads + head, d_head);
          const value = own.map((each, i) => each - (foldValueBiases ? (b_V[head * d_head + i] ?? 0) : 0));
          put(`L${layer}H${head}@${t}->${u}`, t, p, scaled(through(value, head), p));
        }
      }
      put(`L${layer}.b_O@${t}`, t, 1, weight('attn.c_proj.bias'));
      put(`L${layer}.b_out@${t}`, t, 1, weight('mlp.c_proj.bias'));
      if (foldValueBiases) put(`L${layer}.b_V@${t}`, t, 1, folded);
    });
  }
  return found;
}

/** Gradient of a logit scalar at the final residual stream with the scale frozen, and what ln_f's bias adds. */
function readingOf(
  { config, weights, reference }: Pick<OpenNodes, 'config' | 'weights' | 'reference'>,
  { targets, distractors, position }: LogitScalar,
): { g: Float64Array; constant: number } {
  const { d_model, tied } = config;
  const W_U = weights(tied ? 'wte.weight' : 'lm_head.weight');
  const coefficients = new Float64Array(d_model);
  const addTokens = (ids: readonly number[], sign: number): void => {
    for (const id of ids) {
      for (let i = 0; i < d_model; i++)
        coefficients[i] = (coefficients[i] ?? 0) + (sign * (W_U[id * d_model + i] ?? 0)) / ids.length;
    }
  };
  addTokens(targets, 1);
  addTokens(distractors, -1);
  const gain = weights('ln_f.weight');
  const u = coefficients.map((value, i) => value * (gain[i] ?? 0));
  const mean = u.reduce((sum, value) => sum + value, 0) / d_model;
  const scale = reference.hooks.get('ln_final.hook_scale')?.data[position] ?? Number.NaN;
  return { g: u.map((value) => (value - mean) / scale), constant: dot(weights('ln_f.bias'), coefficients) };
}

/** The scalar when a node's activation is multiplied, the final LayerNorm's scale held at its clean value. */
export function nudgedScalar(
  { config, weights, reference, ids }: Pick<OpenNodes, 'config' | 'weights' | 'reference' | 'ids'>,
  scalar: LogitScalar,
  node: Node,
  factor: number,
): number {
  const run = referenceForward(config, weights, ids, (hook, values) => {
    if (hook === 'ln_final.hook_scale') values.set(reference.hooks.get(hook)?.data ?? []);
    for (const index of activationIndices(node, hook, config, ids.length))
      values[index] = (values[index] ?? 0) * factor;
  });
  return scalarOf(run, scalar, config.d_vocab);
}

function activationIndices(
  node: Node,
  hook: string,
  { d_mlp, d_model }: OpenNodes['config'],
  size: number,
): number[] {
  if (node.kind === 'neuron' && hook === `blocks.${node.layer}.mlp.hook_post`)
    return [node.position * d_mlp + node.neuron];
  if (node.kind === 'head' && hook === `blocks.${node.layer}.attn.hook_pattern`)
    return [(node.head * size + node.position) * size + node.source];
  if (node.kind === 'embedding' && hook === 'blocks.0.hook_resid_pre')
    return Array.from({ length: d_model }, (_, i) => node.position * d_model + i);
  return [];
}

function scalarOf({ logits }: ReferenceRun, scalar: LogitScalar, d_vocab: number): number {
  const mean = (ids: readonly number[]): number =>
    ids.reduce((sum, id) => sum + (logits.data[scalar.position * d_vocab + id] ?? Number.NaN), 0) /
    ids.length;
  return mean(scalar.targets) - (scalar.distractors.length > 0 ? mean(scalar.distractors) : 0);
}

function row(values: ArrayLike<number>, index: number, width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, i) => values[index * width + i] ?? 0);
}

function scaled(values: Float64Array, factor: number): Float64Array {
  return values.map((value) => value * factor);
}

function dot(a: Numbers, b: Numbers): number {
  let sum = 0;
  a.forEach((value, i) => (sum += value * (b[i] ?? 0)));
  return sum;
}
