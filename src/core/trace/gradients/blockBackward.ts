import {
  INPUT_GRADIENT,
  ROW_HOOKS,
  ROWS,
  savedInputs,
  type BackwardOutput,
  type SeedPoint,
} from '../../graph/backward.ts';
import { EDIT_SHAPES, type EditPoint } from '../../graph/block.ts';
import { ints, type Feeds } from '../../graph/session.ts';
import { rowsAt, tensor, type Tensor } from '../../tensor/tensor.ts';
import { editedBlock, INNER_HOOKS, placeOfEdit, type InnerHook } from '../edits/editedBlock.ts';
import { fetchTensors, need } from '../../graph/keptGraphs.ts';
import type { GradientSource } from './gradientSource.ts';
import { latentsBackward } from './latentBackward.ts';
import type { LatentEdit } from '../edits/runEdit.ts';

type Seeds = Readonly<Partial<Record<SeedPoint, Tensor>>>;

/** What comes into a block's backward pass from above, and what is wanted of it. */
export interface BlockGradient {
  /** At hook_resid_post, [pos, d_model]. */
  readonly gradient: Tensor;
  /** In their hooks' layouts. */
  readonly seeds: Seeds;
  readonly want: readonly BackwardOutput[];
  /** Rows at which any of them can differ from 0, if that is known: fewer are faster. */
  readonly rows?: readonly number[];
}

const ALL_POINTS = Object.keys(EDIT_SHAPES).sort() as EditPoint[];

/**
 * Gradients of one block, from the gradient at hook_resid_post before edits of the stream after the block, and
 * `seeds` added at hooks inside. A block whose latents are edited is passed once more for each of their hooks.
 */
export async function blockBackward(
  source: GradientSource,
  layer: number,
  request: BlockGradient,
): Promise<ReadonlyMap<BackwardOutput, Tensor>> {
  const seeds: Partial<Record<SeedPoint, Tensor>> = { ...request.seeds };
  const asEdited = new Map<BackwardOutput, Tensor>();
  for (const hook of INNER_HOOKS.toReversed()) {
    const edits = latentsAt(source, layer, hook);
    if (edits.length === 0) continue;
    const gradient = need(await pass(source, layer, { ...request, seeds, want: [hook] }), hook);
    asEdited.set(hook, gradient);
    const x = await beforeLatents(source, layer, hook);
    const own = await latentsBackward(source.trace.saes, edits, x, gradient);
    seeds[hook] = sum(seeds[hook], own);
  }
  const found = new Map(await pass(source, layer, { ...request, seeds }));
  for (const [hook, gradient] of asEdited) if (found.has(hook)) found.set(hook, gradient);
  return found;
}

/** One run of the backward graph; latents that were edited are in the seeds. */
async function pass(
  source: GradientSource,
  layer: number,
  request: BlockGradient,
): Promise<ReadonlyMap<BackwardOutput, Tensor>> {
  const { trace, runner } = source;
  const keeps = keepFeeds(source, layer);
  const rows = keeps === null ? fewRows(request) : null;
  const seeds = Object.keys(request.seeds).sort() as SeedPoint[];
  const options = { edits: keeps === null ? [] : ALL_POINTS, seeds, rows: rows ? 'some' : 'all' } as const;
  const graph = await runner.graphs.backward(layer, options);
  const atRows = (hook: BackwardOutput, full: Tensor): Tensor =>
    rows && ROW_HOOKS.includes(hook) ? rowsAt(full, rows) : full;
  const feeds: Record<string, Feeds[string]> = {
    [INPUT_GRADIENT]: atRows('resid_post', request.gradient),
    ...(rows ? { [ROWS]: ints(rows) } : {}),
    ...keeps,
  };
  const run = await trace.layer(layer);
  for (const name of savedInputs(options))
    feeds[name] = name === 'x' ? trace.residPre(layer) : need(run, name);
  for (const seed of seeds) {
    const added = request.seeds[seed];
    if (added) feeds[`${seed}.seed`] = atRows(seed, added);
  }
  const isFed = (name: BackwardOutput): boolean => graph.outputs[name] === INPUT_GRADIENT;
  const computed = request.want.filter((name) => !isFed(name));
  const found = new Map<BackwardOutput, Tensor>(await fetchTensors(graph, feeds, computed));
  if (rows)
    for (const [name, some] of found)
      if (ROW_HOOKS.includes(name)) found.set(name, spread(some, rows, trace.ids.length));
  for (const name of request.want) if (isFed(name)) found.set(name, request.gradient);
  return found;
}

/** Rows that a graph of some rows is worth: less than half of all; null else. */
function fewRows({ rows, gradient }: BlockGradient): readonly number[] | null {
  return rows && rows.length > 0 && 2 * rows.length < (gradient.dims[0] ?? 0) ? rows : null;
}

/** Rows of a gradient among zeros, [size, width]. */
function spread(some: Tensor, rows: readonly number[], size: number): Tensor {
  const width = some.dims[1] ?? 1;
  const full = tensor([size, width], new Float32Array(size * width));
  rows.forEach((position, index) =>
    full.data.set(some.data.subarray(index * width, (index + 1) * width), position * width),
  );
  return full;
}

/** `{point}.keep` of every edit point of a block; null when no hook of it is edited. */
function keepFeeds({ trace }: GradientSource, layer: number): Feeds | null {
  const points = trace.layerEdits(layer);
  if (Object.keys(points).length === 0) return null;
  return Object.fromEntries(
    ALL_POINTS.map((point) => {
      const one: Tensor = { dims: EDIT_SHAPES[point].map(() => 1), data: Float32Array.of(1) };
      return [`${point}.keep`, points[point]?.keep ?? one];
    }),
  );
}

function latentsAt({ trace }: GradientSource, layer: number, hook: InnerHook): LatentEdit[] {
  return trace.edits.filter((edit): edit is LatentEdit => {
    if (edit.kind !== 'latent') return false;
    const place = placeOfEdit(edit, trace.saes);
    return place.kind === 'block' && place.layer === layer && place.hook === hook;
  });
}

/** A hook as its SAEs read it: with everything that happens before its latents are moved. Shape [pos, d_in]. */
async function beforeLatents(source: GradientSource, layer: number, hook: InnerHook): Promise<Tensor> {
  const { runner, trace } = source;
  const later = INNER_HOOKS.slice(INNER_HOOKS.indexOf(hook));
  const moved = new Set(later.flatMap((each) => latentsAt(source, layer, each)));
  const edits = trace.edits.filter((edit) => edit.kind !== 'latent' || !moved.has(edit));
  const plan = { lists: [edits], rows: { first: 0, count: trace.ids.length }, saes: trace.saes };
  const run = { layer, x: trace.residPre(layer), want: [hook] };
  const values = need(await editedBlock(runner, run, plan), hook);
  return tensor([trace.ids.length, values.data.length / trace.ids.length], values.data);
}

function sum(a: Tensor | undefined, b: Tensor): Tensor {
  return a ? { dims: b.dims, data: b.data.map((value, i) => value + (a.data[i] ?? Number.NaN)) } : b;
}
