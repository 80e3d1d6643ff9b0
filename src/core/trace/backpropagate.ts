import { throwIfCancelled } from '../errors.ts';
import {
  BACKWARD_OUTPUTS,
  INPUT_GRADIENT,
  savedInputs,
  type BackwardOutput,
  type SeedPoint,
} from '../graph/backward.ts';
import { EDIT_SHAPES, type EditPoint } from '../graph/block.ts';
import type { Feeds } from '../graph/session.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { editsOf, fetchTensors, need, type GradientSource } from './gradientSource.ts';
import { layerEdits } from './layerEdits.ts';
import type { GradientHook, Gradients, Readout, ReadSite } from './readout.ts';
import type { RunEdit } from './runEdit.ts';

export interface Backpropagation {
  /** Hooks to keep of every block; all of them by default. Fewer are faster: each is copied out of the runtime. */
  readonly hooks?: readonly GradientHook[];
  /** Stops after this layer; gradients below it are not computed. */
  readonly lowest?: number;
  readonly signal?: AbortSignal | undefined;
}

type LayerGradients = ReadonlyMap<GradientHook, Tensor>;

const ALL_HOOKS: readonly GradientHook[] = BACKWARD_OUTPUTS.filter((name) => name !== 'resid_pre');
const ALL_POINTS = Object.keys(EDIT_SHAPES).sort() as EditPoint[];

/** Carries a readout upstream, block by block. A cancel is seen between blocks. @throws cancelled, engine/out-of-memory */
export async function backpropagate(
  source: GradientSource,
  readout: Readout,
  options: Backpropagation = {},
): Promise<Gradients> {
  const { trace, runner } = source;
  const { n_layers, d_model } = runner.config;
  const { lowest = 0, signal, hooks = ALL_HOOKS } = options;
  const zero: Tensor = {
    dims: [trace.ids.length, d_model],
    data: new Float32Array(trace.ids.length * d_model),
  };
  const residual = Array.from({ length: n_layers + 1 }, () => zero);
  const layers = new Map<number, LayerGradients>();
  const { site } = readout;
  const boundary = boundaryOf(site);
  const seed = seedTensor(source, readout);
  if (boundary !== null) residual[boundary] = seed;
  for (let layer = (boundary ?? site.layer + 1) - 1; layer >= lowest; layer--) {
    throwIfCancelled(signal);
    const at = residual[layer + 1] ?? zero;
    const seeds = boundary === null && layer === site.layer ? { [site.hook]: seed } : {};
    const found = await blockGradients(source, layer, { gradient: at, seeds, hooks });
    residual[layer] = need(found, 'resid_pre');
    layers.set(layer, new Map(hooks.map((hook) => [hook, hook === 'resid_post' ? at : need(found, hook)])));
  }
  return {
    readout,
    residPre: (layer) => residual[layer] ?? zero,
    layer: (layer) => layers.get(layer) ?? null,
  };
}

/** Sites between blocks, as the layer that reads there: resid_post of l is resid_pre of l + 1. */
function boundaryOf({ layer, hook }: ReadSite): number | null {
  if (hook === 'resid_pre') return layer;
  return hook === 'resid_post' ? layer + 1 : null;
}

/** The readout's vectors in the layout of the hook that it reads. */
function seedTensor({ trace, runner }: GradientSource, { site, vectors }: Readout): Tensor {
  const { d_model, n_heads, d_head } = runner.config;
  const rows = trace.ids.length;
  const data = new Float32Array(rows * d_model);
  for (const { position, vector } of vectors) data.set(vector, position * d_model);
  return { dims: site.hook === 'z' ? [1, rows, n_heads, d_head] : [rows, d_model], data };
}

interface BlockRequest {
  /** At hook_resid_post as the run has it, [pos, d_model]. */
  readonly gradient: Tensor;
  readonly seeds: Readonly<Partial<Record<SeedPoint, Tensor>>>;
  readonly hooks: readonly GradientHook[];
}

/** Gradients of one block; `resid_pre` and the hooks, but for `resid_post`, which is given. */
async function blockGradients(
  source: GradientSource,
  layer: number,
  request: BlockRequest,
): Promise<ReadonlyMap<BackwardOutput, Tensor>> {
  const { trace, runner } = source;
  const edits = editsOf(trace);
  const keeps = keepFeeds(source, layer, edits);
  const seeds = Object.keys(request.seeds) as SeedPoint[];
  const options = { edits: keeps === null ? [] : ALL_POINTS, seeds };
  const { session, outputs } = await runner.graphs.backward(layer, options);
  const dy = throughBoundary(edits, layer + 1, request.gradient);
  const feeds: Record<string, Tensor> = { [INPUT_GRADIENT]: dy, ...keeps };
  const run = await trace.layer(layer);
  for (const name of savedInputs(options))
    feeds[name] = name === 'x' ? trace.residPre(layer) : need(run, name);
  for (const seed of seeds) {
    const tensor = request.seeds[seed];
    if (tensor) feeds[`${seed}.seed`] = tensor;
  }
  const wanted: BackwardOutput[] = [...request.hooks.filter((hook) => hook !== 'resid_post'), 'resid_pre'];
  const own = wanted.filter((name) => outputs[name] !== INPUT_GRADIENT);
  const found = new Map<BackwardOutput, Tensor>(await fetchTensors({ session, outputs }, feeds, own));
  for (const name of wanted) if (!found.has(name)) found.set(name, dy);
  return found;
}

/** `{point}.keep` of every edit point of a block; null when nothing edits it. */
function keepFeeds(
  { runner, trace }: GradientSource,
  layer: number,
  edits: readonly RunEdit[],
): Feeds | null {
  const points = layerEdits(runner.config, layer, [edits], { first: 0, count: trace.ids.length });
  if (Object.keys(points).length === 0) return null;
  return Object.fromEntries(
    ALL_POINTS.map((point) => {
      const one: Tensor = { dims: EDIT_SHAPES[point].map(() => 1), data: Float32Array.of(1) };
      return [`${point}.keep`, points[point]?.keep ?? one];
    }),
  );
}

/** Gradient at the residual stream between blocks as the run has it -> before its edits there. */
function throughBoundary(edits: readonly RunEdit[], boundary: number, gradient: Tensor): Tensor {
  const own = edits.filter((edit) => edit.kind === 'residual' && boundaryOf(edit) === boundary);
  if (own.length === 0) return gradient;
  const data = gradient.data.slice();
  const width = gradient.dims[1] ?? 1;
  for (const edit of own) {
    if (edit.kind !== 'residual') continue;
    for (const position of edit.positions) {
      const row = data.subarray(position * width, (position + 1) * width);
      row.forEach((value, i) => (row[i] = value * edit.keep));
    }
  }
  return { dims: gradient.dims, data };
}
