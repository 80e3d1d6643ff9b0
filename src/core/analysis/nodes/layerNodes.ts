import { bug } from '../../errors.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import type { BiasName } from '../../trace/node.ts';
import type { GradientHook } from '../../trace/gradients/readout.ts';
import type { Activations } from '../../trace/runner.ts';
import { partKeeps, type PartKeeps } from './editedWrites.ts';
import type { HeadGroup, NeuronGroup, NodeGroup, SingleGroup } from './nodeGroups.ts';
import type { BlockConstants } from './nodeReads.ts';
import { attentionStage, mlpStage, type NodeSide } from './nodeSide.ts';
import type { GradientRows, ReadPlan } from './readPlan.ts';
import type { SaePlan } from './saePlan.ts';
import { dot, dotRows, norm } from './vectors.ts';

/** What the groups of one side are built from. */
export interface NodePlan {
  readonly side: NodeSide;
  readonly reads: ReadPlan;
  readonly saes: SaePlan;
  readonly foldValueBiases: boolean;
}

/** Neurons, heads and biases of one layer. */
export async function layerGroups(plan: NodePlan, layer: number): Promise<NodeGroup[]> {
  const place = await openLayer(plan, layer);
  const groups: NodeGroup[] = [await headGroup(place)];
  const inside = (hook: 'z' | 'post'): boolean =>
    plan.saes.entered.some((each) => each.hook === hook && each.layer === layer);
  if (place.attention.listed || inside('z')) groups.push(biasGroup(place, 'b_O'));
  if (place.attention.listed && plan.foldValueBiases) groups.push(valueBiasGroup(place));
  groups.push(neuronGroup(place));
  if (place.mlp.listed || inside('post')) groups.push(biasGroup(place, 'b_out'));
  return groups;
}

/** One part of a block as the scalar reads it. */
interface Part {
  readonly listed: boolean;
  readonly rows: GradientRows | null;
}

interface LayerPlace {
  readonly plan: NodePlan;
  readonly layer: number;
  readonly size: number;
  readonly activations: Activations;
  readonly constants: BlockConstants;
  readonly keeps: PartKeeps;
  readonly attention: Part;
  readonly mlp: Part;
  /** W_out[n] . g of the MLP's rows. */
  readonly neuronsAlong: Float32Array | null;
  /** The attention's rows seen from hook_z, [R, head * d_head]. */
  readonly z: Tensor | null;
}

async function openLayer(plan: NodePlan, layer: number): Promise<LayerPlace> {
  const { trace, reads, edits } = plan.side;
  const part = (stage: number): Part => {
    const listed = !plan.saes.replaces(stage);
    return { listed, rows: listed ? plan.reads.at(stage) : null };
  };
  const attention = part(attentionStage(layer));
  const mlp = part(mlpStage(layer));
  const along = async (rows: GradientRows | null): Promise<{ neurons: Tensor; z: Tensor } | null> =>
    rows?.space === 'residual' ? reads.along(layer, rows.matrix) : null;
  const ofMlp = await along(mlp.rows);
  const ofAttention = attention.rows === mlp.rows ? ofMlp : await along(attention.rows);
  const size = trace.ids.length;
  return {
    plan,
    layer,
    size,
    attention,
    mlp,
    activations: await trace.layer(layer),
    constants: await reads.block(layer),
    keeps: partKeeps(edits, layer, { heads: trace.config.n_heads, pos: size }),
    neuronsAlong: (mlp.rows?.space === 'post' ? mlp.rows.matrix : ofMlp?.neurons)?.data ?? null,
    z: attention.rows?.space === 'z' ? attention.rows.matrix : (ofAttention?.z ?? null),
  };
}

function neuronGroup(place: LayerPlace): NeuronGroup {
  const { layer, mlp, neuronsAlong, constants, keeps, plan } = place;
  const width = plan.side.trace.config.d_mlp;
  const activation = activationOf(place, 'post');
  const factors = keeps.mlp;
  const written = factors
    ? activation.map((value, index) => value * (factors[Math.floor(index / width)] ?? 1))
    : activation;
  return {
    kind: 'neuron',
    listed: mlp.listed,
    layer,
    width,
    activation,
    written,
    gradient: gradientOf(place, 'post')?.data ?? null,
    norms: constants.neuronNorms.data,
    read: mlp.rows && neuronsAlong ? { rows: mlp.rows, along: neuronsAlong } : null,
  };
}

async function headGroup(place: LayerPlace): Promise<HeadGroup> {
  const { layer, size, attention, constants, plan, keeps } = place;
  const { n_heads, d_head } = plan.side.trace.config;
  const v = activationOf(place, 'v');
  const values = plan.foldValueBiases ? withoutBias(v, constants.b_V.data, { size, d_head }) : v;
  const rows = attention.rows?.positions.length ?? 0;
  const z = headsFirst(place.z?.data ?? new Float32Array(), { rows, n_heads, d_head });
  const { pairs, norms } = await plan.side.reads.headValues(
    layer,
    tensor([n_heads, size, d_head], values),
    tensor([n_heads, rows, d_head], z),
  );
  const activation = activationOf(place, 'pattern');
  const factors = keeps.heads; // [head, query]: one per row of keys
  const written = factors
    ? activation.map((value, index) => value * (factors[Math.floor(index / size)] ?? 1))
    : activation;
  return {
    kind: 'head',
    listed: attention.listed,
    layer,
    heads: n_heads,
    size,
    activation,
    written,
    gradient: gradientOf(place, 'pattern')?.data ?? null,
    biasGradient: plan.foldValueBiases ? biasGradient(place) : null,
    norms: norms.data,
    read: attention.rows ? { rows: attention.rows, along: pairs.data } : null,
  };
}

/** b_O or b_out at every token. */
function biasGroup(place: LayerPlace, name: 'b_O' | 'b_out'): SingleGroup {
  const { constants, size, keeps } = place;
  const vector = constants[name].data;
  const part = name === 'b_O' ? place.attention : place.mlp;
  // The part may belong to a SAE of z or post: then the bias still stands, and is read as the part would be.
  const rows = part.rows ?? place.plan.reads.at(2 * place.layer + (name === 'b_O' ? 0 : 1));
  const factors = name === 'b_O' ? keeps.attention : keeps.mlp;
  const gradient = gradientOf(place, name === 'b_O' ? 'attn_out' : 'mlp_out');
  const length = norm(vector);
  const group = singles(place, name, rows);
  for (let position = 0; position < size; position++) {
    const factor = factors?.[position] ?? 1;
    group.writeMagnitude[position] = length * factor;
    group.directEffect[position] = factor * alongRow(rows, position, vector);
    group.estimatedTotalEffect[position] = gradient ? dotRows(vector, gradient, 0, position) : 0;
  }
  return group;
}

/** Value biases through W_O: what the pairs of a token write of them, sum over heads and keys of p b_V,h W_O,h. */
function valueBiasGroup(place: LayerPlace): SingleGroup {
  const { constants, size, plan, attention, z } = place;
  const { n_heads, d_head, d_model } = plan.side.trace.config;
  const pattern = activationOf(place, 'pattern');
  const shift = biasGradient(place);
  const group = singles(place, 'b_V', attention.rows);
  for (let position = 0; position < size; position++) {
    const row = attention.rows?.rowOf[position] ?? -1;
    const write = new Float64Array(d_model);
    for (let head = 0; head < n_heads; head++) {
      const start = (head * size + position) * size;
      let weight = 0;
      for (let key = 0; key <= position; key++) weight += pattern[start + key] ?? 0;
      const written = weight * (place.keeps.heads?.[head * size + position] ?? 1);
      for (let i = 0; i < d_model; i++) {
        write[i] = (write[i] ?? 0) + written * (constants.b_V_write.data[head * d_model + i] ?? 0);
      }
      group.estimatedTotalEffect[position] =
        (group.estimatedTotalEffect[position] ?? 0) + weight * (shift?.[head * size + position] ?? 0);
      if (row < 0 || !z) continue;
      const from = head * d_head;
      const bias = constants.b_V.data.subarray(from, from + d_head);
      const read = z.data.subarray(row * n_heads * d_head + from, row * n_heads * d_head + from + d_head);
      group.directEffect[position] = (group.directEffect[position] ?? 0) + written * dot(bias, read);
    }
    group.writeMagnitude[position] = norm(write);
  }
  return group;
}

function singles(place: LayerPlace, name: BiasName, rows: GradientRows | null): SingleGroup {
  const { layer, size } = place;
  return {
    kind: 'bias',
    positions: Array.from({ length: size }, (_, position) => position),
    node: (position) => ({ kind: 'bias', name, layer, position }),
    writeMagnitude: new Float64Array(size),
    directEffect: new Float64Array(size),
    estimatedTotalEffect: new Float64Array(size),
    inSum: rows?.inSum ?? true,
  };
}

/** A vector against the gradient row of a token; 0 where nothing is read, or before W_O. */
function alongRow(rows: GradientRows | null, position: number, vector: Float32Array): number {
  const row = rows?.rowOf[position] ?? -1;
  return rows && row >= 0 && rows.space === 'residual' ? dotRows(vector, rows.matrix, 0, row) : 0;
}

/** b_V,h . dL/dz(t, h) [head, query]; null where the gradient is 0. */
function biasGradient(place: LayerPlace): Float32Array | null {
  const { size, constants, plan } = place;
  const { n_heads, d_head } = plan.side.trace.config;
  const gradient = gradientOf(place, 'z')?.data;
  if (!gradient) return null;
  return Float32Array.from({ length: n_heads * size }, (_, index) => {
    const head = Math.floor(index / size);
    const from = ((index % size) * n_heads + head) * d_head;
    const bias = constants.b_V.data.subarray(head * d_head, (head + 1) * d_head);
    return dot(bias, gradient.subarray(from, from + d_head));
  });
}

function activationOf(place: LayerPlace, name: 'post' | 'pattern' | 'v'): Float32Array {
  const found = place.activations.get(name);
  if (!found) throw bug(`layer ${place.layer} was traced without ${name}`);
  return found.data;
}

function gradientOf(place: LayerPlace, hook: GradientHook): Tensor | null {
  return place.plan.side.gradients.layer(place.layer)?.get(hook) ?? null;
}

/** v [head, pos, d_head] minus its bias [head * d_head]. */
function withoutBias(
  v: Float32Array,
  bias: Float32Array,
  { size, d_head }: { readonly size: number; readonly d_head: number },
): Float32Array {
  const perHead = size * d_head;
  return v.map(
    (value, index) => value - (bias[Math.floor(index / perHead) * d_head + (index % d_head)] ?? 0),
  );
}

/** [R, head * d_head] -> [head, R, d_head]. */
function headsFirst(
  z: Float32Array,
  { rows, n_heads, d_head }: { readonly rows: number; readonly n_heads: number; readonly d_head: number },
): Float32Array {
  const result = new Float32Array(z.length);
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < n_heads; head++) {
      const from = (row * n_heads + head) * d_head;
      result.set(z.subarray(from, from + d_head), (head * rows + row) * d_head);
    }
  }
  return result;
}
