import { disagrees } from '../../../src/core/analysis/nodes/disagreement.ts';
import type { NodeKind } from '../../../src/core/trace/node.ts';
import type { ManyColumn, MeanRow } from '../../../src/protocol/manyViewContract.ts';
import { rankOf, type Sorted } from '../controls/sortHeader.ts';
import type { DataColumn, DataTable } from '../draw/tableText.ts';

export type ManySortKey = ManyColumn | 'key' | 'count';

/** What a person chose of a table of means. */
export interface ManyChoice extends Sorted<ManySortKey> {
  readonly kind: NodeKind | 'all';
  readonly layer: number | null;
  readonly text: string;
}

/** Rows filtered and sorted as chosen. */
export function arrangeMeans(rows: readonly MeanRow[], choice: ManyChoice): readonly MeanRow[] {
  const { kind, layer, sort, order } = choice;
  const wanted = choice.text.trim().toLowerCase();
  const kept = rows.filter(
    (row) =>
      (kind === 'all' || row.kind === kind) &&
      (layer === null || row.layer === layer) &&
      row.key.toLowerCase().includes(wanted),
  );
  if (sort === 'key') {
    const way = order === 'descending' ? -1 : 1;
    return kept.sort((a, b) => way * a.key.localeCompare(b.key, 'en', { numeric: true }));
  }
  const value = (row: MeanRow): number | null =>
    sort === 'count' ? promptsOf(row) : (row.cells[sort]?.mean ?? null);
  const keyed = kept.map((row) => ({ row, rank: rankOf(value(row), order) }));
  return keyed.sort((a, b) => b.rank - a.rank).map(({ row }) => row);
}

/** Prompts that have the component: effects count as 0 where it is not, activations do not. */
export function promptsOf({ cells }: MeanRow): number {
  return (cells.activation ?? cells.measured)?.count ?? 0;
}

/** Whether the mean estimate and the mean measurement tell different stories. */
export function meansDisagree({ cells }: MeanRow): boolean {
  const { estimatedTotalEffect: estimate, measured } = cells;
  return estimate !== null && measured !== null && disagrees(estimate.mean, measured.mean);
}

/** Rows with mean, interval and count of every column, for files. Names as in the command line's JSON. */
export function meansData(rows: readonly MeanRow[], columns: readonly ManyColumn[]): DataTable {
  const column = (key: string, numeric: boolean): DataColumn => ({ key, title: key, unit: '', numeric });
  const names = (of: ManyColumn): string => (of === 'measured' ? 'measuredTotalEffect' : of);
  return {
    caption: 'Means over prompts',
    columns: [
      column('name', false),
      column('kind', false),
      column('layer', true),
      ...columns.flatMap((of) =>
        ['', 'Low', 'High', 'Prompts'].map((part) => column(`${names(of)}${part}`, true)),
      ),
    ],
    rows: rows.map(({ key, kind, layer, cells }) => [
      key,
      kind,
      layer,
      ...columns.flatMap((of) => {
        const { mean, low, high, count } = cells[of] ?? { mean: null, low: null, high: null, count: null };
        return [mean, low, high, count];
      }),
    ]),
  };
}
