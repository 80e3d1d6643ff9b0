import { bug } from '../errors.ts';
import {
  saeActsGraph,
  saeDecodeGraph,
  saeEncodeGraph,
  type SaeActsGraph,
  type SaeDecodeGraph,
  type SaeEncodeGraph,
} from '../graph/saeGraphs.ts';
import type { SaeWeights } from '../graph/saeMatrix.ts';
import { latentWeightsGraph, type LatentWeight, type LatentWeightsGraph } from '../graph/weightReads.ts';
import { ints, type GraphSession, type SessionFactory, type WeightPolicy } from '../graph/session.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Active latents of N rows, exact: K is the largest number of active latents of any row, of topk SAEs their k. */
export interface SparseActs {
  readonly rows: number;
  readonly k: number;
  /** [N, K], strongest first; entries past `counts[row]` are zero. */
  readonly values: Float32Array;
  /** [N, K]. */
  readonly indices: Int32Array;
  /** [N], active latents per row. */
  readonly counts: Int32Array;
  /** Undo of the input normalisation, [N or 1, 1] each: output = scale * decoded + shift. */
  readonly scale: Tensor;
  readonly shift: Tensor;
}

/** Encodes and decodes with one SAE. */
export class SaeRunner {
  readonly sae: SaeWeights;
  private readonly sessions: SessionFactory;
  private readonly policy: WeightPolicy;
  private readonly encodeGraph: SaeEncodeGraph;
  private readonly decodeGraph: SaeDecodeGraph;
  private encoder: Promise<GraphSession> | null = null;
  private decoder: Promise<GraphSession> | null = null;
  private dense: { readonly graph: SaeActsGraph; readonly session: Promise<GraphSession> } | null = null;
  private reader: { readonly graph: LatentWeightsGraph; readonly session: Promise<GraphSession> } | null =
    null;

  constructor(sae: SaeWeights, sessions: SessionFactory, policy: WeightPolicy) {
    this.sae = sae;
    this.sessions = sessions;
    this.policy = policy;
    this.encodeGraph = saeEncodeGraph(sae);
    this.decodeGraph = saeDecodeGraph(sae);
  }

  /** Rows [N, d_in] of the SAE's hook -> their active latents. */
  async encode(x: Tensor): Promise<SparseActs> {
    if (x.dims[0] === 0) throw bug('no rows were given to a SAE'); // ONNX Runtime's TopK would end the process
    const { model, outputs } = this.encodeGraph;
    this.encoder ??= this.sessions.create(model, this.policy);
    const session = await this.encoder;
    const result = await session.run({ x }, Object.values(outputs));
    const values = result.get(outputs.values);
    const indices = result.get(outputs.indices);
    const count = result.get(outputs.count);
    const scale = result.get(outputs.scale);
    const shift = result.get(outputs.shift);
    if (!values || !indices || !count || !scale || !shift) throw bug('the SAE graph lost an output');
    if (!('data' in values && 'ints' in indices && 'data' in count && 'data' in scale && 'data' in shift)) {
      throw bug('the SAE graph returned other types than it declares');
    }
    return {
      rows: x.dims[0] ?? 0,
      k: values.dims[1] ?? 0,
      values: values.data,
      indices: lowWords(indices.ints),
      counts: Int32Array.from(count.data),
      scale,
      shift,
    };
  }

  /** Rows [N, d_in] of the SAE's hook -> what `saeActsGraph` gives, written into `into` [N, d_sae]. */
  async acts(x: Tensor, into: Tensor): Promise<void> {
    this.dense ??= this.openDense();
    const { graph, session } = this.dense;
    await (await session).run({ x }, [graph.acts], { [graph.acts]: into });
  }

  /** Active latents -> reconstruction of the hook, [N, d_in]. */
  async decode(acts: SparseActs): Promise<Tensor> {
    const { model, outputs } = this.decodeGraph;
    this.decoder ??= this.sessions.create(model, this.policy);
    const session = await this.decoder;
    const shape = [acts.rows, acts.k];
    const feeds = {
      values: { dims: shape, data: acts.values },
      indices: ints(acts.indices, shape),
      scale: acts.scale,
      shift: acts.shift,
    };
    const result = await session.run(feeds, [outputs.reconstruction]);
    const reconstruction = result.get(outputs.reconstruction);
    if (!reconstruction || 'ints' in reconstruction) throw bug('the SAE decoder lost its output');
    return reconstruction;
  }

  /** Rows and columns of some latents, without copying the matrices: see `latentWeightsGraph`. */
  async latents(indices: readonly number[]): Promise<ReadonlyMap<LatentWeight, Tensor>> {
    this.reader ??= this.openReader();
    const { graph, session } = this.reader;
    const names = Object.keys(graph.outputs) as LatentWeight[];
    const refs = new Set(Object.values(graph.outputs));
    const result = await (await session).run({ latents: ints(indices) }, [...refs]);
    return new Map(
      names.map((name) => {
        const value = result.get(graph.outputs[name]);
        if (!value || 'ints' in value) throw bug(`the SAE's weights lack ${name}`);
        return [name, value];
      }),
    );
  }

  private openDense(): { graph: SaeActsGraph; session: Promise<GraphSession> } {
    const graph = saeActsGraph(this.sae);
    return { graph, session: this.sessions.create(graph.model, this.policy) };
  }

  private openReader(): { graph: LatentWeightsGraph; session: Promise<GraphSession> } {
    const graph = latentWeightsGraph(this.sae);
    return { graph, session: this.sessions.create(graph.model, this.policy) };
  }

  async release(): Promise<void> {
    const sessions = [this.encoder, this.decoder, this.dense?.session, this.reader?.session];
    for (const session of sessions) await (await session)?.release();
    this.encoder = null;
    this.decoder = null;
    this.dense = null;
    this.reader = null;
  }
}

/** Small int64 numbers as int32: their low halves, many times faster than one by one. */
function lowWords(ints: BigInt64Array): Int32Array {
  const words = new Int32Array(ints.buffer, ints.byteOffset, 2 * ints.length);
  const low = new Int32Array(ints.length);
  for (let at = 0; at < low.length; at++) low[at] = words[2 * at] ?? 0;
  return low;
}

/** Activation of one latent at every row; 0 where it is not active. Shape [N]. */
export function latentColumn(acts: SparseActs, index: number): Float32Array {
  const column = new Float32Array(acts.rows);
  for (let entry = 0; entry < acts.indices.length; entry++) {
    if (acts.indices[entry] === index) column[Math.floor(entry / acts.k)] = acts.values[entry] ?? 0;
  }
  return column;
}
