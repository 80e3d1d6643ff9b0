import { html, nothing, type TemplateResult } from 'lit';
import type { ShownMatches } from '../../../src/protocol/browserViewContract.ts';
import { iconButton } from '../controls/icon.ts';
import { PageApp } from '../controls/pageApp.ts';
import { errorView } from '../controls/readingView.ts';
import { unitNoun, type FamilyName } from './families.ts';
import { filters } from './filters.ts';
import { BROWSER_KEYS } from './keys.ts';
import { matchesHead, matchesModel } from './matches.ts';
import { actionsOf, nothingFound, notices } from './states.ts';
import type { BrowserStore } from './store.ts';
import type { UnitListElement, UnitListModel } from './unitList.ts';
import './unitList.ts';
import { unitRow, waitingRow, type RowActions } from './unitRow.ts';

/** Thousands apart by commas, as in the other views' texts. */
const COUNT = new Intl.NumberFormat('en');

/** All units of a family, searched, sorted and pinned; or those that fire on a selection. */
export class BrowserApp extends PageApp {
  readonly #store: BrowserStore;
  readonly #actions: RowActions;

  constructor(store: BrowserStore) {
    super(store, BROWSER_KEYS);
    this.#store = store;
    this.#actions = {
      isPinned: (unit) => store.isPinned(unit),
      isOpened: (unit) => unit === store.opened,
      onPin: (row) => store.pin(row),
    };
  }

  protected override body(): TemplateResult {
    const store = this.#store;
    const { family, matches } = store;
    const isBusy = store.browser?.state === 'loading';
    return html`${notices(store)}
    ${store.browser === null ? html`<p class="waiting dim">Opening…</p>` : nothing}
    ${
      family === undefined
        ? nothing
        : html`<main class=${isBusy ? 'dimmed' : ''} aria-busy=${String(isBusy)}>
            ${matches === null ? this.#units(family) : this.#matches(matches)}
          </main>`
    }`;
  }

  protected override header(): TemplateResult {
    const store = this.#store;
    return html`<header class="browser-tools" role="toolbar" aria-label="Units">
      ${iconButton({ icon: 'sparkle', label: 'I’m feeling lucky (L)', onClick: () => store.run('lucky') })}
      ${iconButton({
        icon: 'list-selection',
        label: 'Find units that fire on the selection',
        onClick: () => store.run('matchSelection'),
      })}
      ${iconButton({ icon: 'comment', label: 'Explain…', onClick: () => store.run('explainFamily') })}
      ${iconButton({ icon: 'telescope', label: 'Scan…', onClick: () => store.run('scan') })}
      ${iconButton({ icon: 'graph', label: 'Report of explanations', onClick: () => store.run('openReport') })}
      ${iconButton({ icon: 'checklist', label: 'Rate units blind', onClick: () => store.run('rate') })}
      <span class="space"></span>
      ${iconButton({ icon: 'keyboard', label: 'Keys (?)', onClick: () => void (this.keysOpen = true) })}
    </header>`;
  }

  #units(family: FamilyName): TemplateResult {
    const store = this.#store;
    const { rows } = store;
    const isRead = rows.key !== null;
    return html`${filters(store, family, () => this.#list()?.focus())}
      <p class="summary dim" role="status">${summary(store, family)}</p>
      ${rows.error === null ? nothing : errorView(rows.error, actionsOf(store), () => rows.again())}
      ${isRead && rows.status === 'ready' && rows.total === 0 ? nothingFound(store) : nothing}
      ${!isRead && rows.error === null ? html`<p class="waiting dim">Reading…</p>` : nothing}
      ${
        isRead && rows.total > 0
          ? html`<div class="figures list-head dim" aria-hidden="true">
                <span class="num">Score</span><span class="num">Density</span><span class="num">Max</span
                ><span>Token</span>
              </div>
              <ug-unit-list
                id="units"
                class=${rows.status === 'loading' ? 'pending' : ''}
                aria-busy=${String(rows.status === 'loading')}
                .model=${this.#listModel(family)}
              ></ug-unit-list>`
          : nothing
      }`;
  }

  #listModel(family: FamilyName): UnitListModel {
    const store = this.#store;
    const { rows } = store;
    return {
      // Rows come page by page: the list is drawn again with every change of the store.
      parts: { once: {} },
      question: rows.key ?? '',
      label: `Units of ${family.id}`,
      count: rows.total,
      row: (index) => {
        const row = rows.row(index);
        return row === undefined ? waitingRow(index) : unitRow(row, store.kept.text, this.#actions);
      },
      onOpen: (index, { preserveFocus }) => {
        const row = rows.row(index);
        if (row !== undefined) store.open(row.id, preserveFocus);
      },
      onKey: (key, index) => this.#rowKey(key, rows.row(index)),
      onSeen: (first, end) => rows.see(first, end),
    };
  }

  #matches(matches: ShownMatches): TemplateResult {
    const store = this.#store;
    const close = (): void => store.showMatches(null);
    if (matches.matches.length === 0)
      return html`${matchesHead(matches, close)}
        <p class="nothing dim">No unit fires more on it.</p>`;
    const model = matchesModel(matches, this.#actions, {
      onOpen: (unit, preserveFocus) => store.open(unit, preserveFocus),
      onKey: (key, match) => this.#rowKey(key, match),
    });
    return html`${matchesHead(matches, close)}<ug-unit-list id="matches" .model=${model}></ug-unit-list>`;
  }

  #rowKey(key: string, row: { readonly id: string } | undefined): boolean {
    if (row === undefined) return false;
    if (key === 'p' || key === 'P') this.#store.pin(row);
    else if (key === 'c' || key === 'C') this.#store.copy(row.id);
    else return false;
    return true;
  }

  #list(): UnitListElement | null {
    return this.querySelector<UnitListElement>('ug-unit-list');
  }

  protected override onKey(event: KeyboardEvent): void {
    const store = this.#store;
    if (event.key === 'Escape') {
      if (this.keysOpen) this.keysOpen = false;
      else if (store.matches !== null) store.showMatches(null);
      else if (store.typed !== '') store.search('', { isDone: true });
      return;
    }
    if (this.keysOpen) return;
    if (event.key === 'l' || event.key === 'L') store.run('lucky');
    if (event.key !== '/') return;
    event.preventDefault();
    if (store.matches !== null) store.showMatches(null);
    void this.updateComplete.then(() => this.querySelector<HTMLInputElement>('#search')?.select());
  }
}

/** How many units are listed, and how many of the family have words. */
function summary(store: BrowserStore, { set }: FamilyName): string {
  const { rows } = store;
  if (rows.key === null) return '';
  const listed = `${COUNT.format(rows.total)} ${unitNoun(set, rows.total)}`;
  const explained = store.explained.reading.value?.total;
  if (store.isNarrowed || explained === undefined) return listed;
  return `${listed}, ${COUNT.format(explained)} with words`;
}

customElements.define('ug-browser', BrowserApp);
