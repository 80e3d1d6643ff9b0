import { throwIfCancelled } from '../../errors.ts';
import { BACKWARD_OUTPUTS } from '../../graph/backward.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { blockBackward } from './blockBackward.ts';
import { editedBlock, editedResidual, placeOfEdit, residualSteps } from '../edits/editedBlock.ts';
import { need } from '../../graph/keptGraphs.ts';
import type { GradientSource } from './gradientSource.ts';
import { latentsBackward } from './latentBackward.ts';
import type { GradientHook, Gradients, Readout, ReadSite } from './readout.ts';
import type { LatentEdit, ResidualEdit, RunEdit } from '../edits/runEdit.ts';

/** Which gradients of a run are wanted. */
export interface Backpropagation {
  /** Hooks to keep of every block; all of them by default. Fewer are faster: each is copied out of the runtime. */
  readonly hooks?: readonly GradientHook[];
  /** Stops after this layer; gradients below it are not computed. */
  readonly lowest?: number;
  readonly signal?: AbortSignal | undefined;
}

type LayerGradients = ReadonlyMap<GradientHook, Tensor>;

const ALL_HOOKS: readonly GradientHook[] = BACKWARD_OUTPUTS.filter((name) => name !== 'resid_pre');

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
  const top = (boundary ?? site.layer + 1) - 1;
  const read = [...new Set(readout.vectors.map(({ position }) => position))];
  for (let layer = top; layer >= lowest; layer--) {
    throwIfCancelled(signal);
    const at = residual[layer + 1] ?? zero;
    const found = await blockBackward(source, layer, {
      gradient: await throughBoundary(source, layer + 1, at),
      seeds: boundary === null && layer === site.layer ? { [site.hook]: seed } : {},
      want: [...hooks.filter((hook) => hook !== 'resid_post'), 'resid_pre'],
      // Tokens mix below the attention of the first block that is passed.
      ...(layer === top ? { rows: read } : {}),
    });
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
  const { d_model, d_mlp, n_heads, d_head } = runner.config;
  const rows = trace.ids.length;
  const width = site.hook === 'post' ? d_mlp : d_model;
  const data = new Float32Array(rows * width);
  for (const { position, vector } of vectors) data.set(vector, position * width);
  return { dims: site.hook === 'z' ? [1, rows, n_heads, d_head] : [rows, width], data };
}

/**
 * Gradient at the residual stream between blocks as the run has it -> before its edits there, the last one first.
 * What a latent's edit read is made again from the block before.
 */
async function throughBoundary(source: GradientSource, boundary: number, gradient: Tensor): Promise<Tensor> {
  const { trace } = source;
  const own = trace.edits.filter((edit): edit is ResidualEdit | LatentEdit => {
    const place = placeOfEdit(edit, trace.saes);
    return place.kind === 'between' && place.boundary === boundary;
  });
  const steps = residualSteps(own);
  let result = gradient;
  for (const [index, step] of [...steps.entries()].toReversed()) {
    const latents = step.filter((edit) => edit.kind === 'latent');
    for (const edit of step) if (edit.kind === 'residual') result = keepRows(result, edit);
    if (latents.length === 0) continue;
    const x = await beforeEdits(source, boundary, steps.slice(0, index).flat());
    result = sum(result, await latentsBackward(trace.saes, latents, x, result));
  }
  return result;
}

/** The stream between blocks with the first few of its edits. */
async function beforeEdits(
  { runner, trace }: GradientSource,
  boundary: number,
  edits: readonly RunEdit[],
): Promise<Tensor> {
  const plan = { lists: [trace.edits], rows: { first: 0, count: trace.ids.length }, saes: trace.saes };
  const below = boundary - 1;
  const run = { layer: below, x: trace.residPre(Math.max(0, below)), want: ['resid_post' as const] };
  const x =
    boundary === 0
      ? (await runner.embed(trace.ids)).residPre
      : need(await editedBlock(runner, run, plan), 'resid_post');
  return editedResidual(x, boundary, { ...plan, lists: [edits] });
}

function keepRows({ dims, data }: Tensor, { positions, keep }: ResidualEdit): Tensor {
  const width = dims[1] ?? 1;
  const edited = new Set(positions);
  return { dims, data: data.map((value, i) => (edited.has(Math.floor(i / width)) ? value * keep : value)) };
}

function sum(a: Tensor, b: Tensor): Tensor {
  return { dims: a.dims, data: a.data.map((value, i) => value + (b.data[i] ?? Number.NaN)) };
}
