import type { NodeKind } from '../../trace/node.ts';
import type { Readout } from '../../trace/gradients/readout.ts';
import { openedByEdits } from './editedWrites.ts';
import type { HeadGroup, LatentGroup, NeuronGroup, NodeGroup, SingleGroup } from './nodeGroups.ts';
import type { SumCheck } from './nodeRows.ts';
import type { NodePlan } from './layerNodes.ts';
import { dot } from './vectors.ts';

/** Adds up the direct effects of all nodes, in float64, as the groups go by. */
export class NodeSums {
  private readonly byKind: Record<NodeKind, number> = {
    embedding: 0,
    neuron: 0,
    head: 0,
    latent: 0,
    error: 0,
    bias: 0,
  };

  add(group: NodeGroup): void {
    this.byKind[group.kind] += directSum(group);
  }

  check(plan: NodePlan): SumCheck {
    const { readout } = plan.side.gradients;
    const direct = Object.values(this.byKind).reduce((sum, value) => sum + value, 0);
    return {
      byKind: { ...this.byKind },
      direct,
      value: readout.value,
      residual: direct - readout.value,
      notAdditive: whyNotAdditive(plan, readout),
    };
  }
}

function whyNotAdditive({ side, saes }: NodePlan, readout: Readout): string | null {
  return (
    readout.notAdditive ??
    openedByEdits(
      side.edits,
      saes.entered.map(({ sae }) => sae.id),
    )
  );
}

/** Sum of the direct effects of a group's nodes; 0 for what is outside of the sum. */
export function directSum(group: NodeGroup): number {
  switch (group.kind) {
    case 'neuron':
      return neuronSum(group);
    case 'head':
      return headSums(group).reduce((sum, value) => sum + value, 0);
    case 'latent':
      return group.inSum ? latentSum(group) : 0;
    default:
      return group.inSum ? singleSum(group) : 0;
  }
}

function neuronSum({ listed, read, written, width }: NeuronGroup): number {
  if (!listed || !read?.rows.inSum) return 0;
  return read.rows.positions.reduce((sum, position, row) => {
    const values = written.subarray(position * width, (position + 1) * width);
    return sum + dot(values, read.along.subarray(row * width, (row + 1) * width));
  }, 0);
}

/** Direct effect of each head, all its pairs together. [head]; zeros where the scalar does not read it. */
export function headSums({ listed, heads, size, read, written }: HeadGroup): Float64Array {
  const sums = new Float64Array(heads);
  if (!listed || !read?.rows.inSum) return sums;
  const count = read.rows.positions.length;
  for (let head = 0; head < heads; head++) {
    read.rows.positions.forEach((position, row) => {
      const start = (head * size + position) * size;
      const along = (head * count + row) * size;
      for (let key = 0; key <= position; key++) {
        sums[head] = (sums[head] ?? 0) + (written[start + key] ?? 0) * (read.along[along + key] ?? 0);
      }
    });
  }
  return sums;
}

/** Entries past `counts` are zero. */
function latentSum({ directEffect }: LatentGroup): number {
  return directEffect.reduce((sum, value) => sum + value, 0);
}

function singleSum({ directEffect }: SingleGroup): number {
  return directEffect.reduce((sum, value) => sum + value, 0);
}
