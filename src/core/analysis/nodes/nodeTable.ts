import { formatNode, unitOfNode, type Node } from '../../trace/node.ts';
import type { WordsOf, WordsOfUnit } from '../../trace/words.ts';
import type { GradientHook } from '../../trace/gradients/readout.ts';
import { throwIfCancelled } from '../../errors.ts';
import { mapNode, positionMap, type PositionMap } from './alignNodes.ts';
import { attributedSource } from './latentSources.ts';
import type { NodeMetrics, NodeRow, NodeTable, NodeTableOptions, SumCheck } from './nodeRows.ts';
import { NodeRanking } from './nodeRanking.ts';
import type { NodeSide } from './nodeSide.ts';
import { NodeSums } from './nodeSums.ts';
import { placeOf, sideNodes, type SideNodes } from './sideNodes.ts';

/** The runs that a node table is made of. */
export interface NodeTableRequest {
  readonly left: NodeSide;
  readonly right: NodeSide | null;
  /** Left position -> right position; null = the same positions. */
  readonly alignment: readonly (number | null)[] | null;
  readonly options: NodeTableOptions;
  /** What is known of a unit. */
  readonly words: WordsOf;
  readonly signal?: AbortSignal | undefined;
}

/** Gradients that a table reads: ask for no others, each is copied out of the runtime. */
export const TABLE_GRADIENTS: readonly GradientHook[] = [
  'pattern',
  'z',
  'attn_out',
  'resid_mid',
  'post',
  'mlp_out',
  'resid_post',
];

/**
 * The node table of one scalar over one or two runs. Rows: the union of both sides' rankings (`NodeRanking`), named
 * by left positions, by direct effect on the left; right nodes at positions without a left one are in the right
 * side's sum only. `options.saes` is what `NodeSide.saes` were chosen by. @throws sae/conflict, cancelled
 */
export async function nodeTable(request: NodeTableRequest): Promise<NodeTable> {
  const { left, right, options, signal } = request;
  const leftNodes = sideNodes(left, options);
  const rightNodes = right && sideNodes(right, options);
  const leftRead = await readSide(leftNodes, options.k, signal);
  const rightRead = rightNodes && (await readSide(rightNodes, options.k, signal));
  const map = positionMap(left.trace.ids.length, request.alignment);
  const nodes = union(leftRead.nodes, rightRead?.nodes ?? [], map);
  const rows: NodeRow[] = [];
  for (const node of nodes) {
    const counterpart = rightNodes ? mapNode(node, map.toRight) : null;
    rows.push({
      name: formatNode(node),
      node,
      left: await leftNodes.metrics(node),
      right: rightNodes && counterpart ? await rightNodes.metrics(counterpart) : null,
      known: await wordsOf(node, request.words),
      attributedTo: await attributedSource(left, node),
    });
  }
  return {
    rows: rows.toSorted((a, b) => directOf(b) - directOf(a)),
    total: leftRead.total,
    left: leftRead.check,
    right: rightRead?.check ?? null,
    k: options.k,
  };
}

async function wordsOf(node: Node, words: WordsOf): Promise<WordsOfUnit | null> {
  const unit = unitOfNode(node);
  return unit && (await words(unit));
}

/** The four columns of named nodes of one side; null where the side has no such node. */
export async function metricsOf(
  side: NodeSide,
  nodes: readonly Node[],
  options: { readonly foldValueBiases: boolean },
): Promise<(NodeMetrics | null)[]> {
  const all = sideNodes(side, options);
  const found = new Map<Node, NodeMetrics | null>();
  for (const node of byPlace(nodes)) found.set(node, await all.metrics(node));
  return nodes.map((node) => found.get(node) ?? null);
}

/** Sum over all nodes of one side, without ranking them. */
export async function sumCheck(
  side: NodeSide,
  options: { readonly foldValueBiases: boolean },
): Promise<SumCheck> {
  return (await readSide(sideNodes(side, options), 0, undefined)).check;
}

interface ReadSide {
  readonly nodes: readonly Node[];
  readonly total: number;
  readonly check: SumCheck;
}

/** One pass over all nodes of a side. */
async function readSide(all: SideNodes, k: number, signal: AbortSignal | undefined): Promise<ReadSide> {
  const ranking = new NodeRanking(k);
  const sums = new NodeSums();
  for (const place of all.places) {
    throwIfCancelled(signal);
    for (const group of await all.groups(place)) {
      ranking.add(group);
      sums.add(group);
    }
  }
  return { nodes: ranking.nodes(), total: ranking.total, check: sums.check(all.plan) };
}

/** Left nodes and, by their left positions, right ones; layer by layer, each once. */
function union(left: readonly Node[], right: readonly Node[], map: PositionMap): Node[] {
  const named = new Map<string, Node>();
  const mapped = right.map((node) => mapNode(node, map.toLeft));
  for (const node of [...left, ...mapped]) if (node) named.set(formatNode(node), node);
  return byPlace([...named.values()]);
}

/** In order of layers, so that a long run's layers are opened once. */
function byPlace(nodes: readonly Node[]): Node[] {
  return nodes.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function directOf({ left, right }: NodeRow): number {
  return left?.directEffect ?? right?.directEffect ?? 0;
}
