import { focusedUnit } from '../controls/unitLink.ts';
import { html, nothing, type TemplateResult } from 'lit';
import { PageApp } from '../controls/pageApp.ts';
import { actionsOf, banner } from './banner.ts';
import './colorBar.ts';
import { editsNote, headline } from './headline.ts';
import { errorView } from '../controls/readingView.ts';
import { TRACE_KEYS } from './keys.ts';
import { remember } from '../controls/changed.ts';
import { overviewPane, tablesPane } from './overviewPane.ts';
import { placePane } from './placePane.ts';
import type { SelectionChange } from './selection.ts';
import { TABS, type QuantityReading, type Shown, type TraceStore } from './store.ts';
import '../controls/strip.ts';
import type { TipContent } from '../controls/tip.ts';
import { describeToken } from './tokenTip.ts';
import type { TokenReading } from '../../../src/core/trace/readings.ts';
import { toolbar } from './toolbar.ts';

/** Prompts longer than this get the map over the full width. */
const WIDE_TOKENS = 36;

/** The trace view: the toolbar, one sentence, the tokens, and the evidence. */
export class TraceApp extends PageApp {
  static override properties = { menuOpen: { state: true } };
  declare menuOpen: boolean;
  readonly #store: TraceStore;
  // The same functions on every render, so that what did not change is not rendered again.
  readonly #onSelect = (change: SelectionChange): void => this.#store.select(change);
  readonly #onStrongest = (kind: 'neuron' | 'latent'): void => void this.#store.selectStrongest(kind);
  readonly #onChoose = (position: number): void => this.#store.select({ position });
  readonly #onReveal = (position: number): void => this.#store.reveal(position);

  constructor(store: TraceStore) {
    super(store, TRACE_KEYS);
    this.#store = store;
    this.menuOpen = false;
  }

  protected override closeMenus(): void {
    this.menuOpen = false;
  }

  protected override header(): TemplateResult {
    const store = this.#store;
    const { shown } = store;
    return toolbar({
      view: shown?.view ?? null,
      fileName: store.fileName,
      tables: store.mode === 'table',
      menuOpen: this.menuOpen,
      onCommand: (command) => store.run(command),
      onTables: () => this.#toggleTables(),
      onMenu: (open) => void (this.menuOpen = open),
      onKeys: () => void (this.keysOpen = true),
    });
  }

  protected override body(): TemplateResult {
    const store = this.#store;
    const { shown } = store;
    return html`${banner(store.trace, store)} ${shown === null ? nothing : this.#trace(shown)}`;
  }

  #trace(shown: Shown): TemplateResult {
    const store = this.#store;
    const { theme } = this;
    const { view, selection, dimmed } = shown;
    const wide = view.summary.tokens.length > WIDE_TOKENS;
    const { error, status, value } = store.heat.reading;
    return html`<main class=${dimmed ? 'dimmed' : ''} aria-busy=${String(store.trace.state === 'loading')}>
      ${headline(view.summary, (position) => store.select({ position }))}
      ${view.ignoresEdits ? editsNote(() => store.run('debug')) : nothing}
      <ug-color-bar
        .model=${{
          model: view.model,
          selection,
          heat: value?.map ?? null,
          theme,
          onSelect: this.#onSelect,
          onStrongest: this.#onStrongest,
        }}
      ></ug-color-bar>
      ${error === null ? nothing : errorView(error, actionsOf(store), () => store.heat.retry())}
      <ug-strip
        class=${status === 'ready' ? '' : 'pending'}
        .model=${{
          tokens: view.summary.tokens,
          selected: selection.position,
          heat: heatOf(stripHeat(shown, store)),
          describe: describeOf(view.summary.tokens, stripHeat(shown, store)),
          theme,
          onChoose: this.#onChoose,
          onReveal: this.#onReveal,
        }}
      ></ug-strip>
      <div class="two ${wide || store.mode === 'table' ? 'wide' : ''}">
        ${store.mode === 'table' ? tablesPane(shown, store) : overviewPane(shown, store, theme)}
        ${placePane(shown, store, theme)}
      </div>
    </main>`;
  }

  #toggleTables(): void {
    this.#store.setMode(this.#store.mode === 'table' ? 'picture' : 'table');
  }

  protected override onKey(event: KeyboardEvent): void {
    const store = this.#store;
    const selection = store.shown?.selection;
    if (event.key === 'Escape') return this.#onEscape();
    if (selection === undefined || this.keysOpen) return;
    const tab = TABS[Number(event.key) - 1];
    if (tab !== undefined) store.chooseTab(tab);
    else if (event.key === '[') store.select({ layer: Math.max(0, selection.layer - 1) });
    else if (event.key === ']') store.select({ layer: selection.layer + 1 });
    else if (event.key.toLowerCase() === 't') this.#toggleTables();
    else if (event.key.toLowerCase() === 'r') store.reveal(selection.position);
    else if (event.key.toLowerCase() === 'o') this.#openUnit();
  }

  #openUnit(): void {
    const unit = focusedUnit() ?? this.querySelector<HTMLElement>('tr.selected[data-unit]')?.dataset['unit'];
    if (unit !== undefined) this.#store.openUnit(unit);
  }

  #onEscape(): void {
    if (this.keysOpen || this.menuOpen) {
      this.keysOpen = false;
      this.menuOpen = false;
      return;
    }
    this.querySelector<HTMLElement>('.tok[tabindex="0"]')?.focus();
  }
}

const heatOf = remember((reading: QuantityReading | null) =>
  reading === null ? null : { values: reading.map.values, domain: reading.map.domain },
);
const describeOf = remember(
  (tokens: readonly TokenReading[], reading: QuantityReading | null) =>
    (position: number): TipContent =>
      describeToken(tokens, reading, position),
);

/** The values of the strip, unless they belong to another prompt. */
function stripHeat({ view }: Shown, store: TraceStore): QuantityReading | null {
  const heat = store.heat.reading.value;
  return heat?.map.values.length === view.summary.tokens.length ? heat : null;
}

customElements.define('ug-trace', TraceApp);
