import { layerBytes } from '../../trace/trace.ts';
import type { Node } from '../../trace/node.ts';
import { throughResidualEdits } from './editedWrites.ts';
import { layerGroups, type NodePlan } from './layerNodes.ts';
import { metricsAt, indexOf } from './nodeMetrics.ts';
import type { NodeGroup, SingleGroup } from './nodeGroups.ts';
import type { NodeMetrics } from './nodeRows.ts';
import { EMBEDDING_STAGE, type NodeSide } from './nodeSide.ts';
import { readPlan } from './readPlan.ts';
import { saeGroups } from './saeNodes.ts';
import { saePlan } from './saePlan.ts';
import { dotRows, norm } from './vectors.ts';

/** Groups of all layers are kept while a run's activations stay below this; else each is built when asked for. */
const MAX_RUN_BYTES = 128 * 2 ** 20;
/** Place of the embeddings and the reading's constants among the layers. */
export const ENDS = -1;

/** All nodes of one side, layer by layer. */
export interface SideNodes {
  readonly plan: NodePlan;
  /** ENDS, then every layer. */
  readonly places: readonly number[];
  groups(place: number): Promise<readonly NodeGroup[]>;
  /** Null for a node that this side does not have. */
  metrics(node: Node): Promise<NodeMetrics | null>;
}

/** @throws sae/conflict, sae/unsupported */
export function sideNodes(side: NodeSide, options: { readonly foldValueBiases: boolean }): SideNodes {
  const { config, ids } = side.trace;
  const reads = throughResidualEdits(
    readPlan(side.gradients, ids.length),
    side.edits,
    side.gradients.readout.site,
  );
  const { foldValueBiases } = options;
  const plan: NodePlan = { side, reads, saes: saePlan(side), foldValueBiases };
  const known = new Map<number, Promise<readonly NodeGroup[]>>();
  const keep = layerBytes(config, ids.length) * config.n_layers <= MAX_RUN_BYTES;
  const groups = (place: number): Promise<readonly NodeGroup[]> => {
    const found = known.get(place) ?? build(plan, place);
    if (!keep && place !== ENDS) known.clear();
    known.set(place, found);
    return found;
  };
  return {
    plan,
    places: [ENDS, ...Array.from({ length: config.n_layers }, (_, layer) => layer)],
    groups,
    metrics: async (node) => {
      for (const group of await groups(placeOf(node))) {
        const index = indexOf(group, node);
        if (index !== null) return metricsAt(group, index);
      }
      return null;
    },
  };
}

/** Layer that a node is listed under. */
export function placeOf(node: Node): number {
  if (node.kind === 'embedding') return ENDS;
  if (node.kind === 'bias' && (node.layer === null || node.name === 'read')) return ENDS;
  return node.layer ?? ENDS;
}

async function build(plan: NodePlan, place: number): Promise<readonly NodeGroup[]> {
  if (place === ENDS) return endGroups(plan);
  const groups = await layerGroups(plan, place);
  for (const placed of plan.saes.entered) {
    if (placed.layer === place) groups.push(...(await saeGroups(plan, placed)));
  }
  return groups;
}

function endGroups(plan: NodePlan): NodeGroup[] {
  const { readout } = plan.side.gradients;
  const position = readout.vectors[0]?.position ?? plan.side.trace.ids.length - 1;
  const constants = readout.constants.map(({ name, value }): SingleGroup => ({
    kind: 'bias',
    positions: [position],
    node: () => ({ kind: 'bias', name, layer: null, position }),
    writeMagnitude: new Float64Array(1),
    directEffect: Float64Array.of(value),
    estimatedTotalEffect: Float64Array.of(value),
    inSum: true,
  }));
  return plan.saes.replaces(EMBEDDING_STAGE) ? constants : [embeddingGroup(plan), ...constants];
}

/** Token plus position embedding, as the first block reads it. */
function embeddingGroup({ side, reads }: NodePlan): SingleGroup {
  const embeddings = side.trace.residPre(0);
  const gradient = side.gradients.residPre(0);
  const rows = reads.at(EMBEDDING_STAGE);
  const width = embeddings.dims[1] ?? 1;
  const positions = side.trace.ids.map((_, position) => position);
  return {
    kind: 'embedding',
    positions,
    node: (position) => ({ kind: 'embedding', position }),
    writeMagnitude: Float64Array.from(positions, (at) =>
      norm(embeddings.data.subarray(at * width, (at + 1) * width)),
    ),
    directEffect: Float64Array.from(positions, (at) => {
      const row = rows?.rowOf[at] ?? -1;
      return rows && row >= 0 ? dotRows(embeddings.data, rows.matrix, at, row) : 0;
    }),
    estimatedTotalEffect: Float64Array.from(positions, (at) => dotRows(embeddings.data, gradient, at, at)),
    inSum: rows?.inSum ?? true,
  };
}
