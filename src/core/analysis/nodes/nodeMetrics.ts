import { formatNode, type Node } from '../../trace/node.ts';
import { nodeAt, type HeadGroup, type LatentGroup, type NeuronGroup, type NodeGroup } from './nodeGroups.ts';
import type { NodeMetrics } from './nodeRows.ts';

/** The four columns of one node of a group. -0 becomes 0. */
export function metricsAt(group: NodeGroup, index: number): NodeMetrics {
  switch (group.kind) {
    case 'neuron':
      return neuronMetrics(group, index);
    case 'head':
      return headMetrics(group, index);
    case 'latent':
      return listedMetrics(group, index, at(group.activation, index));
    default:
      return listedMetrics(group, index, 1);
  }
}

function neuronMetrics(group: NeuronGroup, index: number): NodeMetrics {
  const { width, read } = group;
  const activation = at(group.activation, index);
  const written = at(group.written, index);
  const row = read ? (read.rows.rowOf[Math.floor(index / width)] ?? -1) : -1;
  const along = row < 0 ? 0 : at(read?.along, row * width + (index % width));
  return metrics(
    activation,
    written * at(group.norms, index % width),
    written * along,
    activation * at(group.gradient, index),
  );
}

function headMetrics(group: HeadGroup, index: number): NodeMetrics {
  const { size, read } = group;
  const key = index % size;
  const query = Math.floor(index / size) % size;
  const head = Math.floor(index / (size * size));
  const activation = at(group.activation, index);
  const written = at(group.written, index);
  const row = read ? (read.rows.rowOf[query] ?? -1) : -1;
  const count = read?.rows.positions.length ?? 0;
  const along = row < 0 ? 0 : at(read?.along, (head * count + row) * size + key);
  const slope = at(group.gradient, index) - at(group.biasGradient, head * size + query);
  return metrics(
    activation,
    written * at(group.norms, head * size + key),
    written * along,
    activation * slope,
  );
}

function listedMetrics(
  group: Exclude<NodeGroup, NeuronGroup | HeadGroup>,
  index: number,
  activation: number,
): NodeMetrics {
  return metrics(
    activation,
    at(group.writeMagnitude, index),
    at(group.directEffect, index),
    at(group.estimatedTotalEffect, index),
  );
}

function metrics(
  activation: number,
  writeMagnitude: number,
  directEffect: number,
  estimatedTotalEffect: number,
): NodeMetrics {
  return {
    activation: activation + 0,
    writeMagnitude: writeMagnitude + 0,
    directEffect: directEffect + 0,
    estimatedTotalEffect: estimatedTotalEffect + 0,
  };
}

/** Index of a node within a group; null when the group has no such node. */
export function indexOf(group: NodeGroup, node: Node): number | null {
  switch (group.kind) {
    case 'neuron':
      if (node.kind !== 'neuron' || node.layer !== group.layer) return null;
      return within(node.position * group.width + node.neuron, group.activation.length);
    case 'head':
      if (node.kind !== 'head' || node.layer !== group.layer || node.source > node.position) return null;
      return within(
        (node.head * group.size + node.position) * group.size + node.source,
        group.activation.length,
      );
    case 'latent':
      return node.kind === 'latent' && node.sae === group.sae ? latentIndex(group, node) : null;
    default: {
      if (node.kind !== group.kind) return null;
      const index = group.positions.indexOf(node.position);
      return index >= 0 && formatNode(nodeAt(group, index)) === formatNode(node) ? index : null;
    }
  }
}

function latentIndex(group: LatentGroup, node: Node & { readonly kind: 'latent' }): number | null {
  const count = group.counts[node.position] ?? 0;
  for (let entry = 0; entry < count; entry++) {
    const index = node.position * group.k + entry;
    if (group.indices[index] === node.index) return index;
  }
  return null;
}

function within(index: number, length: number): number | null {
  return index >= 0 && index < length ? index : null;
}

function at(values: ArrayLike<number> | null | undefined, index: number): number {
  return values?.[index] ?? 0;
}
