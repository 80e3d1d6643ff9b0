import { KeptGraphs } from '../../graph/keptGraphs.ts';
import {
  attentionWriteGraph,
  blockConstantsGraph,
  blockReadsGraph,
  finalNormGraph,
  headValuesGraph,
  latentReadsGraph,
  latentRowsGraph,
  latentWritesGraph,
  mlpWriteGraph,
  neuronReadsGraph,
  neuronRowsGraph,
  vocabularyGraph,
  type BlockConstant,
} from '../../graph/nodeGraphs.ts';
import type { SaeWeights } from '../../graph/saeMatrix.ts';
import { ints, type SessionFactory, type WeightPolicy } from '../../graph/session.ts';
import type { Checkpoint } from '../../model/checkpoint.ts';
import type { ModelConfig } from '../../model/config.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';

/** By name, in the shapes that `blockConstantsGraph` states. */
export type BlockConstants = Readonly<Record<BlockConstant, Tensor>>;

/** Latent rows are gathered at most so many numbers at a time: 64 MB. */
const MAX_GATHERED = 16_000_000;

/**
 * What node tables read of a model's weights. One per open model; sessions are made when first needed and kept,
 * constants are computed once. Nothing here depends on a prompt.
 */
export class NodeReads {
  readonly config: ModelConfig;
  private readonly checkpoint: Checkpoint;
  private readonly graphs: KeptGraphs;
  private readonly constants = new Map<number, Promise<BlockConstants>>();
  /** By the tensors of an opened SAE, which stay the same object while callers wrap the SAE anew. */
  private readonly saeKeys = new WeakMap<SaeWeights['tensors'], string>();
  private saeCount = 0;

  /** `policy` as the model's blocks are held; nothing is ever prepacked here: products are of few rows. */
  constructor(checkpoint: Checkpoint, sessions: SessionFactory, policy: WeightPolicy) {
    this.config = checkpoint.config;
    this.checkpoint = checkpoint;
    this.graphs = new KeptGraphs(sessions, policy);
  }

  /** Norms and biases of one block: see `blockConstantsGraph`. */
  block(layer: number): Promise<BlockConstants> {
    const known = this.constants.get(layer);
    if (known) return known;
    const computed = this.graphs.run(
      `constants:${layer}`,
      () => blockConstantsGraph(this.checkpoint, layer),
      {
        one: ONE,
      },
    );
    this.constants.set(layer, computed);
    computed.catch(() => this.constants.delete(layer));
    return computed;
  }

  /** W_out[n] . g of every row of `g` [R, d_model] -> [R, d_mlp], and g W_O^T [R, head * d_head]. */
  along(layer: number, g: Tensor): Promise<Readonly<Record<'neurons' | 'z', Tensor>>> {
    return this.graphs.run(`reads:${layer}`, () => blockReadsGraph(this.checkpoint, layer), { g });
  }

  /** V_h(u) . z [head, R, T] and |V_h(u) W_O,h| [head, T], of v [head, T, d_head] and z [head, R, d_head]. */
  async headValues(
    layer: number,
    v: Tensor,
    z: Tensor,
  ): Promise<Readonly<Record<'pairs' | 'norms', Tensor>>> {
    const { gram } = await this.block(layer);
    return this.graphs.run('headValues', () => headValuesGraph(this.config), { v, z, gram });
  }

  /** Rows of hook_z [N, head * d_head] as they are written, without b_O. [N, d_model]. */
  async attentionWrite(layer: number, z: Tensor): Promise<Tensor> {
    const key = `attentionWrite:${layer}`;
    return (await this.graphs.run(key, () => attentionWriteGraph(this.checkpoint, layer), { z })).write;
  }

  /** Rows of mlp.hook_post [N, d_mlp] as they are written, without b_out. [N, d_model]. */
  async mlpWrite(layer: number, post: Tensor): Promise<Tensor> {
    const key = `mlpWrite:${layer}`;
    return (await this.graphs.run(key, () => mlpWriteGraph(this.checkpoint, layer), { post })).write;
  }

  /** W_out[n]. [d_model]. */
  async neuronRow(layer: number, neuron: number): Promise<Float32Array> {
    const feeds = { indices: ints([neuron]) };
    return (
      await this.graphs.run(`neuronRows:${layer}`, () => neuronRowsGraph(this.checkpoint, layer), feeds)
    ).rows.data;
  }

  /** (x * gain of ln_2) W_in of directions of the residual stream [N, d_model] -> [N, d_mlp]. */
  async intoNeurons(layer: number, x: Tensor): Promise<Tensor> {
    return (
      await this.graphs.run(`intoNeurons:${layer}`, () => neuronReadsGraph(this.checkpoint, layer), { x })
    ).neurons;
  }

  /** Directions at a SAE's hook [N, d_in] against every encoder column: see `latentReadsGraph`. [N, d_sae]. */
  async intoLatents(sae: SaeWeights, x: Tensor): Promise<Tensor> {
    return (await this.graphs.run(this.saeKey('into', sae), () => latentReadsGraph(sae), { x })).latents;
  }

  /** W_dec[i] . x of every latent [N, d_sae], and |W_dec[i]| [d_sae]; the rows as stored. */
  alongLatents(sae: SaeWeights, x: Tensor): Promise<Readonly<Record<'latents' | 'norms', Tensor>>> {
    return this.graphs.run(this.saeKey('along', sae), () => latentWritesGraph(sae), { x });
  }

  /** x [N, d_model] against the rows of W_E or W_U. [N, d_vocab]. */
  async vocabulary(table: 'W_E' | 'W_U', x: Tensor): Promise<Tensor> {
    const key = this.config.tied ? 'vocabulary' : `vocabulary:${table}`;
    return (await this.graphs.run(key, () => vocabularyGraph(this.checkpoint, table), { x })).scores;
  }

  /** Gain and bias of the final LayerNorm, [d_model] each. */
  finalNorm(): Promise<Readonly<Record<'gain' | 'bias', Tensor>>> {
    return this.graphs.run('finalNorm', () => finalNormGraph(this.checkpoint), { one: ONE });
  }

  /**
   * W_dec[i] . g, W_dec[i] . h and |W_dec[i]| of the latents of each token: `indices` [N, K], gradients [N, d_in].
   * Each [N, K]. The stored rows: what `rescale_acts_by_decoder_norm` does to them is the caller's.
   */
  async latentsAlong(
    sae: SaeWeights,
    latents: { readonly rows: number; readonly k: number; readonly indices: Int32Array },
    gradients: { readonly g: Float32Array; readonly h: Float32Array },
  ): Promise<{ alongG: Float32Array; alongH: Float32Array; norms: Float32Array }> {
    const { rows, k, indices } = latents;
    const { d_in } = sae.config;
    const result = {
      alongG: new Float32Array(rows * k),
      alongH: new Float32Array(rows * k),
      norms: new Float32Array(rows * k),
    };
    const step = Math.max(1, Math.floor(MAX_GATHERED / (k * d_in)));
    for (let start = 0; start < rows; start += step) {
      const count = Math.min(step, rows - start);
      const part = (values: Float32Array): Tensor =>
        tensor([count, d_in], values.subarray(start * d_in, (start + count) * d_in));
      const feeds = {
        indices: ints(indices.subarray(start * k, (start + count) * k), [count, k]),
        g: part(gradients.g),
        h: part(gradients.h),
      };
      const graph = () => latentRowsGraph(sae);
      const read = await this.graphs.run(this.saeKey('rows', sae), graph, feeds, [
        'alongG',
        'alongH',
        'norms',
      ]);
      for (const name of ['alongG', 'alongH', 'norms'] as const) result[name].set(read[name].data, start * k);
    }
    return result;
  }

  /** W_dec[i] of some latents, as stored. [M, d_in]. */
  async latentRows(sae: SaeWeights, indices: readonly number[] | Int32Array): Promise<Tensor> {
    const { d_in } = sae.config;
    const none = tensor([1, d_in], new Float32Array(d_in));
    const feeds = { indices: ints(indices, [1, indices.length]), g: none, h: none };
    const { rows } = await this.graphs.run(this.saeKey('rows', sae), () => latentRowsGraph(sae), feeds, [
      'rows',
    ]);
    return tensor([indices.length, d_in], rows.data);
  }

  release(): Promise<void> {
    return this.graphs.release();
  }

  private saeKey(what: string, sae: SaeWeights): string {
    const known = this.saeKeys.get(sae.tensors) ?? `sae${this.saeCount++}`;
    this.saeKeys.set(sae.tensors, known);
    return `${known}:${what}`;
  }
}

const ONE: Tensor = { dims: [1], data: Float32Array.of(1) };
