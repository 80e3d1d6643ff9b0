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

function rankNeurons(group: NeuronGroup, columns: Columns, base: number): void {
  const { activation, width, read } = group;
  const limits = new Limits(columns, group.gradient !== null);
  for (let start = 0; start < activation.length; start += width) {
    rankRow(group, limits, { base, start, norms: 0, shift: 0, count: width });
  }
  read?.rows.positions.forEach((position, row) => {
    const place = { base, start: position * width, along: row * width, count: width };
    rankDirect(group.written, read.along, columns, place);
  });
}

function rankHeads(group: HeadGroup, columns: Columns, base: number): void {
  const { heads, size, read } = group;
  const rows = read?.rows.positions.length ?? 0;
  const limits = new Limits(columns, group.gradient !== null);
  for (let head = 0; head < heads; head++) {
    for (let query = 0; query < size; query++) {
      const start = (head * size + query) * size;
      const shift = group.biasGradient?.[head * size + query] ?? 0;
      rankRow(group, limits, { base, start, norms: head * size, shift, count: query + 1 });
      const row = read?.rows.rowOf[query] ?? -1;
      if (!read || row < 0) continue;
      const along = (head * rows + row) * size;
      rankDirect(group.written, read.along, columns, { base, start, along, count: query + 1 });
    }
  }
}

/** Neighbours in a group: neurons of one token, or keys of one head and query. */
interface RankedRow {
  /** Id of the group's first node. */
  readonly base: number;
  /** Where they start among the group's nodes, and `norms` among its norms. */
  readonly start: number;
  readonly norms: number;
  /** Taken off every gradient. */
  readonly shift: number;
  readonly count: number;
}

/** What a node must pass to rank: at [0] by activation, [1] magnitude, [2] and, downwards, [3] effect. */
class Limits {
  readonly columns: Columns;
  /** In a typed array: comparing millions of numbers with them then costs no conversion. */
  readonly values = Float64Array.of(0, 0, Infinity, -Infinity);
  private readonly hasGradient: boolean;

  constructor(columns: Columns, hasGradient: boolean) {
    this.columns = columns;
    this.hasGradient = hasGradient;
    this.read();
  }

  read(): void {
    const { activation, magnitude, total, totalBottom } = this.columns;
    this.values[0] = activation.threshold;
    this.values[1] = magnitude.threshold;
    if (!this.hasGradient) return;
    this.values[2] = total.threshold;
    this.values[3] = -totalBottom.threshold;
  }
}

/** All columns but the direct effect. Of millions of nodes next to none rank: `nextRanked` skips the others. */
function rankRow(group: NeuronGroup | HeadGroup, limits: Limits, row: RankedRow): void {
  const { columns, values } = limits;
  const { activation, written, gradient, norms } = group;
  for (let next = nextRanked(group, row, 0, values); next < row.count;) {
    const index = row.start + next;
    const value = activation[index] ?? 0;
    const slope = gradient ? (gradient[index] ?? 0) - row.shift : 0;
    columns.activation.push(value, row.base + index);
    columns.magnitude.push((written[index] ?? 0) * (norms[row.norms + next] ?? 0), row.base + index);
    pushEffect(columns.total, columns.totalBottom, value * slope, row.base + index);
    limits.read();
    next = nextRanked(group, row, next + 1, values);
  }
}

/** The first node of a row from `from` on that passes a limit; `count` when none does. */
function nextRanked(
  { activation, written, gradient, norms }: NeuronGroup | HeadGroup,
  row: RankedRow,
  from: number,
  limits: Float64Array,
): number {
  const { start, shift, count } = row;
  const [high, long, top, bottom] = [
    limits[0] as number,
    limits[1] as number,
    limits[2] as number,
    limits[3] as number,
  ];
  const slopes = gradient ?? activation;
  for (let next = from; next < count; next++) {
    const value = activation[start + next] as number;
    const effect = value * ((slopes[start + next] as number) - shift);
    const magnitude = (written[start + next] as number) * (norms[row.norms + next] as number);
    if (value > high || magnitude > long || effect > top || effect < bottom) return next;
  }
  return count;
}

function rankDirect(
  written: Float32Array,
  along: Float32Array,
  columns: Columns,
  row: Pick<RankedRow, 'base' | 'start' | 'count'> & { readonly along: number },
): void {
  for (let next = 0; next < row.count; next++) {
    const effect = (written[row.start + next] as number) * (along[row.along + next] as number);
    pushEffect(columns.direct, columns.directBottom, effect, row.base + row.start + next);
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
