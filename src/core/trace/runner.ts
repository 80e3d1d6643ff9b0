import { bug, throwIfCancelled } from '../errors.ts';
import { BLOCK_OUTPUTS, EDIT_SHAPES, type BlockOutput, type EditPoint } from '../graph/block.ts';
import type { EndOptions } from '../graph/ends.ts';
import type { Graphs } from '../graph/graphs.ts';
import { ints, type IntTensor } from '../graph/session.ts';
import type { ModelConfig } from '../model/config.ts';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import type { Edit, PointEdits } from './edits/layerEdits.ts';

/** Keys and values of positions before the run: [1, head, P, d_head] each, per layer. */
export interface Past {
  readonly k: Tensor;
  readonly v: Tensor;
}

/** One run of one block, of one prompt or of a batch. */
export interface BlockRun {
  readonly layer: number;
  /** hook_resid_pre of all rows, [B * T, d_model]. */
  readonly x: Tensor;
  /** Prompts in the batch; T = rows / batch. */
  readonly batch?: number;
  readonly want: readonly BlockOutput[];
  readonly edits?: PointEdits;
  readonly past?: Past;
  /** Where an output is written instead of a new array; its shape must be right. */
  readonly into?: Readonly<Partial<Record<BlockOutput, Tensor>>>;
}

/** Hooks of one block's run, in the layouts of core/graph/block. */
export type Activations = ReadonlyMap<BlockOutput, Tensor>;

/** What a plain forward pass keeps. */
export interface ForwardOptions {
  /** Outputs to keep of every block. */
  readonly want: readonly BlockOutput[];
  readonly signal?: AbortSignal | undefined;
  readonly onLayer?: ((layer: number) => void) | undefined;
}

/** What a plain forward pass kept. */
export interface ForwardResult {
  /** hook_resid_pre of layer l at [l]; the last entry is hook_resid_post of the last layer. Each [T, d_model]. */
  readonly resid: readonly Tensor[];
  /** Per layer, what was wanted. */
  readonly layers: readonly Activations[];
}

/** How well given tokens were foreseen; each [N]. Nats; rank 1 = most likely. */
export interface Surprise {
  readonly logProb: Float32Array;
  readonly entropy: Float32Array;
  readonly rank: Float32Array;
}

/** With the logits of the row after them, [d_vocab]. */
export interface Foresight extends Surprise {
  readonly last: Float32Array;
}

interface EndRun {
  readonly signal?: AbortSignal | undefined;
  readonly scale?: Edit | null;
}

/** Logits of about this many numbers are held at once; more rows are split. 64 MB as float32. */
export const MAX_LOGITS = 16_000_000;
export const ALL_OUTPUTS: readonly BlockOutput[] = BLOCK_OUTPUTS;

const NORMS: ReadonlySet<string> = new Set(['ln1', 'ln2']);
const ALL_POINTS = Object.keys(EDIT_SHAPES).sort() as EditPoint[];
const HOOK_POINTS = ALL_POINTS.filter((point) => !NORMS.has(point));

/** Runs one model block by block. A cancel is seen between blocks. */
export class Runner {
  readonly config: ModelConfig;
  readonly graphs: Graphs;

  constructor(config: ModelConfig, graphs: Graphs) {
    this.config = config;
    this.graphs = graphs;
  }

  /** hook_embed, hook_pos_embed and their sum, each [T, d_model]. */
  async embed(
    ids: readonly number[],
    firstPosition = 0,
  ): Promise<{ embed: Tensor; posEmbed: Tensor; residPre: Tensor }> {
    const { session, outputs } = await this.graphs.embed();
    const positions = ids.map((_, index) => firstPosition + index);
    const names = [outputs.embed, outputs.pos_embed, outputs.resid_pre];
    const result = await session.run({ ids: ints(ids), positions: ints(positions) }, names);
    const [embed, posEmbed, residPre] = names.map((name) => asTensor(result.get(name)));
    if (!embed || !posEmbed || !residPre) throw bug('the embedding graph lost an output');
    return { embed, posEmbed, residPre };
  }

  /** One block over [B * T, d_model] rows. */
  async block(run: BlockRun): Promise<Activations> {
    const { layer, x, batch = 1, want, edits = {}, past, into = {} } = run;
    const points = offeredPoints(edits);
    const { session, outputs } = await this.graphs.block(layer, {
      edits: points,
      past: past ? 'shared' : 'none',
    });
    const rows = x.dims[0] ?? 0;
    const feeds: Record<string, Tensor | IntTensor> = { x, batch: ints([batch, rows / batch]) };
    for (const point of points) {
      const { keep, value } = edits[point] ?? neutral(point);
      Object.assign(feeds, { [`${point}.keep`]: keep, [`${point}.value`]: value });
    }
    if (past) Object.assign(feeds, { past_k: past.k, past_v: past.v });
    const places = want.flatMap((name) => {
      const place = into[name];
      return place ? [[outputs[name], place] as const] : [];
    });
    const names = want.map((name) => outputs[name]);
    const result = await session.run(feeds, names, Object.fromEntries(places));
    return new Map(want.map((name) => [name, asTensor(result.get(outputs[name]))]));
  }

  /** The whole model over one prompt. */
  async forward(ids: readonly number[], options: ForwardOptions): Promise<ForwardResult> {
    let x = (await this.embed(ids)).residPre;
    const resid = [x];
    const layers: Activations[] = [];
    const want = options.want.includes('resid_post')
      ? options.want
      : [...options.want, 'resid_post' as const];
    for (let layer = 0; layer < this.config.n_layers; layer++) {
      throwIfCancelled(options.signal);
      const activations = await this.block({ layer, x, want });
      x = activations.get('resid_post') ?? x;
      resid.push(x);
      layers.push(activations);
      options.onLayer?.(layer);
    }
    return { resid, layers };
  }

  /**
   * Logits of residual rows [N, d_model] -> [N, d_vocab]. The caller keeps N small. `scale` edits the final
   * LayerNorm's 1/sigma, [N, 1], as `finalScale` makes it.
   */
  async logits(x: Tensor, scale: Edit | null = null): Promise<Tensor> {
    // A single row is read from the graph that every trace has loaded: another session would map the table again.
    if (x.dims[0] === 1)
      return tensor([1, this.config.d_vocab], (await this.foresight(x, [], { scale })).last);
    const { session, outputs } = await this.graphs.unembed(endOptions(scale));
    const result = await session.run({ x, ...endFeeds(scale) }, [outputs.logits]);
    return asTensor(result.get(outputs.logits));
  }

  /** Final LayerNorm's mean and 1/sigma of residual rows, each [N, 1]. */
  async finalNorm(x: Tensor, scale: Edit | null = null): Promise<{ mean: Tensor; invStd: Tensor }> {
    const { session, outputs } = await this.graphs.endNorm(endOptions(scale));
    const result = await session.run({ x, ...endFeeds(scale) }, [outputs.mean, outputs.inv_std]);
    return { mean: asTensor(result.get(outputs.mean)), invStd: asTensor(result.get(outputs.inv_std)) };
  }

  /** How well row i of [N, d_model] foresaw token `next[i]`; logits of the row after those are `last`. */
  async foresight(x: Tensor, next: readonly number[], options: EndRun = {}): Promise<Foresight> {
    // What the last row foresees is not known yet: any token stands for it.
    const { last, ...surprise } = await this.readEnd(x, [...next, 0], options);
    const known = (values: Float32Array): Float32Array => values.subarray(0, next.length);
    const { logProb, entropy, rank } = surprise;
    return { logProb: known(logProb), entropy: known(entropy), rank: known(rank), last };
  }

  /** How well row i of [N, d_model] foresaw token `next[i]`. */
  async surprise(
    x: Tensor,
    next: readonly number[],
    signal?: AbortSignal,
    scale: Edit | null = null,
  ): Promise<Surprise> {
    const { logProb, entropy, rank } = await this.readEnd(x, next, { signal, scale });
    return { logProb, entropy, rank };
  }

  /** Rows are split so that logits stay bounded. */
  private async readEnd(
    x: Tensor,
    next: readonly number[],
    { signal, scale = null }: EndRun,
  ): Promise<Foresight> {
    const { session, outputs } = await this.graphs.surprise(endOptions(scale));
    const width = this.config.d_model;
    const step = Math.max(1, Math.floor(MAX_LOGITS / this.config.d_vocab));
    const logProb = new Float32Array(next.length);
    const entropy = new Float32Array(next.length);
    const rank = new Float32Array(next.length);
    let last = new Float32Array();
    for (let start = 0; start < next.length; start += step) {
      throwIfCancelled(signal);
      const count = Math.min(step, next.length - start);
      const rows = tensor([count, width], x.data.subarray(start * width, (start + count) * width));
      const held = endFeeds(scale, start, count);
      const feeds = { x: rows, next: ints(next.slice(start, start + count), [count, 1]), ...held };
      const result = await session.run(feeds, Object.values(outputs));
      logProb.set(asTensor(result.get(outputs.log_prob)).data, start);
      entropy.set(asTensor(result.get(outputs.entropy)).data, start);
      rank.set(asTensor(result.get(outputs.rank)).data, start);
      last = new Float32Array(asTensor(result.get(outputs.last)).data);
    }
    return { logProb, entropy, rank, last };
  }
}

/**
 * Two graphs serve all edits, with and without held LayerNorms: each is a private copy of the packed weights, and
 * neutral values cost next to nothing.
 */
function offeredPoints(edits: PointEdits): readonly EditPoint[] {
  const asked = Object.keys(edits);
  if (asked.length === 0) return [];
  return asked.some((point) => NORMS.has(point)) ? ALL_POINTS : HOOK_POINTS;
}

function endOptions(scale: Edit | null): EndOptions {
  return { scale: scale === null ? 'live' : 'held' };
}

/** Rows `start` to `start + count` of the final LayerNorm's edit. */
function endFeeds(scale: Edit | null, start = 0, count = Infinity): Readonly<Record<string, Tensor>> {
  if (scale === null) return {};
  const part = ({ data }: Tensor): Tensor => {
    const rows = data.subarray(start, start + count);
    return tensor([rows.length, 1], rows);
  };
  return { 'ln_final.keep': part(scale.keep), 'ln_final.value': part(scale.value) };
}

function neutral(point: EditPoint): Edit {
  const dims = EDIT_SHAPES[point].map(() => 1);
  return { keep: tensor(dims, Float32Array.of(1)), value: tensor(dims, Float32Array.of(0)) };
}

function asTensor(value: Tensor | IntTensor | undefined): Tensor {
  if (value === undefined || 'ints' in value)
    throw bug('a graph did not return the float tensor that was asked for');
  return value;
}
