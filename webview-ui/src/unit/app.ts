import { html, nothing, type TemplateResult } from 'lit';
import { fromWireError } from '../../../src/protocol/wireError.ts';
import type { UnitTab } from '../../../src/protocol/unitViewContract.ts';
import { icon } from '../controls/icon.ts';
import { PageApp } from '../controls/pageApp.ts';
import { errorView } from '../controls/readingView.ts';
import { tabs, type TabItem } from '../controls/tabs.ts';
import { actionsOf } from './actions.ts';
import { examplesPane, importedPane } from './examplesPane.ts';
import { effectsPane } from './effectsPane.ts';
import { evidencePane } from './evidencePane.ts';
import { explanationsPane } from './explanationsPane.ts';
import { header, indexLine } from './header.ts';
import { headline } from './headline.ts';
import { UNIT_KEYS } from './keys.ts';
import { statisticsPane } from './statisticsPane.ts';
import { tabsOf, type ShownUnit, type UnitStore } from './store.ts';
import { testPane } from './testPane.ts';
import { weightsPane } from './weightsPane.ts';

const LABELS: Readonly<Record<UnitTab, string>> = {
  examples: 'Examples',
  statistics: 'Statistics',
  weights: 'Weights',
  effects: 'Effects',
  test: 'Test it',
};

/** The unit page: what does this unit do? One sentence, the explanations with their scores, and the evidence. */
export class UnitApp extends PageApp {
  static override properties = { menu: { state: true } };
  /** The menu that is open. */
  declare menu: 'more' | 'explain' | null;
  readonly #store: UnitStore;

  constructor(store: UnitStore) {
    super(store, UNIT_KEYS);
    this.#store = store;
    this.menu = null;
  }

  protected override closeMenus(): void {
    this.menu = null;
  }

  protected override header(): TemplateResult {
    const store = this.#store;
    const { shown } = store;
    return header({
      view: shown?.view ?? null,
      store,
      menuOpen: this.menu === 'more',
      onMenu: (open) => void (this.menu = open ? 'more' : null),
      onKeys: () => void (this.keysOpen = true),
    });
  }

  protected override body(): TemplateResult {
    const store = this.#store;
    const { shown } = store;
    return html`${this.#banner()} ${shown === null ? nothing : this.#unit(shown)}`;
  }

  #banner(): TemplateResult | typeof nothing {
    const store = this.#store;
    const { unit } = store;
    if (unit.state === 'loading')
      return html`<div class="notice loading" role="status">
        ${icon('loading')}
        <p>${unit.message}…</p>
      </div>`;
    if (unit.state === 'error')
      return errorView(fromWireError(unit.error), actionsOf(store), () => store.openAgain());
    return nothing;
  }

  #unit({ view, dimmed }: ShownUnit): TemplateResult {
    const store = this.#store;
    const { summary } = view;
    const { chosen } = store;
    return html`<main class=${dimmed ? 'dimmed' : ''} aria-busy=${String(dimmed)}>
      ${headline({
        summary,
        explanations: store.explanations,
        top: store.reads.examples.top.reading.value,
        guess: store.kept.guess,
      })}
      ${indexLine(view, store)}
      <div class="beside ${chosen === null ? '' : 'open'}">
        <div class="saying">
          ${explanationsPane(view, store, {
            menuOpen: this.menu === 'explain',
            onMenu: (open) => void (this.menu = open ? 'explain' : null),
          })}
        </div>
        ${chosen === null ? nothing : evidencePane(chosen, summary, store, this.theme)}
        <div class="proof">
          <div class="tab-bar">
            ${tabs({
              label: 'Evidence',
              items: tabsOf(summary).map((value): TabItem<UnitTab> => ({ value, label: LABELS[value] })),
              value: store.tab,
              panel: 'pane',
              onChoose: (tab) => store.keep({ tab }),
            })}
          </div>
          <div id="pane" role="tabpanel" aria-labelledby="tab-${store.tab}" data-tab=${store.tab}>
            ${this.#pane(view)}
          </div>
        </div>
      </div>
    </main>`;
  }

  #pane({ summary, index, making }: ShownUnit['view']): TemplateResult {
    const store = this.#store;
    const { theme } = this;
    switch (store.tab) {
      case 'examples':
        return index === null
          ? html`<p class="nothing dim">
                ${making === null ? 'Examples come from a scan of a corpus.' : 'Examples come when the corpus is read.'}
              </p>
              ${importedPane(summary, store, theme)}`
          : examplesPane(summary, store, theme);
      case 'statistics':
        return statisticsPane(summary, store, theme);
      case 'weights':
        return weightsPane(summary, store, theme);
      case 'effects':
        return effectsPane(summary, store, theme);
      case 'test':
        return testPane(summary, store, theme);
    }
  }

  protected override onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') return this.#onEscape();
    const store = this.#store;
    const view = store.shown?.view;
    if (view === undefined || this.keysOpen) return;
    const { summary, pinned } = view;
    const tab = tabsOf(summary)[Number(event.key) - 1];
    if (tab !== undefined) return store.keep({ tab });
    const to = event.key === '[' ? summary.previous : event.key === ']' ? summary.next : null;
    if (to !== null) return store.open(to);
    const key = event.key.toLowerCase();
    if (key === 'p') store.pin(!pinned);
    else if (key === 'g') this.#focus(event, '#go-to');
    else if (key === 'e') {
      this.#focus(event, '#explain-menu');
      this.menu = 'explain';
    }
  }

  #focus(event: KeyboardEvent, selector: string): void {
    event.preventDefault();
    this.querySelector<HTMLElement>(selector)?.focus();
  }

  #onEscape(): void {
    const store = this.#store;
    if (this.keysOpen || this.menu !== null) {
      this.keysOpen = false;
      this.menu = null;
      return;
    }
    if (store.chosen !== null) return store.keep({ explanation: null });
    this.querySelector<HTMLElement>('ug-window .tok[tabindex="0"]')?.focus();
  }
}

customElements.define('ug-unit', UnitApp);
