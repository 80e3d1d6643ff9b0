import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { toInterpError, type InterpError } from '../../../src/core/errors.ts';
import type { AttentionLayer } from '../../../src/protocol/debugContract.ts';
import { partsDiffer, remember } from '../controls/changed.ts';
import { chooser } from '../controls/chooser.ts';
import type { GridModel } from '../controls/heatGrid.ts';
import '../controls/heatGrid.ts';
import { errorView } from '../controls/readingView.ts';
import { bar } from '../draw/bars.ts';
import { formatExact, formatPercent } from '../draw/format.ts';
import { legend } from '../draw/legend.ts';
import type { Theme } from '../draw/theme.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { tokenView } from '../draw/tokenView.ts';
import {
  attendedFrom,
  attendedTo,
  reachOf,
  weightAt,
  type Weighed,
  type Weighting,
} from './attentionData.ts';
import './attentionWall.ts';
import { actionsOf } from './banner.ts';
import { sideTitles } from './filterBar.ts';
import type { DebugStore, ShownDebug } from './store.ts';

export interface AttentionModel {
  readonly store: DebugStore;
  readonly shown: ShownDebug;
  readonly position: number;
  readonly theme: Theme;
}

type Side = 'left' | 'right';
const LISTED = 6;

/** All heads as a wall of small maps, one head large, and what the chosen token attends to and is attended from. */
export class AttentionPane extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    weighting: { state: true },
    side: { state: true },
    head: { state: true },
    layers: { state: true },
    error: { state: true },
  };
  declare model: AttentionModel | null;
  declare weighting: Weighting;
  declare side: Side;
  declare head: { readonly layer: number; readonly head: number };
  declare layers: readonly (AttentionLayer | null)[];
  declare error: InterpError | null;
  #key: string | null = null;
  #controller: AbortController | null = null;
  readonly #reach = remember(reachOf);
  readonly #describe = remember(
    (
      layers: readonly (AttentionLayer | null)[],
      weighting: Weighting,
      position: number,
      labels: readonly string[],
    ) =>
      (layer: number, head: number) => {
        const attention = layers[layer] ?? null;
        const strongest =
          attention === null ? undefined : attendedTo(attention, weighting, head, position, 1)[0];
        const to =
          strongest === undefined
            ? '…'
            : `${labels[strongest.position]} ${shown(strongest.weight, weighting)}`;
        return { title: `L${layer}H${head}`, rows: [[`${labels[position]} attends most to`, to] as const] };
      },
  );
  readonly #labels = remember((tokens: ShownDebug['view']['summary']['left']['tokens']) =>
    tokens.map(tokenLabel),
  );
  readonly #onChoose = (layer: number, head: number): void => void (this.head = { layer, head });

  constructor() {
    super();
    this.model = null;
    this.weighting = 'pattern';
    this.side = 'left';
    this.head = { layer: 0, head: 0 };
    this.layers = [];
    this.error = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#controller?.abort();
    this.#key = null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(): void {
    if (this.model !== null && this.model.shown.view.summary.right === null) this.side = 'left';
    void this.#read();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model, weighting } = this;
    if (model === null) return nothing;
    const { store, theme } = model;
    const reach = this.#reach(this.layers, weighting);
    const labels = this.#labels(this.#tokens(model));
    const position = Math.min(model.position, labels.length - 1);
    const domain = { min: 0, max: reach, midpoint: 0, excluded: [], excludedReason: null };
    return html`<div class="filter-bar">
        ${chooser({
          id: 'weighting',
          label: 'Weighted by',
          value: weighting,
          choices: [
            { value: 'pattern', label: 'By probability' },
            {
              value: 'written',
              label: 'By norm written',
              description: 'probability × length of what the pair writes',
            },
          ],
          onChoose: (value) => void (this.weighting = value as Weighting),
        })}
        ${this.#sideChooser(model)}
        <span class="space"></span>
        ${legend({ domain, unit: '', title: weighting === 'pattern' ? 'Attention probability' : 'Norm written', theme })}
      </div>
      ${this.error === null ? nothing : errorView(this.error, actionsOf(store), () => this.#again())}
      <div class="two attention">
        <section>
          <h3>All heads <span class="dim">rows query, columns key</span></h3>
          <ug-attention-wall
            .model=${{
              layers: this.layers,
              heads: model.shown.view.model.n_heads,
              weighting,
              reach,
              selected: this.head,
              theme,
              describe: this.#describe(this.layers, weighting, position, labels),
              onChoose: this.#onChoose,
            }}
          ></ug-attention-wall>
        </section>
        <section>${this.#large(model, labels, position, domain)}</section>
      </div>`;
  }

  #tokens({ shown: { view } }: AttentionModel): ShownDebug['view']['summary']['left']['tokens'] {
    return (
      (this.side === 'right' ? view.summary.right : view.summary.left)?.tokens ?? view.summary.left.tokens
    );
  }

  #sideChooser({ shown }: AttentionModel): TemplateResult | typeof nothing {
    if (shown.view.summary.right === null) return nothing;
    const { left, right } = sideTitles(shown);
    return chooser({
      id: 'attention-side',
      label: 'Side',
      value: this.side,
      choices: [
        { value: 'left', label: left },
        { value: 'right', label: right },
      ],
      onChoose: (side) => void (this.side = side as Side),
    });
  }

  #large(
    model: AttentionModel,
    labels: readonly string[],
    position: number,
    domain: GridModel['domain'],
  ): TemplateResult {
    const { layer, head } = this.head;
    const attention = this.layers[layer] ?? null;
    if (attention === null) return html`<p class="waiting dim">Reading…</p>`;
    const { weighting } = this;
    const tokens = this.#tokens(model);
    const top = attendedTo(attention, weighting, head, position, 1)[0];
    const grid: GridModel = {
      parts: { attention, head, weighting, labels, position, theme: model.theme },
      label: `Attention of L${layer}H${head}, queries by keys`,
      rowLabels: labels,
      columnLabels: labels,
      value: (query, key) => weightAt(attention, weighting, head, query, key),
      domain,
      selected: { row: position, column: top?.position ?? 0 },
      limits: { min: 4, max: 20 },
      maxRowHeight: 20,
      maxHeight: 420,
      theme: model.theme,
      describe: ({ row, column }) => ({
        title: `${labels[row] ?? ''} → ${labels[column] ?? ''}`,
        rows: [
          ['Query', String(row)],
          ['Key', String(column)],
          [
            'Probability',
            column > row ? 'masked' : formatExact(weightAt(attention, 'pattern', head, row, column)),
          ],
          [
            'Norm written',
            column > row ? 'masked' : formatExact(weightAt(attention, 'written', head, row, column)),
          ],
        ],
      }),
      onChoose: ({ row }) => model.store.select(row),
    };
    const list = (id: string, title: string, weighed: readonly Weighed[]): TemplateResult =>
      weightList({ id, title, weighed, tokens, weighting, onGo: (at) => model.store.select(at) });
    return html`<h3>
        <span class="mono">L${layer}H${head}</span>
        <span class="dim">from ${labels[position]} at ${position}</span>
      </h3>
      <ug-heat-grid id="pattern" .model=${grid}></ug-heat-grid>
      <div class="lists">
        ${list('attends-to', 'Attends to', attendedTo(attention, weighting, head, position, LISTED))}
        ${list('attended-from', 'Attended from', attendedFrom(attention, weighting, head, position, LISTED))}
      </div>`;
  }

  #again(): void {
    this.#key = null;
    this.error = null;
    this.requestUpdate();
  }

  /** Fetches layer after layer, the last first; what is there is shown while the rest is awaited. */
  async #read(): Promise<void> {
    const { model } = this;
    if (model === null || model.shown.dimmed) return;
    const { debugId } = model.shown.view.summary;
    const key = `${debugId} ${this.side}`;
    if (key === this.#key) return;
    this.#key = key;
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    const count = model.shown.view.model.n_layers;
    this.layers = Array.from({ length: count }, () => null);
    this.error = null;
    this.head = { layer: Math.min(this.head.layer || count - 1, count - 1), head: this.head.head };
    try {
      for (let layer = count - 1; layer >= 0; layer--) {
        const asked = { debugId, side: this.side, layer };
        const read = await model.store.page.client.request('debug/attention', asked, {
          signal: controller.signal,
        });
        if (this.#controller !== controller) return;
        this.layers = this.layers.map((before, i) => (i === layer ? read : before));
      }
    } catch (error) {
      if (this.#controller === controller && !controller.signal.aborted) this.error = toInterpError(error);
    }
  }
}

function shown(weight: number, weighting: Weighting): string {
  return weighting === 'pattern' ? formatPercent(weight) : formatExact(weight);
}

function weightList(list: {
  readonly id: string;
  readonly title: string;
  readonly weighed: readonly Weighed[];
  readonly tokens: ShownDebug['view']['summary']['left']['tokens'];
  readonly weighting: Weighting;
  readonly onGo: (position: number) => void;
}): TemplateResult {
  const most = list.weighed[0]?.weight ?? 0;
  return html`<table class="list" id=${list.id}>
    <thead>
      <tr>
        <th scope="col">${list.title}</th>
        <th scope="col" class="num" colspan="2">
          ${list.weighting === 'pattern' ? 'Probability' : 'Norm written'}
        </th>
      </tr>
    </thead>
    <tbody>
      ${list.weighed.map(({ position, weight }) => {
        const token = list.tokens[position];
        return html`<tr>
          <td class="grow">
            <button
              type="button"
              class="link plain mono"
              title="Go to position ${position}"
              @click=${() => list.onGo(position)}
            >
              <span class="dim">${position}</span>
              ${token === undefined ? nothing : tokenView(token, position)}
            </button>
          </td>
          <td class="bar-cell">
            ${bar(list.weighting === 'pattern' ? weight : most === 0 ? 0 : weight / most)}
          </td>
          <td class="num">${shown(weight, list.weighting)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

customElements.define('ug-attention', AttentionPane);
