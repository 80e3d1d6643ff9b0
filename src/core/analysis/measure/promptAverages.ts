import { averageOverPrompts, columnOf, meanInterval, type Average } from './manyPrompts.ts';
import type { Metric, NodeRow } from '../nodes/nodeRows.ts';

/** The node table of one prompt, as far as averages need it. */
export interface PromptTable {
  readonly prompt: string;
  readonly rows: readonly NodeRow[];
  /** The scalar. */
  readonly value: number;
  /** The last token, and the one at which the scalar is read. */
  readonly last: number;
  readonly position: number;
}

/** Columns averaged by component, and the scalar itself. */
export interface PromptAverages {
  readonly value: ReturnType<typeof meanInterval>;
  readonly columns: Readonly<Record<Metric, readonly Average[]>>;
}

/** Rows per column and end that enter averages: what is not among them is too small to count. */
export const AVERAGED_ROWS = 200;

/** Tables of several prompts as one. Effects of components that a prompt's table lacks count as 0. */
export function averageTables(tables: readonly PromptTable[]): PromptAverages {
  const column = (metric: Metric, absent: 'zero' | 'missing'): Average[] =>
    averageOverPrompts(
      tables.map((table) => ({
        prompt: table.prompt,
        values: columnOf(nodesOf(table), metric, labelsOf(table)),
      })),
      { absent },
    );
  return {
    value: meanInterval(tables.map(({ value }) => value)),
    columns: {
      activation: column('activation', 'missing'),
      writeMagnitude: column('writeMagnitude', 'missing'),
      directEffect: column('directEffect', 'zero'),
      estimatedTotalEffect: column('estimatedTotalEffect', 'zero'),
    },
  };
}

/** Positions that mean the same in every prompt: the last token, and the scalar's. */
export function labelsOf({
  last,
  position,
}: Pick<PromptTable, 'last' | 'position'>): (at: number) => string | null {
  return (at) => (at === last ? 'last' : at === position ? 'position' : null);
}

/** Largest first: the k largest and the k smallest. */
export function bothEnds<T>(rows: readonly T[], k: number): readonly T[] {
  return rows.length <= 2 * k ? rows : [...rows.slice(0, k), ...rows.slice(-k)];
}

function nodesOf({ rows }: PromptTable) {
  return rows.flatMap(({ node, left }) => (left ? [{ node, metrics: left }] : []));
}
