import { bug, InterpError } from '../../errors.ts';
import { tensor } from '../../tensor/tensor.ts';
import { formatNode, type Node } from '../../trace/node.ts';
import type { NodeReads } from './nodeReads.ts';
import type { NodeSae, NodeSide } from './nodeSide.ts';
import { place } from './saePlan.ts';
import { emptyActs, scaleAt, throughOutput } from './saeNodes.ts';

type LatentNode = Extract<Node, { readonly kind: 'latent' }>;
type HeadNode = Extract<Node, { readonly kind: 'head' }>;
type BiasNode = Extract<Node, { readonly kind: 'bias' }>;

/**
 * What a node writes into the residual stream, [d_model]; null for constants of a reading, which write nothing.
 * @throws unit/unknown for a latent that is not active there, or a SAE that is not given
 */
export async function nodeWrite(
  side: NodeSide,
  node: Node,
  options: { readonly foldValueBiases: boolean },
): Promise<Float32Array | null> {
  switch (node.kind) {
    case 'embedding':
      return rowOf(side.trace.residPre(0).data, node.position, side.trace.config.d_model);
    case 'neuron': {
      const post = (await side.trace.layer(node.layer)).get('post')?.data;
      const activation = post?.[node.position * side.trace.config.d_mlp + node.neuron] ?? 0;
      return times(await side.reads.neuronRow(node.layer, node.neuron), activation);
    }
    case 'head':
      return headWrite(side, node, options);
    case 'latent':
      return latentWrite(side, node);
    case 'error':
      return hookWrite(side, node.sae, async (sae) => errorRow(side, sae, node.position));
    case 'bias':
      return biasWrite(side, node);
  }
}

/**
 * Logit lens of a write: (write * final gain) . W_U, mean over the vocabulary subtracted. [d_vocab]; null when
 * nothing is written. The final LayerNorm's bias is already behind its gain. Source: Transformer Debugger, "upvoted".
 */
export async function votesOf(
  reads: NodeReads,
  write: Float32Array,
  node: Node,
): Promise<Float32Array | null> {
  if (write.every((value) => value === 0)) return null;
  if (node.kind === 'bias' && node.name === 'ln_f') return centredScores(reads, write);
  return logitsOfWrite(reads, write);
}

/** Logit lens of a write direction that stands before the final LayerNorm: see `votesOf`. [d_vocab]. */
export async function logitsOfWrite(reads: NodeReads, write: Float32Array): Promise<Float32Array> {
  const gain = (await reads.finalNorm()).gain.data;
  return centredScores(
    reads,
    write.map((value, i) => value * (gain[i] ?? 0)),
  );
}

/** x . W_U minus its mean over the vocabulary. */
async function centredScores(reads: NodeReads, x: Float32Array): Promise<Float32Array> {
  const { data } = await reads.vocabulary('W_U', tensor([1, x.length], x));
  let sum = 0;
  for (const value of data) sum += value;
  const mean = sum / data.length;
  return data.map((value) => value - mean);
}

async function headWrite(
  side: NodeSide,
  node: HeadNode,
  { foldValueBiases }: { readonly foldValueBiases: boolean },
): Promise<Float32Array> {
  const { d_head, d_model } = side.trace.config;
  const size = side.trace.ids.length;
  const activations = await side.trace.layer(node.layer);
  const v = activations.get('v')?.data;
  const pattern = activations.get('pattern')?.data;
  if (!v || !pattern) throw bug(`layer ${node.layer} was traced without values or pattern`);
  const from = (node.head * size + node.source) * d_head;
  const weight = pattern[(node.head * size + node.position) * size + node.source] ?? 0;
  const bias = foldValueBiases ? (await side.reads.block(node.layer)).b_V.data : null;
  const z = new Float32Array(d_model);
  for (let i = 0; i < d_head; i++) {
    const at = node.head * d_head + i;
    z[at] = weight * ((v[from + i] ?? 0) - (bias?.[at] ?? 0));
  }
  return (await side.reads.attentionWrite(node.layer, tensor([1, d_model], z))).data;
}

async function latentWrite(side: NodeSide, node: LatentNode): Promise<Float32Array> {
  return hookWrite(side, node.sae, async (sae) => {
    const acts = await sae.acts();
    const entries = acts.indices.subarray(node.position * acts.k, (node.position + 1) * acts.k);
    const entry = entries.subarray(0, acts.counts[node.position] ?? 0).indexOf(node.index);
    if (entry < 0) {
      const name = formatNode(node);
      throw new InterpError('unit/unknown', `${name} is not a node: the latent is not active there.`, {
        data: { node: name },
      });
    }
    const row = (await side.reads.latentRows(sae, [node.index])).data;
    const divisor = sae.config.rescale_acts_by_decoder_norm ? Math.hypot(...row) : 1;
    const value = acts.values[node.position * acts.k + entry] ?? 0;
    return times(row, (value * scaleAt(acts, node.position)) / divisor);
  });
}

async function errorRow(side: NodeSide, sae: NodeSae, position: number): Promise<Float32Array> {
  const { d_in } = sae.config;
  const hook = rowOf((await side.trace.hook(sae.config.hook_name)).data, position, d_in);
  const reconstruction = rowOf((await sae.runner.decode(await sae.acts())).data, position, d_in);
  return hook.map((value, i) => value - (reconstruction[i] ?? 0));
}

async function biasWrite(side: NodeSide, node: BiasNode): Promise<Float32Array | null> {
  if (node.name === 'ln_f') return (await side.reads.finalNorm()).bias.data;
  if (node.name === 'read' || node.layer === null) return null;
  if (node.name === 'b_dec') {
    return hookWrite(side, node.sae ?? '', async (sae) =>
      rowOf((await sae.runner.decode(emptyActs(await sae.acts()))).data, node.position, sae.config.d_in),
    );
  }
  const constants = await side.reads.block(node.layer);
  if (node.name !== 'b_V') return constants[node.name].data;
  const { n_heads, d_model } = side.trace.config;
  const sum = new Float32Array(d_model);
  for (let i = 0; i < n_heads * d_model; i++) {
    sum[i % d_model] = (sum[i % d_model] ?? 0) + (constants.b_V_write.data[i] ?? 0);
  }
  return sum;
}

/** A row at a SAE's hook as it reaches the residual stream. @throws unit/unknown */
async function hookWrite(
  side: NodeSide,
  id: string,
  row: (sae: NodeSae) => Promise<Float32Array>,
): Promise<Float32Array> {
  const sae = side.saes.find((each) => each.id === id);
  if (!sae) throw new InterpError('unit/unknown', `SAE "${id}" is not switched on.`, { data: { sae: id } });
  const written = await row(sae);
  const { hook, layer } = place(side.trace.config, sae);
  return (await throughOutput(side.reads, { hook, layer }, tensor([1, written.length], written))).data;
}

function rowOf(values: Float32Array, position: number, width: number): Float32Array {
  return values.subarray(position * width, (position + 1) * width);
}

function times(values: Float32Array, factor: number): Float32Array {
  return values.map((value) => value * factor);
}
