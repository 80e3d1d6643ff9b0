import { html, nothing, type TemplateResult } from 'lit';
import type { NodeRow } from '../../../src/core/analysis/nodes/nodeRows.ts';
import type { DebugTable } from '../../../src/protocol/debugContract.ts';
import { button } from '../controls/button.ts';
import { remember } from '../controls/changed.ts';
import { readingView, errorView } from '../controls/readingView.ts';
import type { VirtualModel } from '../controls/virtualTable.ts';
import '../controls/virtualTable.ts';
import { CLOSES, closeness } from './headline.ts';
import { actionsOf } from './banner.ts';
import { COLUMNS, columnScales, groupCells, headerRow, nodeCells, type ColumnScales } from './nodeColumns.ts';
import { filterBar } from './filterBar.ts';
import { ablationOf, traceChoices, unitName } from './nodeText.ts';
import { itemsOf } from './items.ts';
import type { TableItem } from './rows.ts';
import type { DebugStore, ShownDebug } from './store.ts';

const scalesOf = remember(columnScales);
/** Over tens of thousands of rows: looked for again only when they or the row change. */
const indexOf = remember((items: readonly TableItem[], name: string | null): number =>
  name === null ? -1 : items.findIndex((item) => item.kind === 'node' && item.row.name === name),
);

/** The node table with its filters, its sum, and measuring. */
export function nodesPane(shown: ShownDebug, store: DebugStore): TemplateResult {
  return html`${filterBar(shown, store)}
  ${readingView(store.table, actionsOf(store), (table) => tableView(shown, store, table))}`;
}

function tableView(shown: ShownDebug, store: DebugStore, table: DebugTable): TemplateResult {
  const { measuring } = store;
  return html`${measuring.error === null ? nothing : errorView(measuring.error, actionsOf(store), () => measuring.retry())}
  ${
    table.rows.length === 0
      ? html`<p class="nothing dim">No node has an effect here.</p>`
      : html`<ug-virtual-table id="nodes" .model=${modelOf(shown, store, table)}></ug-virtual-table>`
  }`;
}

function modelOf(shown: ShownDebug, store: DebugStore, table: DebugTable): VirtualModel {
  const { choice, measuring } = store;
  const { tokens } = shown.view.summary.left;
  const items = itemsOf(shown, store, table);
  const scales = scalesOf(table.rows, choice.side, measuring.results, tokens);
  const selected = indexOf(items, store.node);
  const rowAt = (index: number): NodeRow | null => {
    const item = items[index];
    return item?.kind === 'node' ? item.row : null;
  };
  return {
    parts: { items, scales, selected, dimmed: shown.dimmed, total: table.total },
    label: `Nodes: ${items.length} rows of ${table.total}. Enter shows a row, A ablates it, T traces upstream, O opens its page, P pins it.`,
    head: headerRow(choice, table.unit, (change) => store.choose(change)),
    foot: items.length === 0 ? noneFound(store) : sums(table, store, scales),
    columns: COLUMNS.length + 1,
    count: items.length,
    row: (index) => rowOf(items[index], scales),
    selected: selected === -1 ? null : selected,
    onChoose: (index) => chooseItem(items[index], store),
    onKey: (key, index) => {
      const row = rowAt(index);
      return row !== null && rowKey(key, row, store, tokens);
    },
    onSeen: (first, end) => {
      if (shown.dimmed) return;
      measuring.see(items.slice(first, end).flatMap((item) => (item.kind === 'node' ? [item.row.node] : [])));
    },
  };
}

function rowOf(item: TableItem | undefined, scales: ColumnScales): ReturnType<VirtualModel['row']> {
  if (item === undefined) return { key: '', cells: html``, classes: '' };
  if (item.kind === 'group')
    return {
      key: `group ${item.name}`,
      cells: groupCells(item.title, item.rows, scales, { open: item.open }),
      classes: 'group',
    };
  return {
    key: item.row.name,
    cells: nodeCells(item.row, scales, { pinned: item.pinned }),
    classes: item.pinned ? 'pinned' : '',
  };
}

function chooseItem(item: TableItem | undefined, store: DebugStore): void {
  if (item?.kind === 'node') return store.selectNode(item.row.name);
  if (item === undefined) return;
  const { closed } = store.choice;
  store.choose({ closed: item.open ? [...closed, item.name] : closed.filter((name) => name !== item.name) });
}

/** What the keys of a row do. @returns whether the key was one of them. */
function rowKey(
  key: string,
  { name, node }: NodeRow,
  store: DebugStore,
  tokens: readonly { readonly text: string }[],
): boolean {
  switch (key.toLowerCase()) {
    case 'a': {
      const edit = ablationOf(node, tokens);
      if (edit !== null) store.ablate(edit);
      return true;
    }
    case 't': {
      const choices = traceChoices(node, null);
      const only = choices[0];
      if (choices.length === 1 && only !== undefined) store.traceUpstream(only.step);
      else store.selectNode(name);
      return true;
    }
    case 'o': {
      const unit = unitName(node);
      if (unit !== null) store.openUnit(unit, node.position);
      return true;
    }
    case 'p':
      store.togglePin(name);
      return true;
    default:
      return false;
  }
}

/** Biases and the sum of the direct effects of all nodes, shown or not. */
function sums(table: DebugTable, store: DebugStore, scales: ColumnScales): TemplateResult | typeof nothing {
  const { side } = store.choice;
  const check = side === 'right' ? table.right : table.left;
  if (check === null) return nothing;
  const other = side === 'difference' ? table.right : null;
  const biases = check.byKind.bias - (other?.byKind.bias ?? 0);
  const direct = check.direct - (other?.direct ?? 0);
  const residual = check.residual - (other?.residual ?? 0);
  const hidden = table.total - table.rows.length;
  const more = hidden > 0 ? `${hidden.toLocaleString('en')} more nodes` : 'every node is shown';
  const closes =
    check.notAdditive === null
      ? html`<span title=${CLOSES}><span class="mono">${closeness(residual)}</span> left over</span>`
      : html`not additive: ${check.notAdditive}`;
  return html`${footLine('biases', 'Biases', '', scales.format('directEffect', biases))}
  ${footLine('sum', 'Sum', html`${more}; <span class="residual">${closes}</span>`, scales.format('directEffect', direct))}`;
}

function footLine(id: string, title: string, note: TemplateResult | string, value: string): TemplateResult {
  return html`<tr role="row" class="sum" data-sum=${id}>
    <td role="gridcell" class="id">${title}</td>
    <td role="gridcell"></td>
    <td role="gridcell" class="extra dim note-cell">${note}</td>
    <td role="gridcell" class="extra"></td>
    <td role="gridcell" class="extra col-writeMagnitude"></td>
    <td role="gridcell" class="num">${value}</td>
    <td role="gridcell" class="extra col-estimatedTotalEffect"></td>
    <td role="gridcell"></td>
    <td role="gridcell"></td>
  </tr>`;
}

function noneFound(store: DebugStore): TemplateResult {
  const clear = (): void => store.choose({ kind: 'all', layer: null, position: null, text: '' });
  return html`<tr>
    <td colspan=${COLUMNS.length + 1}>
      <span class="dim">No row passes the filter.</span>
      ${button({ id: 'clear-filter', label: 'Clear filter', secondary: true, onClick: clear })}
    </td>
  </tr>`;
}
