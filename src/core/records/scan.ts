import { bug, InterpError } from '../errors.ts';
import type { BlockOutput } from '../graph/block.ts';
import { ints } from '../graph/session.ts';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import type { Activations, BlockRun, Runner } from '../trace/runner.ts';
import type { SparseActs } from '../trace/saeRunner.ts';
import { familyId, type Family } from './family.ts';
import { FamilyScan, kernelOf } from './familyScan.ts';
import type { TokenKernel } from './kernel/tokenKernel.ts';
import { RandomWindows, windowPriority } from './priority.ts';
import type { ScanOptions } from './records.ts';
import { reducePairs, reduceSparse, reduceTokens, type RunWindows } from './reduce.ts';
import { RunPlaces } from './runPlaces.ts';
import type { CorpusWindow } from './windows.ts';

/** A SAE as a scan reads it. */
export interface ScanSae {
  readonly layer: number;
  readonly hook_name: string;
  readonly d_in: number;
  readonly d_sae: number;
  /** Of each row's activations, only so many of the largest are; null = all that are above zero. */
  readonly kept: number | null;
  encode(x: Tensor): Promise<SparseActs>;
  /** Writes all activations of rows [N, d_in] into a place [N, d_sae], none negative. */
  acts(x: Tensor, into: Tensor): Promise<void>;
}

/** A model as a scan runs it. */
export interface ScanModel {
  readonly runner: Runner;
  readonly saes: ReadonlyMap<string, ScanSae>;
  /** |V_h(u) W_O,h| of values [windows, heads, tokens, d_head]; shape [windows, heads, tokens]. */
  headNorms(layer: number, v: Tensor): Promise<Float32Array>;
}

/** Quantiles follow a random order of their own: else the random windows would be their records too. */
const QUANTILE_ORDER = 0x5bd1e995;

/** What one run gives of one family. `tokens`: [rows, units], of latents too where a kernel sums them. */
export type FamilyValues =
  | { readonly kind: 'tokens'; readonly values: Float32Array }
  | { readonly kind: 'pairs'; readonly pattern: Float32Array; readonly norms: Float32Array }
  | { readonly kind: 'sparse'; readonly acts: SparseActs };

/** A run of some windows, layer by layer. */
export interface ScanRun {
  readonly windows: readonly CorpusWindow[];
  layer: number;
  x: Tensor;
}

/** One pass over a corpus: every family of every layer at once, the unembedding never. */
export class Scan {
  readonly families: ReadonlyMap<string, FamilyScan>;
  readonly options: ScanOptions;
  random: RandomWindows;
  private readonly model: ScanModel;
  private readonly plan: readonly LayerPlan[];
  /** By `kernelName`. */
  private readonly kernels = new Map<string, TokenKernel>();
  private readonly held: RunPlaces;

  constructor(model: ScanModel, families: readonly Family[], options: ScanOptions) {
    this.model = model;
    this.options = options;
    this.random = new RandomWindows(options.random, options.seed);
    this.plan = planLayers(model, families);
    this.held = new RunPlaces(model.runner.config);
    const shapes = families.map((family) => shapeOf(model, family, options));
    for (const shape of shapes) {
      const name = kernelName(shape);
      const families = shapes.filter((other) => kernelName(other) === name).length;
      const kernel = this.kernels.get(name) ?? kernelOf(shape, { families });
      if (kernel) this.kernels.set(name, kernel);
    }
    this.families = new Map(
      shapes.map((shape) => [
        shape.id,
        new FamilyScan(shape, options, this.kernels.get(kernelName(shape)) ?? null),
      ]),
    );
  }

  /**
   * Runs windows of one length and takes them in. `check` may throw before each block; what is held is halfway then:
   * go on from what was stored before.
   */
  async add(windows: readonly CorpusWindow[], check: () => void = () => {}): Promise<void> {
    const { seed } = this.options;
    const tokens = windows[0]?.ids.length ?? 0;
    const priorities = windows.map(({ sequence }) => windowPriority(seed ^ QUANTILE_ORDER, sequence));
    const run: RunWindows = { windows, tokens, priorities };
    const state = await this.begin(windows);
    while (state.layer < this.layers) {
      check();
      await this.step(state, (id, values) => reduce(this.family(id), values, run), this.places(state));
    }
    for (const { sequence } of windows) this.random.add(sequence);
  }

  /** Layers that have to be run. */
  get layers(): number {
    return this.plan.findLastIndex(({ wants }) => wants.size > 0) + 1;
  }

  /** Ids of the families that a layer gives. */
  familiesOf(layer: number): readonly string[] {
    return (this.plan[layer]?.families ?? []).map(familyId);
  }

  /** A run that stands before its first layer. */
  async begin(windows: readonly CorpusWindow[]): Promise<ScanRun> {
    return { windows, layer: 0, x: await embed(this.model.runner, windows) };
  }

  /** Runs one layer. What `into` names lasts until the next run, activations of latents until the next family. */
  async step(
    state: ScanRun,
    take: (family: string, values: FamilyValues) => void,
    into: BlockPlaces = {},
  ): Promise<void> {
    const { layer, x, windows } = state;
    const plan = this.plan[layer];
    if (!plan) throw bug(`no plan of layer ${layer}`);
    const want = [...plan.wants, ...(layer + 1 < this.layers ? (['resid_post'] as const) : [])];
    const run = { layer, x, batch: windows.length, want: [...new Set(want)], into };
    const done = await this.model.runner.block(run);
    for (const family of plan.families) take(familyId(family), await this.read(family, x, done));
    state.x = done.get('resid_post') ?? x;
    state.layer++;
  }

  /** Neurons go where the kernel sums them; the residual stream takes turns between two arrays. */
  private places({ layer, windows }: ScanRun): BlockPlaces {
    const size = { windows: windows.length, tokens: windows[0]?.ids.length ?? 0 };
    const { d_mlp } = this.model.runner.config;
    const rows = size.windows * size.tokens;
    const sums = this.kernels.get(kernelName({ records: 'tokens', units: d_mlp }))?.values;
    const own: BlockPlaces = {
      ...(sums ? { post: tensor([rows, d_mlp], sums.subarray(0, rows * d_mlp)) } : {}),
      resid_post: this.held.of('resid_post', size, layer % 2 === 0 ? 'even' : 'odd'),
    };
    const others = [...(this.plan[layer]?.wants ?? [])].filter((name) => own[name] === undefined);
    return { ...own, ...Object.fromEntries(others.map((name) => [name, this.held.of(name, size)])) };
  }

  private async read(family: Family, x: Tensor, done: Activations): Promise<FamilyValues> {
    if (family.kind === 'neurons') return { kind: 'tokens', values: needed(done, 'post').data };
    if (family.kind === 'heads') {
      const norms = await this.model.headNorms(family.layer, needed(done, 'v'));
      return { kind: 'pairs', pattern: needed(done, 'pattern').data, norms };
    }
    const sae = findSae(this.model, family.sae);
    const source = hookSource(sae);
    const { data } = source === 'resid_pre' ? x : needed(done, source);
    const rows = data.length / sae.d_in;
    const input = tensor([rows, sae.d_in], data);
    const { kernel } = this.family(family.sae);
    if (!kernel) return { kind: 'sparse', acts: await sae.encode(input) };
    const values = kernel.values.subarray(0, rows * sae.d_sae);
    await sae.acts(input, tensor([rows, sae.d_sae], values));
    if (sae.kept !== null) kernel.keepLargest(rows, sae.kept);
    return { kind: 'tokens', values };
  }

  private family(id: string): FamilyScan {
    const family = this.families.get(id);
    if (!family) throw bug(`${id} is not scanned`);
    return family;
  }
}

/** Families that share a kernel. Neurons keep one of their own: a SAE may read them where they lie. */
function kernelName({ records, units }: Pick<FamilyScan['shape'], 'records' | 'units'>): string {
  return `${records} ${units}`;
}

type BlockPlaces = NonNullable<BlockRun['into']>;

interface LayerPlan {
  readonly families: readonly Family[];
  readonly wants: ReadonlySet<BlockOutput>;
}

function planLayers(model: ScanModel, families: readonly Family[]): LayerPlan[] {
  return Array.from({ length: model.runner.config.n_layers }, (_, layer) => {
    const own = families.filter((family) => layerOf(model, family) === layer);
    return { families: own, wants: new Set(own.flatMap((family) => wantsOf(model, family))) };
  });
}

function layerOf(model: ScanModel, family: Family): number {
  return family.kind === 'latents' ? findSae(model, family.sae).layer : family.layer;
}

function wantsOf(model: ScanModel, family: Family): readonly BlockOutput[] {
  if (family.kind === 'neurons') return ['post'];
  if (family.kind === 'heads') return ['pattern', 'v'];
  const source = hookSource(findSae(model, family.sae));
  return source === 'resid_pre' ? ['resid_post'] : [source];
}

/** Block outputs with a row per token, by the end of their hook's name. */
const SOURCES: Readonly<Record<string, BlockOutput | 'resid_pre'>> = {
  hook_resid_pre: 'resid_pre',
  'attn.hook_z': 'z',
  hook_attn_out: 'attn_out',
  hook_resid_mid: 'resid_mid',
  'mlp.hook_pre': 'pre',
  'mlp.hook_post': 'post',
  hook_mlp_out: 'mlp_out',
  hook_resid_post: 'resid_post',
};

function hookSource({ hook_name }: ScanSae): BlockOutput | 'resid_pre' {
  const name = hook_name.replace(/^blocks\.\d+\./, '');
  const source = Object.hasOwn(SOURCES, name) ? SOURCES[name] : undefined;
  if (source) return source;
  throw new InterpError('sae/unsupported', `SAEs of ${hook_name} cannot be scanned.`, {
    data: { hook: hook_name },
  });
}

function shapeOf(model: ScanModel, family: Family, { context }: ScanOptions): FamilyScan['shape'] {
  const { config } = model.runner;
  const id = familyId(family);
  if (family.kind === 'neurons') return { id, units: config.d_mlp, records: 'tokens', context };
  if (family.kind === 'heads') return { id, units: config.n_heads, records: 'pairs', context };
  return { id, units: findSae(model, family.sae).d_sae, records: 'sparse', context };
}

function reduce(family: FamilyScan, values: FamilyValues, run: RunWindows): void {
  switch (values.kind) {
    case 'tokens':
      return reduceTokens(family, values.values, run);
    case 'pairs':
      return reducePairs(family, values.pattern, values.norms, run);
    case 'sparse':
      return reduceSparse(family, values.acts, run);
  }
}

async function embed(runner: Runner, windows: readonly CorpusWindow[]): Promise<Tensor> {
  const { session, outputs } = await runner.graphs.embed();
  const ids = windows.flatMap((window) => [...window.ids]);
  const positions = windows.flatMap((window) => [...window.ids.keys()]);
  const result = await session.run({ ids: ints(ids), positions: ints(positions) }, [outputs.resid_pre]);
  const x = result.get(outputs.resid_pre);
  if (!x || 'ints' in x) throw bug('the embedding graph lost its output');
  return x;
}

function findSae(model: ScanModel, id: string): ScanSae {
  const sae = model.saes.get(id);
  if (sae) return sae;
  throw new InterpError('unit/unknown', `No SAE ${id} is attached to this model.`, { data: { family: id } });
}

function needed(done: Activations, name: BlockOutput): Tensor {
  const value = done.get(name);
  if (!value) throw bug(`a block was run without ${name}`);
  return value;
}
