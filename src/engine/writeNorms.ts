import { norm } from '../core/analysis/heatMap.ts';
import type { ActiveNeuron } from '../core/analysis/mostActive.ts';
import { weightEntry } from '../core/graph/block.ts';
import type { Checkpoint } from '../core/model/checkpoint.ts';
import { readEachRow } from '../runtime/files/tensors.ts';

type Neuron = Pick<ActiveNeuron, 'layer' | 'neuron'>;

/** Of each checkpoint, by layer and neuron: at most n_layers * d_mlp numbers. */
const known = new WeakMap<Checkpoint, Map<string, number>>();

/**
 * Norms of neurons' rows of W_out, in their order. Only the rows that are new are read from the file: whole matrices of
 * a large model would be gigabytes.
 */
export async function writeNorms(checkpoint: Checkpoint, neurons: readonly Neuron[]): Promise<number[]> {
  const norms = known.get(checkpoint) ?? new Map<string, number>();
  known.set(checkpoint, norms);
  const missing = neurons.filter((each) => !norms.has(keyOf(each)));
  const rows = missing.map(({ layer, neuron }) => ({
    entry: weightEntry(checkpoint, `h.${layer}.mlp.c_proj.weight`),
    row: neuron,
  }));
  for (const [at, values] of (await readEachRow(rows)).entries()) {
    const neuron = missing[at];
    if (neuron) norms.set(keyOf(neuron), norm(values));
  }
  return neurons.map((each) => norms.get(keyOf(each)) ?? Number.NaN);
}

function keyOf({ layer, neuron }: Neuron): string {
  return `${layer}/${neuron}`;
}
