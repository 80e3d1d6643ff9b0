import type { Node } from '../../trace/node.ts';
import type { Metric, NodeMetrics } from '../nodes/nodeRows.ts';

/** One number per row of one prompt: a column of its node table, or a sweep. */
export interface PromptValues {
  /** What the person knows the prompt by, e.g. its file. */
  readonly prompt: string;
  readonly values: ReadonlyMap<string, number>;
}

/** A figure averaged over prompts, in the unit of what was averaged. `key` names the row. */
export interface Average {
  readonly key: string;
  readonly mean: number;
  /** 95 % interval of the mean by Student's t; null for fewer than two prompts. */
  readonly low: number | null;
  readonly high: number | null;
  /** Prompts that the mean is over. */
  readonly count: number;
  /** Value of each prompt, in their order; null where it has no such row. */
  readonly each: readonly (number | null)[];
}

/**
 * Means over prompts, rows matched by key. `absent`: what a prompt without the row counts as: `zero` for effects
 * (what is not there does nothing), `missing` for columns that then have no value. NaN stays NaN.
 * Rows by mean, largest first.
 */
export function averageOverPrompts(
  prompts: readonly PromptValues[],
  options: { readonly absent: 'zero' | 'missing' },
): Average[] {
  const keys = new Set(prompts.flatMap(({ values }) => [...values.keys()]));
  const rows = [...keys].map((key): Average => {
    const each = prompts.map(({ values }) => values.get(key) ?? null);
    const counted =
      options.absent === 'zero' ? each.map((value) => value ?? 0) : each.filter((value) => value !== null);
    return { key, ...meanInterval(counted), count: counted.length, each };
  });
  return rows.toSorted((a, b) => b.mean - a.mean || a.key.localeCompare(b.key, 'en'));
}

/** Mean and its 95 % interval: mean +- t(0.975, n - 1) s / sqrt(n), s the unbiased standard deviation. */
export function meanInterval(values: readonly number[]): {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
} {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, low: null, high: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = studentT975(count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { mean, low: mean - half, high: mean + half };
}

/**
 * A node's name with positions that mean the same in every prompt: `L9H9@last`, `L5N123@last`. `label` gives a
 * position's label (`last`, `target`, ...) or null where it has none; a node at such a position is `L9H9@*`.
 * Pairs of a head share one row: their sources differ from prompt to prompt.
 */
export function componentKey(node: Node, label: (position: number) => string | null): string {
  return `${componentOf(node)}@${label(node.position) ?? '*'}`;
}

/** What of a model a node is an invocation of: `E`, `L5N123`, `L9H9`, `3-res/412`, `3-res/error`, `L3.b_O`. */
export function componentOf(node: Node): string {
  switch (node.kind) {
    case 'embedding':
      return 'E';
    case 'neuron':
      return `L${node.layer}N${node.neuron}`;
    case 'head':
      return `L${node.layer}H${node.head}`;
    case 'latent':
      return `${node.sae}/${node.index}`;
    case 'error':
      return `${node.sae}/error`;
    case 'bias': {
      const owner = node.sae ?? (node.layer === null ? null : `L${node.layer}`);
      return owner === null ? node.name : `${owner}.${node.name}`;
    }
  }
}

/**
 * One column of one prompt's nodes by component. Nodes that share a key are summed in the effect columns, and the
 * largest of them stands for the others.
 */
export function columnOf(
  nodes: readonly { readonly node: Node; readonly metrics: NodeMetrics }[],
  metric: Metric,
  label: (position: number) => string | null,
): Map<string, number> {
  const adds = metric === 'directEffect' || metric === 'estimatedTotalEffect';
  const column = new Map<string, number>();
  for (const { node, metrics } of nodes) {
    const key = componentKey(node, label);
    const known = column.get(key);
    const value = metrics[metric];
    if (known === undefined) column.set(key, value);
    else column.set(key, adds ? known + value : Math.max(known, value));
  }
  return column;
}

/** Quantile 0.975 of Student's t for 1 to 30 degrees of freedom. Source: any table of the distribution. */
const T_975 = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604,
  2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555,
  2.0518, 2.0484, 2.0452, 2.0423,
] as const;
/** The same of the normal distribution. */
const Z_975 = 1.959963984540054;

/** Quantile 0.975 of Student's t; beyond the table by Cornish and Fisher's expansion, right to five digits. */
export function studentT975(degrees: number): number {
  const known = T_975[degrees - 1];
  if (known !== undefined) return known;
  const z = Z_975;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  return z + first / degrees + second / degrees ** 2;
}
