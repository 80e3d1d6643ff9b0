import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { REPORT_TABS, type ReportState, type ReportTab } from '../../../src/protocol/reportViewContract.ts';
import { fromWireError } from '../../../src/protocol/wireError.ts';
import { iconButton } from '../controls/icon.ts';
import { PageApp } from '../controls/pageApp.ts';
import { progressLine } from '../controls/progressLine.ts';
import { errorView, readingView, type ReadingActions } from '../controls/readingView.ts';
import { tabs, type TabItem } from '../controls/tabs.ts';
import { toCsv } from '../draw/tableText.ts';
import { familiesTable, reportJson } from './figures.ts';
import { REPORT_KEYS } from './keys.ts';
import { rateKey } from './rateKeys.ts';
import { ratePane } from './ratePane.ts';
import { reportPane } from './reportPane.ts';
import type { ReportStore } from './store.ts';

const TAB_ITEMS: readonly TabItem<ReportTab>[] = [
  { value: 'report', label: 'Report' },
  { value: 'rate', label: 'Rate' },
];

/** All explanations of a model in figures, and blind rating by a person. */
export class ReportApp extends PageApp {
  static override properties = { ...PageApp.properties, tables: { state: true } };
  declare tables: boolean;
  readonly #store: ReportStore;
  /** Card that has the focus already. */
  #cardShown: string | null = null;

  constructor(store: ReportStore) {
    super(store, REPORT_KEYS);
    this.#store = store;
    this.tables = false;
  }

  protected override body(): TemplateResult {
    const store = this.#store;
    const { report } = store;
    return html`${report === null || report.state === 'loading' ? html`<p class="waiting dim">${report?.message ?? 'Opening'}…</p>` : nothing}
    ${
      report?.state === 'error'
        ? errorView(fromWireError(report.error), this.#actions(), () => store.run('retry'))
        : nothing
    }
    ${report?.state === 'ready' ? this.#page(report) : nothing}`;
  }

  protected override header(): TemplateResult {
    const store = this.#store;
    const { report } = store;
    const figures = store.tab === 'report' ? store.figures.reading.value : null;
    return html`<header class="toolbar question">
      <h1>${store.tab === 'rate' ? 'Rate units' : 'Explanations'}</h1>
      <span class="dim">${report?.state === 'ready' ? report.model.name : ''}</span>
      <span class="space"></span>
      <div class="tools" role="toolbar" aria-label="Report">
        ${
          figures === null || figures.explainers.length === 0
            ? nothing
            : html`${iconButton({
                icon: 'table',
                label: this.tables ? 'Show pictures (T)' : 'Show tables (T)',
                pressed: this.tables,
                onClick: () => void (this.tables = !this.tables),
              })}
              ${iconButton({
                icon: 'export',
                label: 'Save the figures as CSV',
                onClick: () => store.exportFile('explanations.csv', toCsv(familiesTable(figures))),
              })}
              ${iconButton({
                icon: 'json',
                label: 'Save everything as JSON',
                onClick: () => store.exportFile('explanations.json', reportJson(figures)),
              })}`
        }
        ${iconButton({ icon: 'cloud-upload', label: 'Import explanations…', onClick: () => store.run('import') })}
        ${iconButton({ icon: 'cloud-download', label: 'Export explanations…', onClick: () => store.run('export') })}
        ${iconButton({ icon: 'output', label: 'Open the log', onClick: () => store.run('openLog') })}
        ${iconButton({ icon: 'keyboard', label: 'Keys (?)', onClick: () => void (this.keysOpen = true) })}
      </div>
    </header>`;
  }

  #page(report: Extract<ReportState, { state: 'ready' }>): TemplateResult {
    const store = this.#store;
    const { running } = report;
    return html`<main>
      ${
        running === null
          ? nothing
          : progressLine({
              id: 'explaining',
              done: running.done,
              total: running.total,
              text:
                running.total === 0
                  ? running.message
                  : `${running.done} of ${running.total} · ${running.message}`,
              onCancel: () => store.run('cancel'),
            })
      }
      <div class="tab-bar">
        ${tabs({
          label: 'Views',
          items: TAB_ITEMS,
          value: store.tab,
          panel: 'panel',
          onChoose: (tab) => store.chooseTab(tab),
        })}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby="tab-${store.tab}">
        ${store.tab === 'rate' ? ratePane(report.families, store, this.theme) : this.#figures()}
      </div>
    </main>`;
  }

  #figures(): TemplateResult {
    const store = this.#store;
    const { theme, tables } = this;
    return readingView(store.figures, this.#actions(), (report) =>
      reportPane({ report, store, theme, tables }),
    );
  }

  #actions(): ReadingActions {
    const store = this.#store;
    return { again: () => store.run('retry'), copy: (text) => store.copy(text) };
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    const { session } = this.#store;
    const at = session.card?.cardId ?? null;
    if (at === this.#cardShown) return;
    this.#cardShown = at;
    if (at === null) return;
    // Every card begins at its top, with its words.
    window.scrollTo({ top: 0, behavior: 'instant' });
    this.querySelector<HTMLElement>('#words')?.focus({ preventScroll: true });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Ctrl Enter saves from inside the field too, where keys of the page are not heard.
    this.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || this.#store.tab !== 'rate') return;
      event.preventDefault();
      void this.#store.session.save();
    });
  }

  protected override onKey(event: KeyboardEvent): void {
    const store = this.#store;
    if (event.key === 'Escape') this.keysOpen = false;
    if (this.keysOpen) return;
    if (store.tab === 'rate' && store.session.card !== null)
      return rateKey(event, store.session, store.kept, this);
    const tab = REPORT_TABS[Number(event.key) - 1];
    if (tab !== undefined) store.chooseTab(tab);
    if (event.key === 't' || event.key === 'T') this.tables = !this.tables;
  }
}

customElements.define('ug-report', ReportApp);
