import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { chooser } from '../controls/chooser.ts';
import type { DebugSummary } from '../../../src/protocol/debugContract.ts';
import type { StripModel } from '../controls/strip.ts';
import '../controls/strip.ts';
import { tabs, type TabItem } from '../controls/tabs.ts';
import { PageApp } from '../controls/pageApp.ts';
import { legend } from '../draw/legend.ts';
import { ablatedNotice, focusEdit } from './ablatedNotice.ts';
import './attentionPane.ts';
import { banner } from './banner.ts';
import { crumbs } from './crumbs.ts';
import { detailPane } from './detailPane.ts';
import './editsPane.ts';
import { effectsPane } from './effectsPane.ts';
import { header } from './header.ts';
import { headline } from './headline.ts';
import { DEBUG_KEYS } from './keys.ts';
import { layersPane } from './layersPane.ts';
import { nextTokensPane } from './nextTokensPane.ts';
import { nodesPane } from './nodesPane.ts';
import { optionsBar } from './optionsBar.ts';
import { promptsPane } from './promptsPane.ts';
import { DEBUG_TABS, type DebugStore, type DebugTab, type ShownDebug } from './store.ts';
import { describeTokens, STRIP_COLORS, stripHeat, type StripColor } from './stripColors.ts';
import './sweepsPane.ts';

const TAB_ITEMS: readonly TabItem<DebugTab>[] = [
  { value: 'nodes', label: 'Nodes' },
  { value: 'next', label: 'Next tokens' },
  { value: 'attention', label: 'Attention' },
  { value: 'effects', label: 'Token effects' },
  { value: 'layers', label: 'Layers' },
  { value: 'prompts', label: 'Two prompts' },
  { value: 'sweeps', label: 'Sweeps' },
];

/** The debug view: the question, its answer in one sentence, the tokens, and the evidence. */
export class DebugApp extends PageApp {
  static override properties = {
    color: { state: true },
    suggestions: { state: true },
  };
  declare color: StripColor;
  declare suggestions: readonly string[];
  readonly #store: DebugStore;
  #suggested = false;
  // The same functions on every render, so that what did not change is not rendered again.
  readonly #strip = {
    onChoose: (position: number): void => this.#store.select(position),
    onReveal: (position: number): void => this.#store.reveal(position),
  };
  readonly #questions = {
    form: (text: string) => this.#store.page.client.request('tokens/form', { text }),
    onTargets: (targets: readonly string[]): void => this.#store.draft({ targets }),
    onDistractors: (distractors: readonly string[]): void => this.#store.draft({ distractors }),
    onKeys: (): void => void (this.keysOpen = true),
  };

  constructor(store: DebugStore) {
    super(store, DEBUG_KEYS);
    this.#store = store;
    this.color = 'none';
    this.suggestions = [];
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    if (this.#store.wantsCorrupted) {
      this.#store.wantsCorrupted = false;
      this.querySelector<HTMLElement>('#corrupted')?.focus();
    }
    const { debug } = this.#store;
    if (debug.state !== 'empty') this.#suggested = false;
    else if (!this.#suggested) void this.#suggest();
  }

  protected override header(): TemplateResult {
    const store = this.#store;
    const { shown } = store;
    return header({ store, ...this.#questions, colors: shown === null ? nothing : this.#colors(shown) });
  }

  protected override body(): TemplateResult {
    const store = this.#store;
    const { shown } = store;
    return html`${banner(store, this.suggestions)} ${shown === null ? nothing : this.#page(shown)}`;
  }

  #page(shown: ShownDebug): TemplateResult {
    const store = this.#store;
    const { tab } = store;
    const choose = (next: DebugTab): void => store.chooseTab(next);
    return html`<main
      class=${shown.dimmed ? 'dimmed' : ''}
      aria-busy=${String(store.debug.state === 'loading')}
    >
      ${headline(shown, store)} ${warnings(shown)} ${crumbs(shown, store)} ${this.#tokens(shown)}
      <div class="tab-bar">
        ${tabs({ label: 'Views', items: TAB_ITEMS, value: tab, panel: 'panel', onChoose: choose })}
        ${ablatedNotice(store, (edit) => focusEdit(this, edit))}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby="tab-${tab}">${this.#panel(tab, shown)}</div>
      <div class="two below ${tab === 'nodes' ? '' : 'single'}">
        ${tab === 'nodes' ? detailPane(shown, store) : nothing}
        <ug-edits
          .model=${{
            store,
            shown,
            edits: store.editList.edits,
            undoable: store.editList.past.length > 0,
          }}
        ></ug-edits>
      </div>
      ${optionsBar({ options: store.options, saes: shown.view.model.saes, onChange: (change) => store.setOptions(change) })}
    </main>`;
  }

  #panel(tab: DebugTab, shown: ShownDebug): TemplateResult {
    const store = this.#store;
    const { theme } = this;
    switch (tab) {
      case 'nodes':
        return nodesPane(shown, store);
      case 'next':
        return nextTokensPane(shown, store);
      case 'attention':
        return html`<ug-attention
          .model=${{ store, shown, position: store.position, theme }}
        ></ug-attention>`;
      case 'effects':
        return effectsPane(shown, store, theme, this.#strip);
      case 'layers':
        return layersPane(shown, store, theme);
      case 'prompts':
        return promptsPane(shown, store, theme);
      case 'sweeps':
        return html`<ug-sweeps
          .model=${{
            store,
            shown,
            key: JSON.stringify(store.asked),
            done: store.sweep.job.done,
            status: store.sweep.job.status,
          }}
        ></ug-sweeps>`;
    }
  }

  #tokens({ view: { summary } }: ShownDebug): TemplateResult {
    const { heat } = this.#heat(summary);
    return html`<ug-strip
      id="tokens"
      .model=${{
        tokens: summary.left.tokens,
        selected: this.#store.position,
        heat,
        describe: describeTokens(summary),
        theme: this.theme,
        ...this.#strip,
      }}
    ></ug-strip>`;
  }

  /** What colours the tokens: comparisons only while there are two sides. */
  #heat(summary: DebugSummary): { color: StripColor; heat: StripModel['heat'] } {
    const color = summary.right !== null || !isOfTwo(this.color) ? this.color : 'none';
    return { color, heat: stripHeat(summary, color) };
  }

  #colors({ view: { summary } }: ShownDebug): TemplateResult {
    const { color, heat } = this.#heat(summary);
    const two = summary.right !== null;
    return html`<div class="strip-bar">
      ${chooser({
        id: 'strip-color',
        label: 'Colour tokens by',
        value: color,
        choices: STRIP_COLORS.filter((choice) => two || !choice.two),
        onChoose: (value) => void (this.color = value as StripColor),
      })}
      ${heat === null ? nothing : legend({ domain: heat.domain, unit: 'nats', title: 'Per token', theme: this.theme })}
    </div>`;
  }

  async #suggest(): Promise<void> {
    this.#suggested = true;
    try {
      this.suggestions = await this.#store.page.client.request('targets/suggest', {});
    } catch {
      // There is nothing to suggest; what to type is said anyway.
      this.suggestions = [];
    }
  }

  protected override onKey(event: KeyboardEvent): void {
    const store = this.#store;
    if (event.key === 'Escape') return this.#onEscape();
    if (store.shown === null || this.keysOpen) return;
    const tab = DEBUG_TABS[Number(event.key) - 1];
    if (tab !== undefined) store.chooseTab(tab);
    if (event.key.toLowerCase() === 'm' && store.tab === 'nodes')
      store.measuring.all((store.table.reading.value?.rows ?? []).map(({ node }) => node));
  }

  #onEscape(): void {
    if (this.keysOpen) return void (this.keysOpen = false);
    const { depth } = this.#store.trail;
    if (depth > 0) this.#store.walkTo(depth - 1);
    else this.querySelector<HTMLElement>('#tokens .tok[tabindex="0"]')?.focus();
  }
}

function warnings({ view }: ShownDebug): TemplateResult | typeof nothing {
  const { warnings: list } = view.summary;
  return list.length === 0 ? nothing : html`<p class="note warning">${list.join(' ')}</p>`;
}

function isOfTwo(color: StripColor): boolean {
  return STRIP_COLORS.some(({ value, two }) => two && value === color);
}

customElements.define('ug-debug', DebugApp);
