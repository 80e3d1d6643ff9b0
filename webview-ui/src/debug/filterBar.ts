import { html, nothing, type TemplateResult } from 'lit';
import type { Node } from '../../../src/core/trace/node.ts';
import { button } from '../controls/button.ts';
import { chooser, type Choice } from '../controls/chooser.ts';
import { iconButton } from '../controls/icon.ts';
import { textField } from '../controls/textField.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { nodeTableData, nodesJson } from './exports.ts';
import { KIND_TITLES } from './nodeText.ts';
import { itemsOf } from './items.ts';
import type { Grouping, ShownSide } from './rows.ts';
import type { DebugStore, ShownDebug } from './store.ts';
import { toCsv, toTsv } from '../draw/tableText.ts';

const TOP = [5, 10, 20, 50, 200, 1000];
const GROUPS: readonly Choice[] = [
  { value: 'none', label: 'No groups' },
  { value: 'layer', label: 'By layer' },
  { value: 'head', label: 'By head' },
  { value: 'token', label: 'By token' },
];

/** What is shown of the table: how many rows, which of them, of which side, in which groups. */
export function filterBar(shown: ShownDebug, store: DebugStore): TemplateResult {
  const { choice, options } = store;
  const tops = TOP.includes(options.k) ? TOP : [...TOP, options.k].sort((a, b) => a - b);
  return html`<div class="filter-bar" role="toolbar" aria-label="Rows">
    ${chooser({
      id: 'top-k',
      label: 'Rows per column',
      value: String(options.k),
      choices: tops.map((k) => ({ value: String(k), label: `Top ${k} per column` })),
      onChoose: (k) => store.setOptions({ k: Number(k) }),
    })}
    ${chooser({
      id: 'kind',
      label: 'Kind',
      value: choice.kind,
      choices: [{ value: 'all', label: 'All kinds' }, ...kinds()],
      onChoose: (kind) => store.choose({ kind: kind as Node['kind'] | 'all' }),
    })}
    ${chooser({
      id: 'layer',
      label: 'Layer',
      value: choice.layer === null ? 'all' : String(choice.layer),
      choices: [{ value: 'all', label: 'All layers' }, ...layers(shown)],
      onChoose: (layer) => store.choose({ layer: layer === 'all' ? null : Number(layer) }),
    })}
    ${chooser({
      id: 'at',
      label: 'Token',
      value: choice.position === null ? 'all' : String(choice.position),
      choices: [{ value: 'all', label: 'All tokens' }, ...positions(shown)],
      onChoose: (at) => store.choose({ position: at === 'all' ? null : Number(at) }),
    })}
    ${chooser({
      id: 'group',
      label: 'Groups',
      value: choice.group,
      choices: GROUPS,
      onChoose: (group) => store.choose({ group: group as Grouping, closed: [] }),
    })}
    ${textField({
      id: 'find',
      label: 'Filter by name, words or token',
      value: choice.text,
      placeholder: 'Filter',
      problem: null,
      onEnter: (text) => store.choose({ text }),
    })}
    ${sideChooser(shown, store)}
    <span class="space"></span>
    ${measureControls(store)} ${exportControls(shown, store)}
  </div>`;
}

/** Names of the two sides of a comparison. */
export function sideTitles({ view }: ShownDebug): { readonly left: string; readonly right: string } {
  return view.experiment.compare === 'edits'
    ? { left: 'With edits', right: 'Without edits' }
    : { left: 'Clean', right: 'Corrupted' };
}

/** Left, right or the difference; nothing when there is one side. */
export function sideChooser(shown: ShownDebug, store: DebugStore): TemplateResult | typeof nothing {
  if (shown.view.summary.right === null) return nothing;
  const { left, right } = sideTitles(shown);
  return chooser({
    id: 'side',
    label: 'Side',
    value: store.choice.side,
    choices: [
      { value: 'left', label: left },
      { value: 'right', label: right },
      { value: 'difference', label: 'Difference', description: `${left} less ${right.toLowerCase()}` },
    ],
    onChoose: (side) => store.choose({ side: side as ShownSide }),
  });
}

function measureControls(store: DebugStore): TemplateResult {
  const { measuring } = store;
  const { progress } = measuring;
  if (progress === null)
    return button({
      id: 'measure-all',
      label: 'Measure all',
      secondary: true,
      onClick: () => measuring.all((store.table.reading.value?.rows ?? []).map(({ node }) => node)),
    });
  return html`<span class="dim num" role="status" id="measured"
      >${progress.done} of ${progress.total} measured</span
    >
    ${button({ id: 'measure-cancel', label: 'Cancel', secondary: true, onClick: () => measuring.cancel() })}`;
}

function exportControls(shown: ShownDebug, store: DebugStore): TemplateResult {
  const table = store.table.reading.value;
  if (table === null) return html``;
  const rows = (): ReturnType<typeof nodeTableData> =>
    nodeTableData(
      itemsOf(shown, store, table).flatMap((item) => (item.kind === 'node' ? [item.row] : [])),
      store.measuring.results,
    );
  return html`${iconButton({ icon: 'copy', label: 'Copy rows', onClick: () => store.copy(toTsv(rows())) })}
  ${iconButton({ icon: 'table', label: 'Export as CSV', onClick: () => store.exportFile('nodes.csv', toCsv(rows())) })}
  ${iconButton({
    icon: 'json',
    label: 'Export as JSON',
    onClick: () => store.exportFile('nodes.json', nodesJson(shown.view, table, store.measuring.results)),
  })}`;
}

function kinds(): readonly Choice[] {
  return Object.entries(KIND_TITLES).map(([value, label]) => ({ value, label }));
}

function layers({ view }: ShownDebug): readonly Choice[] {
  return Array.from({ length: view.model.n_layers }, (_, layer) => ({
    value: String(layer),
    label: `Layer ${layer}`,
  }));
}

function positions({ view }: ShownDebug): readonly Choice[] {
  return view.summary.left.tokens.map((token, position) => ({
    value: String(position),
    label: `${position} ${tokenLabel(token, position)}`,
  }));
}
