import { bug } from '../../errors.ts';
import { attentionGraph, mlpGraph } from '../../graph/block.ts';
import { fetchTensors, KeptGraphs, need } from '../../graph/keptGraphs.ts';
import {
  attentionWriteGraph,
  blockConstantsGraph,
  mlpWriteGraph,
  neuronRowsGraph,
} from '../../graph/nodeGraphs.ts';
import { ints, type SessionFactory, type WeightPolicy } from '../../graph/session.ts';
import type { Checkpoint } from '../../model/checkpoint.ts';
import type { ModelConfig } from '../../model/config.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { MAX_LOGITS, type Past, type Runner } from '../runner.ts';
import type { SaeRunner } from '../saeRunner.ts';

/** What edited runs need of an open model. */
export interface VariantSource {
  readonly checkpoint: Checkpoint;
  readonly sessions: SessionFactory;
  /** As the model's blocks are held. */
  readonly policy: WeightPolicy;
  readonly runner: Runner;
  /** By id. */
  readonly saes: ReadonlyMap<string, SaeRunner>;
}

/** Rows of a matrix product are at least two: ONNX Runtime multiplies a single row by another kernel. */
export const LEAST_ROWS = 2;

/**
 * Parts of one model that edited runs read beside its blocks; one per open model. Sessions are made when first needed
 * and never prepacked.
 */
export class VariantModel {
  readonly source: VariantSource;
  private readonly graphs: KeptGraphs;

  constructor(source: VariantSource) {
    this.source = source;
    this.graphs = new KeptGraphs(source.sessions, source.policy);
  }

  get config(): ModelConfig {
    return this.source.checkpoint.config;
  }

  get runner(): Runner {
    return this.source.runner;
  }

  /** @throws internal/bug: edits name SAEs that are attached. */
  sae(id: string): SaeRunner {
    const found = this.source.saes.get(id);
    if (!found) throw bug(`no SAE ${id} is attached`);
    return found;
  }

  /** hook_resid_pre of a batch of runs -> their hook_resid_mid, [batch * T, d_model]. At least two rows. */
  async attention(layer: number, x: Tensor, batch: number, past: Past | null): Promise<Tensor> {
    const kind = past ? 'shared' : 'none';
    const graph = () => attentionGraph(this.source.checkpoint, layer, { past: kind });
    const own = { x, batch: ints([batch, (x.dims[0] ?? 0) / batch]) };
    const feeds = past ? { ...own, past_k: past.k, past_v: past.v } : own;
    const { resid_mid } = await this.graphs.run(`attention:${layer}:${kind}`, graph, feeds, ['resid_mid']);
    return resid_mid;
  }

  /** hook_resid_mid rows -> hook_resid_post rows, [N, d_model]. */
  async mlp(layer: number, mid: Tensor): Promise<Tensor> {
    const x = atLeastTwo(mid);
    const graph = () => mlpGraph(this.source.checkpoint, layer);
    const feeds = { x, batch: ints([1, x.dims[0] ?? 0]) };
    const { resid_post } = await this.graphs.run(`mlp:${layer}`, graph, feeds, ['resid_post']);
    return firstRows(resid_post, mid.dims[0] ?? 0);
  }

  /** Rows of hook_z [N, head * d_head] as the heads write them, without b_O. [N, d_model]. */
  async attentionWrite(layer: number, z: Tensor): Promise<Tensor> {
    const graph = () => attentionWriteGraph(this.source.checkpoint, layer);
    const { write } = await this.graphs.run(`attentionWrite:${layer}`, graph, { z: atLeastTwo(z) }, [
      'write',
    ]);
    return firstRows(write, z.dims[0] ?? 0);
  }

  /** Rows of mlp.hook_post [N, d_mlp] as the neurons write them, without b_out. [N, d_model]. */
  async mlpWrite(layer: number, post: Tensor): Promise<Tensor> {
    const graph = () => mlpWriteGraph(this.source.checkpoint, layer);
    const feeds = { post: atLeastTwo(post) };
    const { write } = await this.graphs.run(`mlpWrite:${layer}`, graph, feeds, ['write']);
    return firstRows(write, post.dims[0] ?? 0);
  }

  /** W_out of some neurons, [N, d_model]. */
  async neuronRows(layer: number, neurons: readonly number[]): Promise<Tensor> {
    const graph = () => neuronRowsGraph(this.source.checkpoint, layer);
    const { rows } = await this.graphs.run(`neuronRows:${layer}`, graph, { indices: ints(neurons) }, [
      'rows',
    ]);
    return rows;
  }

  /** Biases of one block: `b_O`, `b_out` [d_model]; `b_V_write` through W_O [head, d_model]. */
  async biases(layer: number): Promise<{ b_O: Tensor; b_out: Tensor; b_V_write: Tensor }> {
    const graph = () => blockConstantsGraph(this.source.checkpoint, layer);
    const names = ['b_O', 'b_out', 'b_V_write'] as const;
    const read = await this.graphs.run(`constants:${layer}`, graph, { one: ONE }, names);
    return { b_O: read.b_O, b_out: read.b_out, b_V_write: read.b_V_write };
  }

  /** ln p of one token at every row of [N, d_model]; 1/sigma of the final LayerNorm is live where it is null. */
  async logProb(x: Tensor, token: number, invStd: readonly (number | null)[]): Promise<Float64Array> {
    const graph = await this.runner.graphs.surprise({ scale: 'held' });
    const { d_vocab, d_model } = this.config;
    const step = Math.max(LEAST_ROWS, Math.floor(MAX_LOGITS / d_vocab));
    const count = x.dims[0] ?? 0;
    const result = new Float64Array(count);
    for (let start = 0; start < count; start += step) {
      const part = Math.min(step, count - start);
      const rows = atLeastTwo(
        tensor([part, d_model], x.data.subarray(start * d_model, (start + part) * d_model)),
      );
      const n = rows.dims[0] ?? 0;
      const scale = (of: (held: number | null) => number): Tensor =>
        tensor(
          [n, 1],
          Float32Array.from({ length: n }, (_, row) => of(invStd[start + row] ?? null)),
        );
      const feeds = {
        x: rows,
        next: ints(
          Array.from({ length: n }, () => token),
          [n, 1],
        ),
        'ln_final.keep': scale((held) => (held === null ? 1 : 0)),
        'ln_final.value': scale((held) => held ?? 0),
      };
      const read = await fetchTensors(graph, feeds, ['log_prob']);
      result.set(need(read, 'log_prob').data.subarray(0, part), start);
    }
    return result;
  }

  release(): Promise<void> {
    return this.graphs.release();
  }
}

const ONE: Tensor = { dims: [1], data: Float32Array.of(1) };

/** A single row twice; other tensors as they are. */
export function atLeastTwo(x: Tensor): Tensor {
  const [rows = 0, width = 1] = x.dims;
  if (rows >= LEAST_ROWS) return x;
  const data = new Float32Array(LEAST_ROWS * width);
  for (let row = 0; row < LEAST_ROWS; row++) data.set(x.data, row * width);
  return tensor([LEAST_ROWS, width], data);
}

function firstRows(x: Tensor, count: number): Tensor {
  const width = x.dims[1] ?? 1;
  return x.dims[0] === count ? x : tensor([count, width], x.data.subarray(0, count * width));
}
