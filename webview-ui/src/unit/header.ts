import { html, nothing, type TemplateResult } from 'lit';
import type { IndexInfo } from '../../../src/protocol/recordsContract.ts';
import type { UnitPageView } from '../../../src/protocol/unitViewContract.ts';
import { button } from '../controls/button.ts';
import { icon, iconButton } from '../controls/icon.ts';
import { menu, type MenuItem } from '../controls/menu.ts';
import { formatProgress, progressLine } from '../controls/progressLine.ts';
import { textField } from '../controls/textField.ts';
import { bigNumber } from './figures.ts';
import type { UnitStore } from './store.ts';

const ITEMS: readonly MenuItem[] = [
  { label: 'Copy link', value: 'copyLink' },
  { label: 'Report of all explanations', value: 'openReport' },
  { label: 'Choose a language model', value: 'chooseLanguageModel' },
  { label: 'Set its key', value: 'setKey' },
  { label: 'Scan a corpus', value: 'scan' },
  { label: 'Settings', value: 'openSettings' },
  { label: 'Open the log', value: 'openLog' },
  { label: 'Keys', value: 'keys', keybinding: '?' },
];

export interface HeaderModel {
  readonly view: UnitPageView | null;
  readonly store: UnitStore;
  readonly menuOpen: boolean;
  readonly onMenu: (open: boolean) => void;
  readonly onKeys: () => void;
}

const KINDS = { neuron: 'MLP neuron', head: 'attention head', latent: 'SAE latent' } as const;

/** First line: the unit, what it is, where to go from it, and what can be done with it. */
export function header({ view, store, menuOpen, onMenu, onKeys }: HeaderModel): TemplateResult {
  const choose = (value: string): void => {
    onMenu(false);
    if (value === 'keys') onKeys();
    else if (value === 'copyLink') store.copyLink();
    else store.run(value as Parameters<UnitStore['run']>[0]);
  };
  const step = (to: string | null, label: string, sign: string): TemplateResult =>
    html`<button
      type="button"
      class="icon-button"
      id="button-${sign}"
      title=${to === null ? label : `${label}: ${to}`}
      aria-label=${label}
      ?disabled=${to === null}
      @click=${() => to !== null && store.open(to)}
    >
      ${icon(sign)}
    </button>`;
  return html`<header class="toolbar unit-bar">
      ${
        view === null
          ? html`<b>Underglass</b>`
          : html`<h1 class="mono" id="unit-id">${view.summary.id}</h1>
              <span class="dim hook" title=${view.summary.hook}
                >${KINDS[view.summary.kind]} · <span class="mono">${view.summary.hook}</span></span
              >
              <span class="dim model" title=${view.model.warnings.join('\n')}>${view.model.name}</span>`
      }
      <span class="space"></span>
      <div class="tools" role="toolbar" aria-label="Unit">
        ${view === null ? nothing : steps(view, store, step)}
        <span class="menu-anchor">
          ${iconButton({
            icon: 'ellipsis',
            label: 'More',
            onClick: (event) => {
              event.stopPropagation();
              onMenu(!menuOpen);
            },
          })}
          ${menu({ items: ITEMS, open: menuOpen, onChoose: choose })}
        </span>
      </div>
    </header>
    ${store.goToProblem === null ? nothing : html`<p class="note problem" role="alert">${store.goToProblem}</p>`}`;
}

function steps(
  { summary, pinned }: UnitPageView,
  store: UnitStore,
  step: (to: string | null, label: string, sign: string) => TemplateResult,
): TemplateResult {
  return html`${step(summary.previous, 'Previous unit ([)', 'chevron-left')}
  ${step(summary.next, 'Next unit (])', 'chevron-right')}
  ${textField({
    id: 'go-to',
    label: 'Go to a unit: L5N123, L9H9, 3-res/412, attn_L9_9, mlp_L5_123 (G)',
    value: '',
    placeholder: 'Go to',
    problem: store.goToProblem,
    onEnter: (value) => value.trim() !== '' && store.open(value.trim()),
  })}
  ${iconButton({
    id: 'pin',
    icon: pinned ? 'pinned' : 'pin',
    label: pinned ? 'Unpin (P)' : 'Pin (P)',
    pressed: pinned,
    onClick: () => store.pin(!pinned),
  })}`;
}

/** What the examples and statistics come from; without an index, the way to one. */
export function indexLine(view: UnitPageView, store: UnitStore): TemplateResult {
  const { index, making } = view;
  const scan = (label: string): TemplateResult =>
    button({ id: 'scan', label, secondary: index !== null, onClick: () => store.run('scan') });
  if (making !== null)
    return progressLine({
      id: 'making',
      done: making.done,
      total: making.total,
      text: `Reading the embedded corpus once: ${formatProgress(making)}`,
      onCancel: () => store.run('cancel'),
    });
  if (index === null)
    return html`<div class="notice no-index" role="status">
      ${icon('info')}
      <p>No index covers this unit: there are no examples and no statistics of it yet.</p>
      <div class="actions">${scan('Scan')}</div>
    </div>`;
  return html`<p class="index-line dim">
      Index: ${index.corpus} · ${bigNumber(index.tokens)} tokens in ${bigNumber(index.windows)} windows
    </p>
    ${index.state === 'ready' ? nothing : indexNotice(index, scan)}`;
}

function indexNotice(index: IndexInfo, scan: (label: string) => TemplateResult): TemplateResult {
  const why =
    index.state === 'stale'
      ? `The index is stale: ${index.reason ?? 'it belongs to something else.'}`
      : `The scan is not finished: ${Math.floor(index.done * 100)} % of the corpus is read.`;
  return html`<div class="notice stale" role="status">
    ${icon('history')}
    <p>${why}</p>
    <div class="actions">${scan(index.state === 'stale' ? 'Scan again' : 'Go on scanning')}</div>
  </div>`;
}
