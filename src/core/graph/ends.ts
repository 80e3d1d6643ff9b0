import type { Checkpoint } from '../model/checkpoint.ts';
import { editInputs, holdScale, normalize, weightEntry, type Normalized } from './block.ts';
import { GraphBuilder, type GraphModel, type Ref } from './graphBuilder.ts';

/** The start of the model, before the first block. */
export interface EmbedGraph {
  readonly model: GraphModel;
  /** `embed`, `pos_embed` and their sum `resid_pre`, each [N, d_model]. */
  readonly outputs: { readonly embed: Ref; readonly pos_embed: Ref; readonly resid_pre: Ref };
}

/** Token and position embedding. Inputs: `ids`, `positions` int64 [N]. */
export function embedGraph(checkpoint: Checkpoint): EmbedGraph {
  const g = new GraphBuilder('embed');
  const ids = g.input('ids', 'int64', ['N']);
  const positions = g.input('positions', 'int64', ['N']);
  const embed = g.gatherWeight(weightEntry(checkpoint, 'wte.weight'), ids);
  const posEmbed = g.gatherWeight(weightEntry(checkpoint, 'wpe.weight'), positions);
  const residPre = g.op('Add', [embed, posEmbed]);
  for (const ref of [embed, posEmbed, residPre]) g.output(ref);
  return { model: g.build(), outputs: { embed, pos_embed: posEmbed, resid_pre: residPre } };
}

/** The final LayerNorm's statistics, [N, 1] each. */
export interface EndNormGraph {
  readonly model: GraphModel;
  readonly outputs: { readonly mean: Ref; readonly inv_std: Ref };
}

/** Whether the final LayerNorm's scale is the run's own. */
export interface EndOptions {
  /**
   * `held` adds the inputs `ln_final.keep` and `ln_final.value` [N or 1, 1]: the scale becomes
   * keep * inv_std + value.
   */
  readonly scale?: 'live' | 'held';
}

/** Final LayerNorm alone. Input: `x` [N, d_model]. Outputs: LayerNorm's `mean` and `inv_std` [N, 1]. */
export function endNormGraph(checkpoint: Checkpoint, options: EndOptions = {}): EndNormGraph {
  const g = new GraphBuilder('end_norm');
  const { mean, invStd } = endNorm(g, checkpoint, options);
  for (const ref of [mean, invStd]) g.output(ref);
  return { model: g.build(), outputs: { mean, inv_std: invStd } };
}

/** The end of the model, after the last block. `logits` [N, d_vocab]. */
export interface UnembedGraph {
  readonly model: GraphModel;
  readonly outputs: { readonly logits: Ref };
}

/** Final LayerNorm and unembedding. Input: `x` [N, d_model]. Output: `logits` [N, d_vocab]. */
export function unembedGraph(checkpoint: Checkpoint, options: EndOptions = {}): UnembedGraph {
  const g = new GraphBuilder('unembed');
  const logits = unembed(g, checkpoint, options);
  g.output(logits);
  return { model: g.build(), outputs: { logits } };
}

/** The end of a trace; shapes as `surpriseGraph` states them. */
export interface SurpriseGraph {
  readonly model: GraphModel;
  readonly outputs: Readonly<Record<'log_prob' | 'entropy' | 'rank' | 'last', Ref>>;
}

/**
 * How well each row foresaw a given token, reduced inside the graph so that [N, d_vocab] never leaves it.
 * Inputs: `x` [N, d_model], `next` int64 [N, 1]. Outputs [N, 1]: `log_prob` and `entropy` in nats,
 * `rank` (float; 1 = most likely; ties share the better rank); `last` [1, d_vocab]: the last row's logits, so that
 * a trace needs no second session that maps the table.
 */
export function surpriseGraph(checkpoint: Checkpoint, options: EndOptions = {}): SurpriseGraph {
  const g = new GraphBuilder('surprise');
  const logits = unembed(g, checkpoint, options);
  const next = g.input('next', 'int64', ['N', 1]);
  const logProbs = g.op('LogSoftmax', [logits], { axis: -1 });
  const last = g.ints([-1]);
  const logProb = g.op('GatherElements', [logProbs, next], { axis: 1 });
  const entropy = g.op('Neg', [
    g.op('ReduceSum', [g.op('Mul', [g.op('Exp', [logProbs]), logProbs]), last], { keepdims: 1 }),
  ]);
  const better = g.castToFloat(g.op('Greater', [logProbs, logProb]));
  const rank = g.op('Add', [g.op('ReduceSum', [better, last], { keepdims: 1 }), g.float(1)]);
  const lastRow = g.op('Gather', [logits, last], { axis: 0 });
  for (const ref of [logProb, entropy, rank, lastRow]) g.output(ref);
  return { model: g.build(), outputs: { log_prob: logProb, entropy, rank, last: lastRow } };
}

function unembed(g: GraphBuilder, checkpoint: Checkpoint, options: EndOptions): Ref {
  const { normalized } = endNorm(g, checkpoint, options);
  const table = g.weight(weightEntry(checkpoint, checkpoint.config.tied ? 'wte.weight' : 'lm_head.weight'));
  return g.op('Gemm', [normalized, table], { transB: 1 });
}

function endNorm(g: GraphBuilder, checkpoint: Checkpoint, options: EndOptions): Normalized {
  const { config } = checkpoint;
  const x = g.input('x', 'float', ['N', config.d_model]);
  const gain = g.weight(weightEntry(checkpoint, 'ln_f.weight'));
  const bias = g.weight(weightEntry(checkpoint, 'ln_f.bias'));
  const live = normalize(g, x, { gain, bias }, config.eps);
  if (options.scale !== 'held') return live;
  const [keep, value] = editInputs(g, 'ln_final', ['N', 'one']);
  const held = g.op('Add', [g.op('Mul', [live.invStd, keep]), value]);
  return { ...live, invStd: held, normalized: holdScale(g, { ...live, x, gain, bias, held }) };
}
