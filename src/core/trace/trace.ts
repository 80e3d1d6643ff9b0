import { InterpError } from '../errors.ts';
import { editedBlock, firstEdited, type EditPlan } from './edits/editedBlock.ts';
import { editedForward, NO_EDITS, type Edits, type OnBlock } from './edits/editedForward.ts';
import { finalScale, layerEdits, type PointEdits } from './edits/layerEdits.ts';
import type { RunEdit } from './edits/runEdit.ts';
import type { BlockOutput } from '../graph/block.ts';
import { hookShape, resolveHook } from '../model/hooks.ts';
import type { ModelConfig } from '../model/config.ts';
import { rowsAt, sizeOf, tensor, type Tensor } from '../tensor/tensor.ts';
import {
  ALL_OUTPUTS,
  type Activations,
  type Foresight,
  type ForwardResult,
  type Runner,
  type Surprise,
} from './runner.ts';
import type { SaeRunner } from './saeRunner.ts';

/**
 * Activations of blocks are kept up to this many bytes; what was dropped is computed again from the
 * cached residual stream by the same graph, so that it comes back bit for bit.
 */
const KEPT_TRACE_BYTES = 96 * 2 ** 20;
const FLOAT_BYTES = 4;

/** How a trace is made. */
export interface TraceOptions {
  /** Edits of the run; every hook of the trace is then the edited run's. */
  readonly edits?: readonly RunEdit[];
  /** SAEs of the latent edits, by id. */
  readonly saes?: ReadonlyMap<string, SaeRunner>;
  /** The same prompt without edits: layers below the first edit are taken from it. */
  readonly clean?: Trace;
  /** `all`: blocks are never computed again, for who reads every hook of a long prompt. Else up to KEPT_TRACE_BYTES stay. */
  readonly keep?: 'some' | 'all';
  readonly watch?: TraceWatch | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onLayer?: ((layer: number) => void) | undefined;
}

/** What is read of each block while the run goes on, so that a long prompt's blocks need not be run again for it. */
export interface TraceWatch {
  readonly output: Exclude<BlockOutput, 'resid_post'>;
  /** `values` in the graph's layout. Layers that are taken from a clean run are not seen. */
  see(layer: number, values: Tensor): void;
}

/** One prompt run through one model, as it is or edited: the residual stream of every layer, and every hook on demand. */
export class Trace {
  readonly ids: readonly number[];
  /** hook_resid_pre of layer l at [l]; the last entry is the final hook_resid_post. Each [pos, d_model]. */
  readonly resid: readonly Tensor[];
  /** In their order; empty for a run without edits. */
  readonly edits: readonly RunEdit[];
  readonly saes: ReadonlyMap<string, SaeRunner>;
  private readonly runner: Runner;
  /** Least recently used first. */
  private readonly kept = new Map<number, Activations>();
  private readonly mostKept: number;

  private constructor(
    runner: Runner,
    ids: readonly number[],
    edits: Edits,
    { mostKept, ...forward }: ForwardResult & { readonly mostKept: number },
  ) {
    this.runner = runner;
    this.ids = ids;
    this.mostKept = mostKept;
    this.edits = edits.edits;
    this.saes = edits.saes;
    this.resid = forward.resid;
    forward.layers.forEach((activations, layer) => {
      if (activations.has('pattern')) this.keep(layer, activations);
    });
  }

  /** Runs the model. Short prompts keep every hook at once; long ones only the residual stream. */
  static async run(runner: Runner, ids: readonly number[], options: TraceOptions = {}): Promise<Trace> {
    const { signal, onLayer, clean, watch } = options;
    const edits: Edits = { ...NO_EDITS, ...(options.edits ? { edits: options.edits } : {}) };
    const own: Edits = options.saes ? { ...edits, saes: options.saes } : edits;
    const { n_layers } = runner.config;
    const mostKept = options.keep === 'all' ? n_layers : keptLayers(runner.config, ids.length);
    const keepsAll = mostKept === n_layers;
    const want: readonly BlockOutput[] = keepsAll
      ? ALL_OUTPUTS
      : ['resid_post', ...(watch ? [watch.output] : [])];
    const onBlock: OnBlock = (at, activations) => {
      const values = watch && activations.get(watch.output);
      if (values) watch.see(at, values);
      if (watch && !keepsAll) activations.delete(watch.output);
    };
    const layer = firstEdited(own.edits, own.saes, n_layers);
    const prefix = clean?.edits.length === 0 ? { resid: clean.resid, layer } : undefined;
    const forward = await editedForward(runner, ids, own, { want, signal, onLayer, onBlock, prefix });
    return new Trace(runner, ids, own, { ...forward, mostKept });
  }

  get config(): ModelConfig {
    return this.runner.config;
  }

  /** All outputs of one block, in the graph's layout. */
  async layer(layer: number): Promise<Activations> {
    const known = this.kept.get(layer);
    if (known) {
      this.kept.delete(layer);
      this.kept.set(layer, known);
      return known;
    }
    const run = { layer, x: this.residPre(layer), want: ALL_OUTPUTS };
    const activations = new Map(await editedBlock(this.runner, run, this.plan()));
    activations.set('resid_post', this.residPre(layer + 1));
    this.keep(layer, activations);
    return activations;
  }

  /** What the edits feed to a block's graph; latents, which depend on the run, are not among them. */
  layerEdits(layer: number): PointEdits {
    return layerEdits(this.config, layer, [this.edits], this.rows());
  }

  /** Logits at some positions, [positions, d_vocab]; a held final LayerNorm is held. The caller asks for few. */
  logits(positions: readonly number[]): Promise<Tensor> {
    return this.unembed(rowsAt(this.residPre(this.config.n_layers), positions), positions);
  }

  /** Logits of rows [N, d_model], each as if it were the final residual stream of this run at its position. */
  unembed(x: Tensor, positions: readonly number[]): Promise<Tensor> {
    return this.runner.logits(x, finalScale([this.edits], positions));
  }

  /** 1/sigma of the final LayerNorm, [pos, 1], as it is used: held where an edit holds it. */
  async finalInvStd(): Promise<Tensor> {
    return (await this.finalNorm()).invStd;
  }

  /** How well each position but the last foresaw the token after it, and the last one's logits. */
  foresight(signal?: AbortSignal): Promise<Foresight> {
    const scale = finalScale([this.edits], [...this.ids.keys()]);
    return this.runner.foresight(this.residPre(this.config.n_layers), this.ids.slice(1), { signal, scale });
  }

  /** How well each position but the last foresaw the token after it; n - 1 entries. */
  surprise(signal?: AbortSignal): Promise<Surprise> {
    return this.surpriseAt(this.config.n_layers, signal);
  }

  /** The same with hook_resid_pre of a layer read as if it were the final residual stream: the logit lens. */
  surpriseAt(layer: number, signal?: AbortSignal): Promise<Surprise> {
    const next = this.ids.slice(1);
    const scale = finalScale([this.edits], [...next.keys()]);
    return this.runner.surprise(this.residPre(layer), next, signal, scale);
  }

  /** hook_resid_pre of a layer; `n_layers` gives the final hook_resid_post. */
  residPre(layer: number): Tensor {
    const found = this.resid[layer];
    if (!found) {
      throw new InterpError(
        'hook/unknown',
        `Layer ${layer} does not exist; the model has ${this.config.n_layers}.`,
        {
          data: { layer, layers: this.config.n_layers },
        },
      );
    }
    return found;
  }

  /** One hook by name or shorthand, in TransformerLens' shape (no batch dimension). @throws hook/unknown */
  async hook(asked: string): Promise<Tensor> {
    const hook = resolveHook(this.config, asked);
    const dims = hookShape(this.config, hook.spec, this.ids.length);
    const data =
      hook.layer === null
        ? await this.globalHook(hook.name)
        : await this.blockHook(hook.layer, hook.spec.name);
    return tensor(dims, data);
  }

  private async globalHook(name: string): Promise<Float32Array> {
    if (name === 'hook_embed') return (await this.runner.embed(this.ids)).embed.data;
    if (name === 'hook_pos_embed') return (await this.runner.embed(this.ids)).posEmbed.data;
    const x = this.residPre(this.config.n_layers);
    const { mean, invStd } = await this.finalNorm();
    return name === 'ln_final.hook_scale' ? reciprocal(invStd) : normalized(x, mean, invStd);
  }

  private async blockHook(layer: number, template: string): Promise<Float32Array> {
    const name = template.replace('blocks.{l}.', '');
    if (name === 'hook_resid_pre') return this.residPre(layer).data;
    if (name === 'hook_resid_post') return this.residPre(layer + 1).data;
    const activations = await this.layer(layer);
    const get = (output: BlockOutput): Tensor =>
      activations.get(output) ?? { dims: [0], data: new Float32Array() };
    switch (name) {
      case 'ln1.hook_scale':
        return reciprocal(get('ln1.inv_std'));
      case 'ln1.hook_normalized':
        return normalized(this.residPre(layer), get('ln1.mean'), get('ln1.inv_std'));
      case 'ln2.hook_scale':
        return reciprocal(get('ln2.inv_std'));
      case 'ln2.hook_normalized':
        return normalized(get('resid_mid'), get('ln2.mean'), get('ln2.inv_std'));
      case 'attn.hook_q':
      case 'attn.hook_k':
      case 'attn.hook_v':
        return headsLast(get(name.slice(-1) as 'q' | 'k' | 'v'));
      case 'attn.hook_attn_scores':
        return get('scores').data;
      default:
        // hook_attn_out, hook_resid_mid, hook_mlp_out, attn.hook_pattern, attn.hook_z, mlp.hook_pre, mlp.hook_post
        return get(name.replace(/^(attn|mlp)\./, '').replace('hook_', '') as BlockOutput).data;
    }
  }

  private finalNorm(): ReturnType<Runner['finalNorm']> {
    const scale = finalScale([this.edits], [...this.ids.keys()]);
    return this.runner.finalNorm(this.residPre(this.config.n_layers), scale);
  }

  private rows(): EditPlan['rows'] {
    return { first: 0, count: this.ids.length };
  }

  private plan(): EditPlan {
    return { lists: [this.edits], rows: this.rows(), saes: this.saes };
  }

  /** Bytes of block outputs that are kept. */
  get keptBytes(): number {
    return this.kept.size * layerBytes(this.config, this.ids.length);
  }

  /** Drops them; they are computed again, bit for bit, when they are asked for. */
  forget(): void {
    this.kept.clear();
  }

  private keep(layer: number, activations: Activations): void {
    this.kept.set(layer, activations);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.mostKept) return;
      this.kept.delete(oldest);
    }
  }
}

/** Blocks of which a trace keeps all outputs; the one that is read is always kept. */
export function keptLayers(config: ModelConfig, pos: number): number {
  return Math.min(config.n_layers, Math.max(1, Math.floor(KEPT_TRACE_BYTES / layerBytes(config, pos))));
}

/** Bytes of all outputs of one block for a prompt of `pos` tokens. */
export function layerBytes(config: ModelConfig, pos: number): number {
  const rows = 8 * config.d_model + 2 * config.d_mlp + 4;
  return FLOAT_BYTES * (pos * rows + 2 * config.n_heads * pos * pos);
}

function reciprocal(values: Tensor): Float32Array {
  return values.data.map((value) => 1 / value);
}

/** (x - mean) * inv_std per row: LayerNorm before gain and bias. Plain loops: `map` takes four times as long. */
function normalized(x: Tensor, mean: Tensor, invStd: Tensor): Float32Array {
  const [rows = 0, width = 1] = x.dims;
  const result = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const [centre, factor] = [mean.data[row] ?? Number.NaN, invStd.data[row] ?? Number.NaN];
    for (let at = row * width; at < (row + 1) * width; at++)
      result[at] = ((x.data[at] ?? Number.NaN) - centre) * factor;
  }
  return result;
}

/** [1, head, pos, d_head] -> [pos, head, d_head]. */
function headsLast(values: Tensor): Float32Array {
  const [, heads = 1, positions = 1, width = 1] = values.dims;
  const result = new Float32Array(sizeOf(values.dims));
  for (let head = 0; head < heads; head++) {
    for (let position = 0; position < positions; position++) {
      const from = (head * positions + position) * width;
      const to = (position * heads + head) * width;
      for (let at = 0; at < width; at++) result[to + at] = values.data[from + at] ?? Number.NaN;
    }
  }
  return result;
}
