import type { NodeRow } from '../../../src/core/analysis/nodes/nodeRows.ts';
import type { DebugTable } from '../../../src/protocol/debugContract.ts';
import type { DebugPageView } from '../../../src/protocol/debugViewContract.ts';
import type { DataCell, DataColumn, DataTable } from '../draw/tableText.ts';
import { nodeLayer } from './nodeText.ts';
import type { Measured } from './rows.ts';

const METRICS = ['activation', 'writeMagnitude', 'directEffect', 'estimatedTotalEffect'] as const;

/** Rows with every number of both sides, for copies and files. Names as in the command line's JSON. */
export function nodeTableData(rows: readonly NodeRow[], measured: Measured): DataTable {
  const two = rows.some(({ right }) => right !== null);
  const column = (key: string, numeric: boolean): DataColumn => ({ key, title: key, unit: '', numeric });
  const numbers = [...METRICS, 'measuredTotalEffect'];
  const columns = [
    ...['name', 'kind'].map((key) => column(key, false)),
    ...['layer', 'position', 'source'].map((key) => column(key, true)),
    ...['words', 'wordsBy'].map((key) => column(key, false)),
    column('score', true),
    ...['isPattern', 'stale'].map((key) => column(key, false)),
    ...numbers.map((key) => column(key, true)),
    ...(two ? numbers.map((key) => column(`${key}Right`, true)) : []),
  ];
  return { caption: 'Nodes', columns, rows: rows.map((row) => cellsOf(row, measured, { two })) };
}

function cellsOf(row: NodeRow, measured: Measured, { two }: { readonly two: boolean }): readonly DataCell[] {
  const { name, node, known } = row;
  const side = (key: 'left' | 'right'): readonly DataCell[] => [
    ...METRICS.map((metric) => row[key]?.[metric] ?? null),
    measured.get(name)?.[key] ?? null,
  ];
  const source = node.kind === 'head' ? node.source : row.attributedTo;
  const place = [name, node.kind, nodeLayer(node), node.position, source];
  const said: readonly DataCell[] = known
    ? [known.words, known.by, known.score, known.isPattern === true, known.stale]
    : [null, null, null, null, null];
  return [...place, ...said, ...side('left'), ...(two ? side('right') : [])];
}

/** The table as the command line writes it. */
export function nodesJson(view: DebugPageView, table: DebugTable, measured: Measured): string {
  const data = nodeTableData(table.rows, measured);
  const nodes = data.rows.map((row) =>
    Object.fromEntries(data.columns.map(({ key }, i) => [key, row[i] ?? null])),
  );
  const { direct, residual } = table.left;
  const result = {
    version: 1,
    file: view.fileName,
    title: table.title,
    logitDiff: view.summary.left.value,
    sumCheck: { direct, residual, notAdditive: table.left.notAdditive },
    nodes,
  };
  return JSON.stringify(result, null, 2);
}
