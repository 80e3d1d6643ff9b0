import type { Node } from '../../trace/node.ts';
import {
  indexCount,
  nodeAt,
  nodeCount,
  shapeOf,
  type GroupShape,
  type HeadGroup,
  type LatentGroup,
  type NeuronGroup,
  type NodeGroup,
  type SingleGroup,
} from './nodeGroups.ts';
import { TopHeap } from './topHeap.ts';

/**
 * The k largest nodes of each column over all kinds at once, and the k most negative of the two effects.
 * One pass, one small heap per column and end. Nodes whose activation is 1 by definition (embeddings, errors,
 * biases) are not ranked by it: a thousand ones would say nothing. Exact zeros are never ranked.
 */
export class NodeRanking {
  /** Nodes seen. */
  total = 0;
  private readonly columns: Columns;
  private readonly shapes: { readonly base: number; readonly shape: GroupShape }[] = [];
  private next = 0;

  constructor(k: number) {
    const heap = (): TopHeap => new TopHeap(k);
    this.columns = {
      activation: heap(),
      magnitude: heap(),
      direct: heap(),
      directBottom: heap(),
      total: heap(),
      totalBottom: heap(),
    };
  }

  add(group: NodeGroup): void {
    if ('listed' in group && !group.listed) return;
    const base = this.next;
    this.shapes.push({ base, shape: shapeOf(group) });
    this.next += indexCount(group);
    this.total += nodeCount(group);
    switch (group.kind) {
      case 'neuron':
        rankNeurons(group, this.columns, base);
        rankNeuronsDirect(group, this.columns, base);
        return;
      case 'head':
        rankHeads(group, this.columns, base);
        return;
      default:
        rankListed(group, this.columns, base);
    }
  }

  /** The union over all columns, each node once. */
  nodes(): Node[] {
    const ids = new Set(Object.values<TopHeap>({ ...this.columns }).flatMap((heap) => heap.best()));
    return [...ids].toSorted((a, b) => a - b).map((id) => this.nodeOf(id));
  }

  private nodeOf(id: number): Node {
    let low = 0;
    let high = this.shapes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.shapes[middle]?.base ?? Infinity) <= id) low = middle;
      else high = middle - 1;
    }
    const found = this.shapes[low];
    if (!found) throw new RangeError('nothing was ranked');
    return nodeAt(found.shape, id - found.base);
  }
}

interface Columns {
  readonly activation: TopHeap;
  readonly magnitude: TopHeap;
  readonly direct: TopHeap;
  readonly directBottom: TopHeap;
  readonly total: TopHeap;
  readonly totalBottom: TopHeap;
}

/** Millions of neurons: thresholds are read into locals again only after a push. */
function rankNeurons(group: NeuronGroup, columns: Columns, base: number): void {
  const { activation, written, norms, width } = group;
  const gradient = group.gradient ?? new Float32Array(0);
  const hasGradient = group.gradient !== null;
  let high = columns.activation.threshold;
  let long = columns.magnitude.threshold;
  let top = columns.total.threshold;
  let bottom = columns.totalBottom.threshold;
  for (let start = 0; start < activation.length; start += width) {
    for (let neuron = 0; neuron < width; neuron++) {
      const index = start + neuron;
      const value = activation[index] as number;
      if (value > high) {
        columns.activation.push(value, base + index);
        high = columns.activation.threshold;
      }
      const magnitude = (written[index] as number) * (norms[neuron] as number);
      if (magnitude > long) {
        columns.magnitude.push(magnitude, base + index);
        long = columns.magnitude.threshold;
      }
      if (!hasGradient) continue;
      const effect = value * (gradient[index] as number);
      if (effect > top) {
        columns.total.push(effect, base + index);
        top = columns.total.threshold;
      } else if (-effect > bottom) {
        columns.totalBottom.push(-effect, base + index);
        bottom = columns.totalBottom.threshold;
      }
    }
  }
}

function rankNeuronsDirect({ written, width, read }: NeuronGroup, columns: Columns, base: number): void {
  if (!read) return;
  read.rows.positions.forEach((position, row) => {
    for (let neuron = 0; neuron < width; neuron++) {
      const index = position * width + neuron;
      pushEffect(
        columns.direct,
        columns.directBottom,
        (written[index] as number) * (read.along[row * width + neuron] as number),
        base + index,
      );
    }
  });
}

function rankHeads(group: HeadGroup, columns: Columns, base: number): void {
  const { heads, size, activation, written, norms, read } = group;
  const gradient = group.gradient;
  const count = read?.rows.positions.length ?? 0;
  for (let head = 0; head < heads; head++) {
    for (let query = 0; query < size; query++) {
      const start = (head * size + query) * size;
      const shift = group.biasGradient?.[head * size + query] ?? 0;
      const row = read?.rows.rowOf[query] ?? -1;
      const alongStart = (head * count + row) * size;
      for (let key = 0; key <= query; key++) {
        const index = start + key;
        const value = activation[index] as number;
        const write = written[index] as number;
        if (value > columns.activation.threshold) columns.activation.push(value, base + index);
        const magnitude = write * (norms[head * size + key] as number);
        if (magnitude > columns.magnitude.threshold) columns.magnitude.push(magnitude, base + index);
        if (gradient) {
          const effect = value * ((gradient[index] as number) - shift);
          pushEffect(columns.total, columns.totalBottom, effect, base + index);
        }
        if (read && row >= 0) {
          const effect = write * (read.along[alongStart + key] as number);
          pushEffect(columns.direct, columns.directBottom, effect, base + index);
        }
      }
    }
  }
}

function rankListed(group: LatentGroup | SingleGroup, columns: Columns, base: number): void {
  const count = indexCount(group);
  for (let index = 0; index < count; index++) {
    if (group.kind === 'latent') {
      if (index % group.k >= (group.counts[Math.floor(index / group.k)] ?? 0)) continue;
      columns.activation.push(group.activation[index] ?? 0, base + index);
    }
    columns.magnitude.push(group.writeMagnitude[index] ?? 0, base + index);
    pushEffect(columns.direct, columns.directBottom, group.directEffect[index] ?? 0, base + index);
    pushEffect(columns.total, columns.totalBottom, group.estimatedTotalEffect[index] ?? 0, base + index);
  }
}

function pushEffect(top: TopHeap, bottom: TopHeap, effect: number, id: number): void {
  if (effect > top.threshold) top.push(effect, id);
  else if (-effect > bottom.threshold) bottom.push(-effect, id);
}
