import { html, nothing, type TemplateResult } from 'lit';
import type { NodeKind } from '../../../src/core/trace/node.ts';
import type { ManyState, MeanRow } from '../../../src/protocol/manyViewContract.ts';
import { remember } from '../controls/changed.ts';
import { chooser, type Choice } from '../controls/chooser.ts';
import { iconButton } from '../controls/icon.ts';
import { readingView } from '../controls/readingView.ts';
import { textField } from '../controls/textField.ts';
import type { VirtualModel } from '../controls/virtualTable.ts';
import '../controls/virtualTable.ts';
import { toCsv } from '../draw/tableText.ts';
import { KIND_TITLES } from '../debug/nodeText.ts';
import { meanCells, meanHeader, meanScales, NODE_COLUMNS, SWEEP_COLUMNS } from './columns.ts';
import { manyJson } from './exports.ts';
import { arrangeMeans, meansData } from './rows.ts';
import type { ManyStore } from './store.ts';

const arranged = remember(arrangeMeans);
const scaled = remember(meanScales);

/** Means over the prompts: of the nodes' columns, or of a sweep. */
export function meansPane(many: ManyState, store: ManyStore): TemplateResult {
  const resource = store.tab === 'nodes' ? store.nodes : store.sweep;
  const actions = { again: () => store.run('run'), copy: (text: string) => store.copy(text) };
  return html`${filterBar(many, store, resource.reading.value ?? [])}
  ${readingView(resource, actions, (rows) => table(many, store, rows))}`;
}

function table(many: ManyState, store: ManyStore, rows: readonly MeanRow[]): TemplateResult {
  if (rows.length === 0) return html`<p class="nothing dim">${nothingYet(many, store)}</p>`;
  return html`<ug-virtual-table
    id="means"
    class=${store.tab === 'sweep' ? 'narrow' : ''}
    .model=${modelOf(many, store, rows)}
  ></ug-virtual-table>`;
}

function nothingYet({ state, prompts, sweep }: ManyState, { tab }: ManyStore): string {
  if (tab === 'sweep')
    return sweep === null
      ? 'Takes one part after the other to 0 in every prompt, and averages what the scalar loses.'
      : sweep.state === 'running'
        ? 'Nothing is measured yet.'
        : 'Nothing was measured.';
  if (state === 'running') return 'No prompt is through yet.';
  return prompts.every((prompt) => prompt.state === 'failed')
    ? 'No prompt could be debugged: see below.'
    : 'No prompt has been debugged.';
}

function modelOf(many: ManyState, store: ManyStore, rows: readonly MeanRow[]): VirtualModel {
  const { choice, tab } = store;
  const columns = tab === 'nodes' ? NODE_COLUMNS : SWEEP_COLUMNS;
  const shown = arranged(rows, choice);
  const scales = scaled(rows, columns);
  const followed = store.rows[tab];
  const selected = shown.findIndex(({ key }) => key === followed);
  return {
    parts: { shown, scales, selected, choice },
    label: `Means over prompts: ${shown.length} rows. Enter shows a row in each prompt.`,
    head: meanHeader(columns, choice, many.unit, (change) => store.choose(change)),
    foot:
      shown.length === 0
        ? html`<tr>
            <td colspan=${columns.length + 3} class="dim">No row passes the filter.</td>
          </tr>`
        : nothing,
    columns: columns.length + 3,
    count: shown.length,
    row: (index) => {
      const row = shown[index];
      return row ? meanCells(row, scales) : { key: '', classes: '', cells: html`` };
    },
    selected: selected === -1 ? null : selected,
    onChoose: (index) => {
      const key = shown[index]?.key ?? null;
      store.follow(key === followed ? null : key);
    },
    onKey: () => false,
    onSeen: () => undefined,
  };
}

function filterBar(many: ManyState, store: ManyStore, rows: readonly MeanRow[]): TemplateResult {
  const { choice, tab } = store;
  const layers = Array.from({ length: many.model?.n_layers ?? 0 }, (_, layer) => ({
    value: String(layer),
    label: `Layer ${layer}`,
  }));
  return html`<div class="filter-bar" role="toolbar" aria-label="Rows">
    ${
      tab === 'sweep'
        ? nothing
        : chooser({
            id: 'kind',
            label: 'Kind',
            value: choice.kind,
            choices: [{ value: 'all', label: 'All kinds' }, ...kinds()],
            onChoose: (kind) => store.choose({ kind: kind as NodeKind | 'all' }),
          })
    }
    ${chooser({
      id: 'layer',
      label: 'Layer',
      value: choice.layer === null ? 'all' : String(choice.layer),
      choices: [{ value: 'all', label: 'All layers' }, ...layers],
      onChoose: (layer) => store.choose({ layer: layer === 'all' ? null : Number(layer) }),
    })}
    ${textField({
      id: 'find',
      label: 'Filter by name',
      value: choice.text,
      placeholder: 'Filter',
      problem: null,
      onEnter: (text) => store.choose({ text }),
    })}
    <span class="space"></span>
    ${rows.length === 0 ? nothing : exportControls(many, store, rows)}
  </div>`;
}

function exportControls(many: ManyState, store: ManyStore, rows: readonly MeanRow[]): TemplateResult {
  const columns = (store.tab === 'nodes' ? NODE_COLUMNS : SWEEP_COLUMNS).map(({ key }) => key);
  const name = store.tab === 'nodes' ? 'many-nodes' : 'many-sweep';
  const shown = (): readonly MeanRow[] => arranged(rows, store.choice);
  return html`${iconButton({
    icon: 'table',
    label: 'Export as CSV',
    onClick: () => store.exportFile(`${name}.csv`, toCsv(meansData(shown(), columns))),
  })}
  ${iconButton({
    icon: 'json',
    label: 'Export as JSON',
    onClick: () => store.exportFile(`${name}.json`, manyJson(many, meansData(shown(), columns))),
  })}`;
}

function kinds(): readonly Choice[] {
  return Object.entries(KIND_TITLES).map(([value, label]) => ({ value, label }));
}
