import type { Checkpoint } from '../model/checkpoint.ts';
import { attentionBackward } from './attentionBackward.ts';
import { EDIT_SHAPES, weightEntry, type BlockOutput, type EditPoint } from './block.ts';
import { GraphBuilder, type GraphModel, type Ref } from './graphBuilder.ts';
import { activationSlope } from './activationSlope.ts';

/**
 * Gradients that a backward graph gives, each in the layout of the block graph's output of that name (`resid_pre`
 * as its input `x`). At an edited hook it is the gradient with respect to the edited value.
 */
export const BACKWARD_OUTPUTS = [
  'resid_post',
  'mlp_out',
  'post',
  'pre',
  'resid_mid',
  'attn_out',
  'z',
  'pattern',
  'scores',
  'q',
  'k',
  'v',
  'resid_pre',
] as const;
export type BackwardOutput = (typeof BACKWARD_OUTPUTS)[number];

/** Hooks that a gradient may be added to on the way down. */
export type SeedPoint = Exclude<BackwardOutput, 'resid_pre' | 'resid_post'>;

/** What a backward graph is fed of the forward run, under the block graph's names; `x` is its input. */
export type Saved = 'x' | BlockOutput;

/** What a backward graph is written for: edits of the run, gradients added on the way, few rows or all. */
export interface BackwardOptions {
  /**
   * Points at which the run was edited. Each adds the input `{point}.keep`, as the forward graph has it:
   * hook = keep * h + value passes keep * gradient on. For `ln1`, `ln2`: keep 0 = the scale was held.
   */
  readonly edits?: readonly EditPoint[];
  /** Hooks with an input `{hook}.seed` in the hook's own layout: added to the gradient there. */
  readonly seeds?: readonly SeedPoint[];
  /**
   * `some`: the gradient comes in at a few rows only, which the int64 input `rows` [R] lists. Gradients (`dy`, seeds,
   * outputs) at `ROW_HOOKS` are then [R, width], so that the MLP is passed for these rows alone. Not with edits.
   */
  readonly rows?: 'all' | 'some';
}

/** Hooks whose gradients are those of some rows only, in a graph of some rows. */
export const ROW_HOOKS: readonly BackwardOutput[] = [
  'resid_post',
  'mlp_out',
  'post',
  'pre',
  'resid_mid',
  'attn_out',
];
/** Name of the input that lists rows. */
export const ROWS = 'rows';

/** Inputs of a backward graph beside `dy`, keeps and seeds. */
export function savedInputs({ edits = [] }: BackwardOptions): readonly Saved[] {
  return edits.includes('pattern') ? [...SAVED, 'scores'] : SAVED;
}

const SAVED: readonly Saved[] = [
  'x',
  'ln1.mean',
  'ln1.inv_std',
  'q',
  'k',
  'v',
  'pattern',
  'resid_mid',
  'ln2.mean',
  'ln2.inv_std',
  'pre',
];

/** A block's backward pass, ready to be loaded. */
export interface BackwardGraph {
  readonly model: GraphModel;
  /** Name in the graph of each gradient; hooks that share one tensor have the same. `dy` itself is not an output. */
  readonly outputs: Readonly<Record<BackwardOutput, Ref>>;
}

/** Name of the input gradient at hook_resid_post, [N, d_model]. */
export const INPUT_GRADIENT = 'dy';

/** What the parts of a backward graph share while it is written. */
export interface BackwardContext {
  readonly g: GraphBuilder;
  readonly checkpoint: Checkpoint;
  readonly layer: number;
  readonly edits: ReadonlySet<EditPoint>;
  /** Records the gradient at a hook; returns the gradient of what the hook had before its edit. */
  hook(name: BackwardOutput, ref: Ref): Ref;
  /** gradient [N, out] -> [N, in] through a linear layer. */
  linear(gradient: Ref, name: string): Ref;
  /** A saved tensor [N, width] at the rows that gradients come in at. */
  atRows(saved: Ref): Ref;
  /** Gradients [R, width] at these rows -> [N, width], 0 elsewhere. */
  spread(gradient: Ref, width: number): Ref;
  weight(name: string): Ref;
  /** Factor [N or 1, 1] of the part of a LayerNorm's gradient that goes through its scale; null = 1. */
  live(norm: 'ln1' | 'ln2'): Ref | null;
}

/**
 * Vector-Jacobian product of one block, by hand: the inference runtime has no gradient ops. Weights are the very
 * initializers of the forward graph, read transposed. Source: the chain rule; formulas beside each part.
 */
export function backwardGraph(
  checkpoint: Checkpoint,
  layer: number,
  options: BackwardOptions = {},
): BackwardGraph {
  const outputs = new Map<BackwardOutput, Ref>();
  const b = context(checkpoint, layer, options, outputs);
  const { g } = b;
  const { d_model } = checkpoint.config;

  const residPost = b.hook('resid_post', g.input(INPUT_GRADIENT, 'float', ['N', d_model]));
  const mlpOut = b.hook('mlp_out', residPost);
  const post = b.hook('post', b.linear(mlpOut, 'mlp.c_proj'));
  const slope = activationSlope(g, checkpoint.config.act_fn, b.atRows('pre'));
  const pre = b.hook('pre', g.op('Mul', [post, slope]));
  const mlpIn = layerNormBackward(b, b.linear(pre, 'mlp.c_fc'), 'ln2');
  const residMid = b.hook('resid_mid', g.op('Add', [residPost, mlpIn]));
  const qkv = attentionBackward(b, b.hook('attn_out', residMid));
  const attnIn = layerNormBackward(b, b.linear(qkv, 'attn.c_attn'), 'ln1');
  b.hook('resid_pre', g.op('Add', [b.spread(residMid, d_model), attnIn]));

  return { model: g.build(), outputs: Object.fromEntries(outputs) as Record<BackwardOutput, Ref> };
}

function context(
  checkpoint: Checkpoint,
  layer: number,
  options: BackwardOptions,
  outputs: Map<BackwardOutput, Ref>,
): BackwardContext {
  const { edits = [], seeds = [] } = options;
  const g = new GraphBuilder(`backward_${layer}`);
  const rows = options.rows === 'some' ? g.input(ROWS, 'int64', ['R']) : null;
  for (const name of savedInputs(options)) input(g, name, name);
  const asked = new Set<string>(edits);
  const seeded = new Set<string>(seeds);
  const keep = (point: string): Ref | null => {
    if (!asked.has(point)) return null;
    const dims = EDIT_SHAPES[point as EditPoint];
    return g.input(
      `${point}.keep`,
      'float',
      dims.map((dim) => `${point}_keep_${dim}`),
    );
  };
  const weight = (name: string): Ref => g.weight(weightEntry(checkpoint, `h.${layer}.${name}`));
  return {
    g,
    checkpoint,
    layer,
    edits: new Set(edits),
    weight,
    hook: (name, ref) => {
      const own = seeded.has(name) ? g.op('Add', [ref, input(g, name, `${name}.seed`)]) : ref;
      outputs.set(name, own);
      if (own !== INPUT_GRADIENT) g.output(own);
      const kept = keep(name);
      return kept === null ? own : g.op('Mul', [own, kept]);
    },
    linear: (gradient, name) => g.fused('FusedMatMul', [gradient, weight(`${name}.weight`)], { transB: 1 }),
    live: keep,
    atRows: (saved) => (rows === null ? saved : g.op('Gather', [saved, rows])),
    spread: (gradient, width) => (rows === null ? gradient : spreadRows(g, gradient, rows, width)),
  };
}

/** [R, width] at `rows` -> [N, width], N as of the block's input. */
function spreadRows(g: GraphBuilder, gradient: Ref, rows: Ref, width: number): Ref {
  const count = g.op('Shape', ['x'], { start: 0, end: 1 });
  const zeros = g.op('ConstantOfShape', [g.op('Concat', [count, g.ints([width])], { axis: 0 })]);
  return g.op('ScatterND', [zeros, g.op('Unsqueeze', [rows, g.ints([1])]), gradient]);
}

/** Of saved tensors with a head axis; the others are [N, width]. */
const RANK: Readonly<Partial<Record<string, number>>> = { q: 4, k: 4, v: 4, scores: 4, pattern: 4, z: 4 };

function input(g: GraphBuilder, hook: Saved | BackwardOutput, name: Ref): Ref {
  const dims = Array.from({ length: RANK[hook] ?? 2 }, (_, axis) => `${name}_${axis}`);
  return g.input(name, 'float', dims);
}

/**
 * Gradient after gain and bias -> gradient at the LayerNorm's input. With g = gradient * gain and
 * xhat = (x - mean) / sigma: (g - mean(g) - live * xhat * mean(g * xhat)) / sigma.
 */
function layerNormBackward(b: BackwardContext, gradient: Ref, norm: 'ln1' | 'ln2'): Ref {
  const { g } = b;
  const last = g.ints([-1]);
  const own = norm === 'ln1' ? (saved: Ref): Ref => saved : b.atRows;
  const x = own(norm === 'ln1' ? 'x' : 'resid_mid');
  const invStd = own(`${norm}.inv_std`);
  const scaled = g.op('Mul', [gradient, b.weight(norm === 'ln1' ? 'ln_1.weight' : 'ln_2.weight')]);
  const xhat = g.op('Mul', [g.op('Sub', [x, own(`${norm}.mean`)]), invStd]);
  const mean = g.op('ReduceMean', [scaled, last], { keepdims: 1 });
  const along = g.op('ReduceMean', [g.op('Mul', [scaled, xhat]), last], { keepdims: 1 });
  const live = b.live(norm);
  const through = g.op('Mul', [xhat, live === null ? along : g.op('Mul', [along, live])]);
  return g.op('Mul', [g.op('Sub', [g.op('Sub', [scaled, mean]), through]), invStd]);
}
