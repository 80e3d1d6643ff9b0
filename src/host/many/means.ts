import {
  averageOverPrompts,
  columnOf,
  componentKey,
  meanInterval,
} from '../../core/analysis/measure/manyPrompts.ts';
import { labelsOf } from '../../core/analysis/measure/promptAverages.ts';
import type { Metric, NodeRow } from '../../core/analysis/nodes/nodeRows.ts';
import { parseUnit } from '../../core/model/units.ts';
import type { Node, NodeKind } from '../../core/trace/node.ts';
import type { ManyColumn, Mean, MeanRow } from '../../protocol/manyViewContract.ts';

interface Component {
  readonly kind: NodeKind;
  readonly layer: number | null;
}

/** A prompt's node table by component: what means are made of. Far smaller than the table. */
export interface PromptColumns {
  readonly components: ReadonlyMap<string, Component>;
  readonly columns: Readonly<Record<Metric, ReadonlyMap<string, number>>>;
}

/** What is known of one prompt. */
export interface PromptNumbers {
  readonly columns: PromptColumns;
  readonly value: number;
  /** Measured effects of the sweep by unit and place (`L9H9@last`). */
  readonly swept: ReadonlyMap<string, number>;
}

/** Effects that are not there do nothing; an activation that is not there has no value. */
const ABSENT: Readonly<Record<Metric, 'zero' | 'missing'>> = {
  activation: 'missing',
  writeMagnitude: 'missing',
  directEffect: 'zero',
  estimatedTotalEffect: 'zero',
};
const METRICS = Object.keys(ABSENT) as Metric[];
/** Other places of a sweep mean other things than in a component's name. */
const SHARED_PLACE = '@last';

/** `last` and `position`: the prompt's last token, and the one at which the scalar is read. */
export function columnsOf(
  rows: readonly NodeRow[],
  at: { readonly last: number; readonly position: number },
): PromptColumns {
  const label = labelsOf(at);
  const nodes = rows.flatMap(({ node, left }) => (left ? [{ node, metrics: left }] : []));
  return {
    components: new Map(
      nodes.map(({ node }) => [componentKey(node, label), { kind: node.kind, layer: layerOf(node) }]),
    ),
    columns: {
      activation: columnOf(nodes, 'activation', label),
      writeMagnitude: columnOf(nodes, 'writeMagnitude', label),
      directEffect: columnOf(nodes, 'directEffect', label),
      estimatedTotalEffect: columnOf(nodes, 'estimatedTotalEffect', label),
    },
  };
}

/** Every component of any prompt, each column averaged. `measured` is the sweep's, at the last token. */
export function meanRows(prompts: readonly PromptNumbers[]): MeanRow[] {
  const components = new Map(prompts.flatMap(({ columns }) => [...columns.components]));
  const means = METRICS.map((metric) => [metric, meansOf(prompts, metric)] as const);
  const measured = sweptMeans(prompts);
  return [...components].map(([key, component]) => ({
    key,
    ...component,
    cells: {
      ...(Object.fromEntries(means.map(([metric, column]) => [metric, column.get(key) ?? null])) as Record<
        Metric,
        Mean | null
      >),
      measured: key.endsWith(SHARED_PLACE) ? (measured.get(key) ?? null) : null,
    },
  }));
}

/** Every unit of the sweep with its measured effect, averaged over the prompts in which it was measured. */
export function sweepMeans(prompts: readonly PromptNumbers[]): MeanRow[] {
  const none = { activation: null, writeMagnitude: null, directEffect: null, estimatedTotalEffect: null };
  return [...sweptMeans(prompts)].map(([key, measured]) => ({
    key,
    ...unitOf(key),
    cells: { ...none, measured },
  }));
}

/** A row's value in one prompt. */
export function valueIn({ columns, swept }: PromptNumbers, key: string, column: ManyColumn): number | null {
  return (column === 'measured' ? swept : columns.columns[column]).get(key) ?? null;
}

export function meanOf(values: readonly number[]): Mean | null {
  return values.length === 0 ? null : { ...meanInterval(values), count: values.length };
}

function meansOf(prompts: readonly PromptNumbers[], metric: Metric): ReadonlyMap<string, Mean> {
  const columns = prompts.map(({ columns: of }) => ({ prompt: '', values: of.columns[metric] }));
  return byKey(averageOverPrompts(columns, { absent: ABSENT[metric] }));
}

function sweptMeans(prompts: readonly PromptNumbers[]): ReadonlyMap<string, Mean> {
  const swept = prompts.map((prompt) => ({ prompt: '', values: prompt.swept }));
  return byKey(averageOverPrompts(swept, { absent: 'missing' }));
}

function byKey(averages: ReturnType<typeof averageOverPrompts>): ReadonlyMap<string, Mean> {
  return new Map(averages.map(({ key, mean, low, high, count }) => [key, { mean, low, high, count }]));
}

function layerOf(node: Node): number | null {
  return node.kind === 'embedding' ? null : node.layer;
}

/** Of `L9H9@last`: a head of layer 9. */
function unitOf(key: string): Component {
  const unit = parseUnit(key.replace(/@.*$/u, ''));
  const layer = unit.kind === 'latent' ? Number.parseInt(unit.sae, 10) : unit.layer;
  return { kind: unit.kind, layer };
}
