import { html, nothing, type TemplateResult } from 'lit';
import type { ManyState } from '../../../src/protocol/manyViewContract.ts';
import { iconButton } from '../controls/icon.ts';
import { loadingNotice, staleNotice } from '../controls/notices.ts';
import { PageApp } from '../controls/pageApp.ts';
import { tabs, type TabItem } from '../controls/tabs.ts';
import { optionsBar } from '../debug/optionsBar.ts';
import { formatCount, formatNumber } from '../draw/format.ts';
import { MANY_KEYS } from './keys.ts';
import { meansPane } from './meansPane.ts';
import { FIRST_PROMPT_ORDER, promptList, type PromptOrder } from './promptList.ts';
import { MANY_TABS, type ManyStore, type ManyTab } from './store.ts';
import { sweepBar } from './sweepBar.ts';

const TAB_ITEMS: readonly TabItem<ManyTab>[] = [
  { value: 'nodes', label: 'Nodes' },
  { value: 'sweep', label: 'Sweeps' },
];

/** Many prompts together: the answer on average, the means that it is made of, and the prompts. */
export class ManyApp extends PageApp {
  static override properties = { promptOrder: { state: true } };
  declare promptOrder: PromptOrder;
  readonly #store: ManyStore;
  readonly #onSort = (order: PromptOrder): void => void (this.promptOrder = order);

  constructor(store: ManyStore) {
    super(store, MANY_KEYS);
    this.#store = store;
    this.promptOrder = FIRST_PROMPT_ORDER;
  }

  protected override header(): TemplateResult {
    const store = this.#store;
    const { many } = store;
    return html`<header class="toolbar question">
      <h1>Many prompts together</h1>
      <span class="dim file-name" title=${many?.title ?? ''}>${many?.title ?? ''}</span>
      <span class="space"></span>
      <div class="tools" role="toolbar" aria-label="Debugger">
        ${iconButton({ icon: 'refresh', label: 'Run again', onClick: () => store.run('run') })}
        ${iconButton({ icon: 'output', label: 'Open the log', onClick: () => store.run('openLog') })}
        ${iconButton({ icon: 'keyboard', label: 'Keys (?)', onClick: () => void (this.keysOpen = true) })}
      </div>
    </header>`;
  }

  protected override body(): TemplateResult {
    const { many } = this.#store;
    return many === null ? html`<p class="waiting dim">Opening…</p>` : this.#page(many);
  }

  #page(many: ManyState): TemplateResult {
    const store = this.#store;
    const { tab } = store;
    const sorting = { order: this.promptOrder, onSort: this.#onSort };
    return html`${banner(many, store)}
      <main aria-busy=${String(many.state === 'running')}>
        ${headline(many)}
        <div class="tab-bar">
          ${tabs({
            label: 'Views',
            items: TAB_ITEMS,
            value: tab,
            panel: 'panel',
            onChoose: (next) => store.chooseTab(next),
          })}
        </div>
        <div id="panel" role="tabpanel" aria-labelledby="tab-${tab}">
          ${tab === 'sweep' ? sweepBar(many, store) : nothing} ${meansPane(many, store)}
        </div>
        ${promptList(many, store, sorting)}
        ${optionsBar({
          options: many.options,
          saes: many.model?.saes ?? [],
          onChange: (change) => store.setOptions(change),
        })}
      </main>`;
  }

  protected override onKey(event: KeyboardEvent): void {
    const store = this.#store;
    if (event.key === 'Escape') {
      if (this.keysOpen) this.keysOpen = false;
      else store.follow(null);
      return;
    }
    const tab = this.keysOpen ? undefined : MANY_TABS[Number(event.key) - 1];
    if (tab !== undefined) store.chooseTab(tab);
  }
}

/** What is under way, what has changed since, and what happened meanwhile. */
function banner(many: ManyState, store: ManyStore): TemplateResult {
  const count = (state: string): number => many.prompts.filter((prompt) => prompt.state === state).length;
  const running = many.prompts.find(({ state }) => state === 'running');
  const run = { id: 'run-rest', onRun: () => store.run('run') };
  const [changed, waiting, done] = [count('changed'), count('waiting'), count('done')];
  const notice = many.notice === null ? nothing : html`<p class="note" role="status">${many.notice}</p>`;
  if (many.state === 'running' && running)
    return html`${notice}${loadingNotice(
      `Debugging ${running.name}, ${done} of ${many.prompts.length} are through`,
      () => store.run('cancel'),
    )}`;
  if (changed > 0)
    return html`${notice}${staleNotice(`${formatCount(changed, 'prompt')} changed since; the means leave them out.`, run)}`;
  if (many.state === 'cancelled' && waiting > 0)
    return html`${notice}${staleNotice(`Cancelled: ${done} of ${many.prompts.length} prompts are through.`, run)}`;
  return html`${notice}`;
}

/** The answer in one sentence with its numbers. */
function headline({ prompts, value, unit }: ManyState): TemplateResult | typeof nothing {
  if (value === null) return nothing;
  const signed = (number: number): string => formatNumber(number, { signed: true });
  const failed = prompts.filter(({ state }) => state === 'failed').length;
  const { mean, low, high, count } = value;
  return html`<p class="headline">
    On average
    <b class="num" id="value">${signed(mean)}</b
    >${unit === '' ? '' : ` ${unit}`}${low === null || high === null ? '' : ','}
    ${
      low === null || high === null
        ? nothing
        : html`<span class="dim">95 % interval</span>
            <span class="num" id="interval">[${signed(low)}, ${signed(high)}]</span>`
    }
    <span class="dim">over ${formatCount(count, 'prompt')}${failed === 0 ? '' : `; ${failed} failed`}</span>
  </p>`;
}

customElements.define('ug-many', ManyApp);
