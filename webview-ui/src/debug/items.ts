import type { NodeRow } from '../../../src/core/analysis/nodes/nodeRows.ts';
import type { DebugTable } from '../../../src/protocol/debugContract.ts';
import { remember } from '../controls/changed.ts';
import { arrange, type TableItem } from './rows.ts';
import type { DebugStore, ShownDebug } from './store.ts';

const arranged = remember(
  (
    rows: readonly NodeRow[],
    choice: DebugStore['choice'],
    measured: DebugStore['measuring']['results'] | null,
    tokens: ShownDebug['view']['summary']['left']['tokens'],
    pins: readonly string[],
  ) => arrange({ rows, choice, measured: measured ?? new Map(), tokens, pins }),
);

/** The rows in the order in which they are shown. Measured values move rows only while they are what sorts them. */
export function itemsOf(shown: ShownDebug, store: DebugStore, table: DebugTable): readonly TableItem[] {
  const { choice, measuring, pins } = store;
  const measured = choice.sort === 'measured' ? measuring.results : null;
  return arranged(table.rows, choice, measured, shown.view.summary.left.tokens, pins);
}
