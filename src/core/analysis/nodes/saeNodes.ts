import { bug } from '../../errors.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import type { Node } from '../../trace/node.ts';
import type { SparseActs } from '../../trace/saeRunner.ts';
import type { LatentGroup, NodeGroup, SingleGroup } from './nodeGroups.ts';
import type { NodePlan } from './layerNodes.ts';
import type { NodeReads } from './nodeReads.ts';
import type { GradientRows } from './readPlan.ts';
import type { PlacedSae } from './saePlan.ts';
import { dotRows, norm } from './vectors.ts';

/** Directions written by latents of a z or post SAE pass W_O or W_out this many at a time. */
const ROWS_AT_ONCE = 1024;

/**
 * Latents, error and decoder bias of one SAE: together they are exactly what its hook held. A latent writes
 * z * scale * W_dec[i], scale as this run has it; the error is the hook minus the reconstruction; b_dec writes what
 * is left of the reconstruction without latents.
 */
export async function saeGroups(plan: NodePlan, placed: PlacedSae): Promise<NodeGroup[]> {
  const { sae } = placed;
  const { trace, reads } = plan.side;
  const size = trace.ids.length;
  const width = sae.config.d_in;
  const acts = await sae.acts();
  const hook = (await trace.hook(sae.config.hook_name)).data;
  const reconstruction = await sae.runner.decode(acts);
  const bias = await sae.runner.decode(emptyActs(acts));
  const error = hook.map((value, index) => value - (reconstruction.data[index] ?? 0));
  const rows = await rowsAtHook(plan, placed);
  const read = tensor([size, width], denseRows(rows, size, width));
  const slope = tensor([size, width], hookGradient(plan, placed)?.data ?? new Float32Array(size * width));

  const along = await reads.latentsAlong(sae, acts, { g: read.data, h: slope.data });
  const norms = isInside(placed) ? await writtenNorms(plan, placed, acts.indices) : along.norms;
  const latents = latentGroup(placed, acts, { ...along, writeNorms: norms }, rows?.inSum ?? true);
  const written = async (values: Float32Array): Promise<Tensor> => {
    return throughOutput(reads, placed, tensor([size, width], values));
  };
  const single = async (values: Float32Array, kind: 'error' | 'bias'): Promise<SingleGroup> => {
    const writes = await written(values);
    return {
      kind,
      positions: Array.from({ length: size }, (_, position) => position),
      node: (position) => singleNode(placed, kind, position),
      writeMagnitude: Float64Array.from({ length: size }, (_, position) =>
        norm(writes.data.subarray(position * (writes.dims[1] ?? 0), (position + 1) * (writes.dims[1] ?? 0))),
      ),
      directEffect: rowDots(values, read),
      estimatedTotalEffect: rowDots(values, slope),
      inSum: rows?.inSum ?? true,
    };
  };
  return [latents, await single(error, 'error'), await single(bias.data, 'bias')];
}

function singleNode({ sae: { id: sae }, layer }: PlacedSae, kind: 'error' | 'bias', position: number): Node {
  return kind === 'error' ? { kind, sae, layer, position } : { kind, name: 'b_dec', layer, sae, position };
}

interface LatentNumbers {
  readonly alongG: Float32Array;
  readonly alongH: Float32Array;
  /** |W_dec[i]|. */
  readonly norms: Float32Array;
  /** The same after W_O or W_out, for z and post SAEs. */
  readonly writeNorms: Float32Array;
}

function latentGroup(
  { sae, layer }: PlacedSae,
  acts: SparseActs,
  numbers: LatentNumbers,
  inSum: boolean,
): LatentGroup {
  const { k, values, rows } = acts;
  const length = rows * k;
  const writeMagnitude = new Float32Array(length);
  const directEffect = new Float32Array(length);
  const estimatedTotalEffect = new Float32Array(length);
  for (let index = 0; index < length; index++) {
    const scale = scaleAt(acts, Math.floor(index / k));
    const divisor = sae.config.rescale_acts_by_decoder_norm ? (numbers.norms[index] ?? 1) : 1;
    const written = ((values[index] ?? 0) * scale) / divisor;
    writeMagnitude[index] = written * (numbers.writeNorms[index] ?? 0);
    directEffect[index] = written * (numbers.alongG[index] ?? 0);
    estimatedTotalEffect[index] = written * (numbers.alongH[index] ?? 0);
  }
  return {
    kind: 'latent',
    sae: sae.id,
    layer,
    k,
    indices: acts.indices,
    counts: acts.counts,
    activation: values,
    writeMagnitude,
    directEffect,
    estimatedTotalEffect,
    inSum,
  };
}

/** Scale of the SAE's output at a token: 1 without input normalisation. */
export function scaleAt({ scale }: Pick<SparseActs, 'scale'>, position: number): number {
  return (scale.data.length === 1 ? scale.data[0] : scale.data[position]) ?? 1;
}

/** The same run with no latent active: decoded, it is scale * b_dec + shift. */
export function emptyActs(acts: SparseActs): SparseActs {
  const { rows } = acts;
  return {
    ...acts,
    k: 1,
    values: new Float32Array(rows),
    indices: new Int32Array(rows),
    counts: new Int32Array(rows),
    // One scale for all would decode to one row.
    scale: perRow(acts.scale, rows),
    shift: perRow(acts.shift, rows),
  };
}

function perRow(values: Tensor, rows: number): Tensor {
  if (values.data.length === rows) return values;
  return tensor([rows, 1], new Float32Array(rows).fill(values.data[0] ?? 0));
}

/** The gradient that direct effects are taken against, as rows of the SAE's own hook. */
async function rowsAtHook(plan: NodePlan, placed: PlacedSae): Promise<GradientRows | null> {
  const rows = plan.reads.at(placed.stage);
  if (!rows) return null;
  if (!isInside(placed)) return rows.space === 'residual' ? rows : null;
  if (rows.space !== 'residual') return rows.space === placed.hook ? rows : null;
  const { z, neurons } = await plan.side.reads.along(placed.layer, rows.matrix);
  return placed.hook === 'z'
    ? { ...rows, space: 'z', matrix: z }
    : { ...rows, space: 'post', matrix: neurons };
}

/** dL/d(hook) [pos, d_in]; null = 0. */
function hookGradient({ side }: NodePlan, { hook, layer }: PlacedSae): Tensor | null {
  if (hook === 'resid_pre') return side.gradients.residPre(layer);
  return side.gradients.layer(layer)?.get(hook) ?? null;
}

function denseRows(rows: GradientRows | null, size: number, width: number): Float32Array {
  const dense = new Float32Array(size * width);
  rows?.positions.forEach((position, row) => {
    dense.set(rows.matrix.data.subarray(row * width, (row + 1) * width), position * width);
  });
  return dense;
}

function rowDots(values: Float32Array, gradient: Tensor): Float64Array {
  return Float64Array.from({ length: gradient.dims[0] ?? 0 }, (_, position) =>
    dotRows(values, gradient, position, position),
  );
}

/** Whether the hook stands before the matrix by which its part writes: W_O or W_out. */
function isInside({ hook }: Pick<PlacedSae, 'hook'>): boolean {
  return hook === 'z' || hook === 'post';
}

/** Rows at a SAE's hook [N, d_in] as they reach the residual stream, biases of the part left out. [N, d_model]. */
export async function throughOutput(
  reads: NodeReads,
  { hook, layer }: Pick<PlacedSae, 'hook' | 'layer'>,
  rows: Tensor,
): Promise<Tensor> {
  if (hook === 'z') return reads.attentionWrite(layer, rows);
  return hook === 'post' ? reads.mlpWrite(layer, rows) : rows;
}

/** |W_dec[i] W_O| or |W_dec[i] W_out| of every entry. */
async function writtenNorms(
  { side }: NodePlan,
  placed: PlacedSae,
  indices: Int32Array,
): Promise<Float32Array> {
  const unique = [...new Set(indices)];
  const known = new Map<number, number>();
  for (let start = 0; start < unique.length; start += ROWS_AT_ONCE) {
    const some = unique.slice(start, start + ROWS_AT_ONCE);
    const writes = await throughOutput(side.reads, placed, await side.reads.latentRows(placed.sae, some));
    const width = writes.dims[1] ?? 0;
    some.forEach((index, row) =>
      known.set(index, norm(writes.data.subarray(row * width, (row + 1) * width))),
    );
  }
  return Float32Array.from(indices, (index) => {
    const found = known.get(index);
    if (found === undefined) throw bug(`latent ${index} of ${placed.sae.id} was not read`);
    return found;
  });
}
