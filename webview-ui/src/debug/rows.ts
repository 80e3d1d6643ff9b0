import { disagrees } from '../../../src/core/analysis/nodes/disagreement.ts';
import type { Metric, NodeRow } from '../../../src/core/analysis/nodes/nodeRows.ts';
import type { Node } from '../../../src/core/trace/node.ts';
import type { MeasuredNode } from '../../../src/protocol/debugContract.ts';
import { rankOf, type SortOrder } from '../controls/sortHeader.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { KIND_TITLES, nodeLayer, nodeName, nodePlace } from './nodeText.ts';

export type ShownSide = 'left' | 'right' | 'difference';
export type ColumnKey = Metric | 'measured';
export type SortKey = ColumnKey | 'name' | 'where' | 'words';
export type Grouping = 'none' | 'layer' | 'head' | 'token';
export type Measured = ReadonlyMap<string, MeasuredNode>;

/** What a person chose of a table. */
export interface TableChoice {
  readonly sort: SortKey;
  readonly order: SortOrder;
  readonly kind: Node['kind'] | 'all';
  readonly layer: number | null;
  readonly position: number | null;
  readonly text: string;
  readonly group: Grouping;
  readonly side: ShownSide;
  readonly closed: readonly string[];
}

export const FIRST_CHOICE: TableChoice = {
  sort: 'directEffect',
  order: 'magnitude',
  kind: 'all',
  layer: null,
  position: null,
  text: '',
  group: 'none',
  side: 'left',
  closed: [],
};

/** A line of the table: a node, or the head of a group of them. */
export type TableItem =
  | { readonly kind: 'node'; readonly row: NodeRow; readonly pinned: boolean }
  | {
      readonly kind: 'group';
      readonly name: string;
      readonly title: string;
      readonly rows: readonly NodeRow[];
      readonly open: boolean;
    };

export interface ArrangeInput {
  readonly rows: readonly NodeRow[];
  readonly choice: TableChoice;
  readonly measured: Measured;
  readonly tokens: readonly { readonly text: string }[];
  readonly pins: readonly string[];
}

/** A number of a row on a side; null where that side has no such node, or it has not been measured. */
export function valueOf(row: NodeRow, column: ColumnKey, side: ShownSide, measured: Measured): number | null {
  if (side === 'difference') {
    const left = valueOf(row, column, 'left', measured);
    const right = valueOf(row, column, 'right', measured);
    return left === null || right === null ? null : left - right;
  }
  if (column === 'measured') return measured.get(row.name)?.[side] ?? null;
  return row[side]?.[column] ?? null;
}

/** Whether a row's estimated total effect and its measured one tell different stories. */
export function rowDisagrees(row: NodeRow, side: ShownSide, measured: Measured): boolean {
  const truth = valueOf(row, 'measured', side, measured);
  const estimate = valueOf(row, 'estimatedTotalEffect', side, measured);
  return truth !== null && estimate !== null && disagrees(estimate, truth);
}

/** Rows filtered, sorted and grouped as chosen; pinned ones first, whatever the filter says. */
export function arrange(input: ArrangeInput): readonly TableItem[] {
  const { rows, choice, pins } = input;
  const pinned = new Set(pins);
  const held = rows.filter((row) => pinned.has(row.name));
  const free = sorted(
    rows.filter((row) => !pinned.has(row.name) && passes(row, input)),
    input,
  );
  const head = sorted(held, input).map((row): TableItem => ({ kind: 'node', row, pinned: true }));
  if (choice.group === 'none')
    return [...head, ...free.map((row): TableItem => ({ kind: 'node', row, pinned: false }))];
  return [...head, ...grouped(free, input)];
}

/** Sum of a column over rows, where they have a value. */
export function sumOf(
  rows: readonly NodeRow[],
  column: ColumnKey,
  side: ShownSide,
  measured: Measured,
): number {
  return rows.reduce((sum, row) => sum + (valueOf(row, column, side, measured) ?? 0), 0);
}

function passes({ node, name, known }: NodeRow, { choice, tokens }: ArrangeInput): boolean {
  const { kind, layer, position, text } = choice;
  if (kind !== 'all' && node.kind !== kind) return false;
  if (layer !== null && nodeLayer(node) !== layer) return false;
  const source = node.kind === 'head' ? node.source : null;
  if (position !== null && node.position !== position && source !== position) return false;
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return true;
  const label = (at: number | null): string => (at === null ? '' : (tokens[at]?.text ?? ''));
  return [name, known?.words ?? '', label(node.position), label(source)].some((part) =>
    part.toLowerCase().includes(wanted),
  );
}

function sorted(rows: readonly NodeRow[], input: ArrangeInput): readonly NodeRow[] {
  const { sort, order, side } = input.choice;
  if (sort === 'name' || sort === 'where' || sort === 'words') {
    const way = order === 'descending' ? -1 : 1;
    const keyed = rows.map((row) => ({ row, key: textKey(row, sort) }));
    keyed.sort((a, b) => way * a.key.localeCompare(b.key, 'en', { numeric: true }));
    return keyed.map(({ row }) => row);
  }
  const keyed = rows.map((row) => ({ row, key: rankOf(valueOf(row, sort, side, input.measured), order) }));
  // Stable: equal rows stay as the engine ranked them.
  keyed.sort((a, b) => b.key - a.key);
  return keyed.map(({ row }) => row);
}

function textKey(row: NodeRow, sort: 'name' | 'where' | 'words'): string {
  if (sort === 'words') return row.known?.words ?? '\uffff';
  return sort === 'where' ? nodePlace(row.node) : nodeName(row.node);
}

function grouped(rows: readonly NodeRow[], input: ArrangeInput): readonly TableItem[] {
  const { choice, measured, tokens } = input;
  const groups = new Map<string, NodeRow[]>();
  for (const row of rows) {
    const name = groupName(row.node, choice.group, tokens);
    const members = groups.get(name) ?? [];
    members.push(row);
    groups.set(name, members);
  }
  const column = isColumn(choice.sort) ? choice.sort : 'directEffect';
  const size = (members: readonly NodeRow[]): number =>
    Math.abs(sumOf(members, column, choice.side, measured));
  const ordered = [...groups].sort(([, a], [, b]) => size(b) - size(a));
  return ordered.flatMap(([name, members]): readonly TableItem[] => {
    const open = !choice.closed.includes(name);
    const head: TableItem = { kind: 'group', name, title: name, rows: members, open };
    const below = open ? members.map((row): TableItem => ({ kind: 'node', row, pinned: false })) : [];
    return [head, ...below];
  });
}

export function isColumn(key: SortKey): key is ColumnKey {
  return key !== 'name' && key !== 'where' && key !== 'words';
}

function groupName(node: Node, group: Grouping, tokens: ArrangeInput['tokens']): string {
  if (group === 'head') return node.kind === 'head' ? nodeName(node) : KIND_TITLES[node.kind];
  if (group === 'token') {
    const token = tokens[node.position];
    return `${node.position} ${token === undefined ? '' : tokenLabel(token, node.position)}`.trim();
  }
  const layer = nodeLayer(node);
  if (layer !== null) return `Layer ${layer}`;
  return node.kind === 'embedding' ? 'Embeddings' : 'Final LayerNorm';
}
