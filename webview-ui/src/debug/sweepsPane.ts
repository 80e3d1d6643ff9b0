import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { SweepKind, SweepPlan, SweepRow } from '../../../src/protocol/debugContract.ts';
import { button } from '../controls/button.ts';
import { partsDiffer, remember } from '../controls/changed.ts';
import { chooser } from '../controls/chooser.ts';
import { iconButton } from '../controls/icon.ts';
import { textField } from '../controls/textField.ts';
import type { VirtualModel, VirtualRow } from '../controls/virtualTable.ts';
import '../controls/virtualTable.ts';
import { divergingBar } from '../draw/bars.ts';
import { columnFormat } from '../draw/format.ts';
import { toCsv } from '../draw/tableText.ts';
import { actionsOf } from './banner.ts';
import { PartsJob } from './jobs.ts';
import { jobView } from './jobView.ts';
import type { DebugStore, ShownDebug } from './store.ts';

export interface SweepsModel {
  readonly store: DebugStore;
  readonly shown: ShownDebug;
}

type Part = SweepPlan['parts'][number];

export const SWEEP_KINDS: readonly { readonly value: SweepKind; readonly label: string }[] = [
  { value: 'heads', label: 'Every head' },
  { value: 'neurons', label: 'Every neuron of a layer' },
  { value: 'latents', label: 'Every active latent' },
];

/** Rows of a sweep, the largest effect of either sign first. */
export function rankedRows(parts: readonly (readonly SweepRow[])[]): readonly SweepRow[] {
  return parts.flat().sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
}

/** Ablates unit after unit and ranks them by what is lost. Cancelling keeps what was measured. */
export class SweepsPane extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    kind: { state: true },
    positions: { state: true },
    layer: { state: true },
    row: { state: true },
  };
  declare model: SweepsModel | null;
  declare kind: SweepKind;
  declare positions: string;
  declare layer: number;
  declare row: number | null;
  /** Run that the results are of. */
  #of: string | null = null;
  readonly #job = new PartsJob<Part, readonly SweepRow[]>(() => this.requestUpdate());
  readonly #ranked = remember(rankedRows);

  constructor() {
    super();
    this.model = null;
    this.kind = 'heads';
    this.positions = 'last';
    this.layer = 0;
    this.row = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#job.cancel();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model } = this;
    if (model === null) return nothing;
    const { store } = model;
    const rows = this.#ranked(this.#job.done);
    const stale = this.#of !== null && this.#of !== this.#key(store);
    return html`<div class="filter-bar" role="toolbar" aria-label="Sweep">
        ${chooser({
          id: 'sweep-kind',
          label: 'What is ablated, one at a time',
          value: this.kind,
          choices: SWEEP_KINDS,
          onChoose: (kind) => void (this.kind = kind as SweepKind),
        })}
        ${this.kind === 'neurons' ? this.#layerChooser(model) : nothing}
        ${textField({
          id: 'sweep-positions',
          label: 'Positions: last, 7, 3..7, * for all',
          value: this.positions,
          placeholder: 'last',
          problem: null,
          onEnter: (positions) => void (this.positions = positions.trim() || 'last'),
        })}
        ${button({ id: 'sweep-run', label: 'Ablate one at a time', onClick: () => this.#run(store) })}
        <span class="space"></span>
        ${
          rows.length === 0
            ? nothing
            : iconButton({
                id: 'sweep-csv',
                icon: 'table',
                label: 'Export as CSV',
                onClick: () => store.exportFile('sweep.csv', toCsv(sweepData(rows))),
              })
        }
      </div>
      ${jobView(this.#job, { id: 'sweep', actions: actionsOf(store), again: () => this.#run(store) })}
      ${stale ? html`<p class="note dim" role="status">These figures are of an earlier run.</p>` : nothing}
      ${this.#results(rows, model, { stale })}`;
  }

  #layerChooser({ shown }: SweepsModel): TemplateResult {
    const layers = Array.from({ length: shown.view.model.n_layers }, (_, layer) => ({
      value: String(layer),
      label: `Layer ${layer}`,
    }));
    return chooser({
      id: 'sweep-layer',
      label: 'Layer',
      value: String(this.layer),
      choices: layers,
      onChoose: (layer) => void (this.layer = Number(layer)),
    });
  }

  #results(
    rows: readonly SweepRow[],
    { store }: SweepsModel,
    { stale }: { readonly stale: boolean },
  ): TemplateResult {
    if (rows.length === 0)
      return this.#job.status === 'ready'
        ? html`<p class="nothing dim">Nothing to ablate there.</p>`
        : html`<p class="nothing dim">
            Measures what the scalar loses when one part after the other is set to 0, and ranks the parts.
          </p>`;
    return html`<ug-virtual-table
      id="sweep"
      class=${stale ? 'dimmed' : ''}
      .model=${this.#tableOf(rows, store)}
    ></ug-virtual-table>`;
  }

  #tableOf(rows: readonly SweepRow[], store: DebugStore): VirtualModel {
    const format = columnFormat(
      rows.map(({ effect }) => effect),
      { signed: true },
    );
    const most = Math.abs(rows[0]?.effect ?? 0);
    return {
      parts: { rows, row: this.row },
      label: `Sweep: ${rows.length} units, largest effect first. A makes one an edit.`,
      head: html`<tr role="row" aria-rowindex="1">
        <th role="columnheader" class="num rank">#</th>
        <th role="columnheader">Unit</th>
        <th role="columnheader" class="num">Measured <span class="dim">total effect</span></th>
        <th role="columnheader"></th>
      </tr>`,
      foot: nothing,
      columns: 4,
      count: rows.length,
      row: (index) =>
        sweepRow(index, rows[index] ?? { unit: '', effect: 0 }, {
          most,
          format,
          onAblate: (unit) => store.addEdit(`${unit} zero`),
        }),
      selected: this.row,
      onChoose: (index) => void (this.row = index),
      onKey: (key, index) => {
        const unit = rows[index]?.unit;
        if (key.toLowerCase() !== 'a' || unit === undefined) return false;
        store.addEdit(`${unit} zero`);
        return true;
      },
      onSeen: () => undefined,
    };
  }

  #key(store: DebugStore): string {
    return JSON.stringify(store.asked);
  }

  #run(store: DebugStore): void {
    const { asked } = store;
    if (asked === null) return;
    const { client } = store.page;
    const what = { ...asked, kind: this.kind, positions: this.positions };
    const layer = this.kind === 'neurons' ? this.layer : null;
    this.#of = this.#key(store);
    this.row = null;
    void this.#job.run(
      async (signal) => (await client.request('debug/sweepPlan', { ...what, layer }, { signal })).parts,
      (part, signal) => client.request('debug/sweepPart', { ...what, part: part.id }, { signal }),
    );
  }
}

function sweepRow(
  index: number,
  { unit, effect }: SweepRow,
  column: {
    readonly most: number;
    readonly format: (value: number) => string;
    readonly onAblate: (unit: string) => void;
  },
): VirtualRow {
  const { most, format, onAblate } = column;
  return {
    key: unit,
    classes: '',
    cells: html`<td role="gridcell" class="num dim rank">${index + 1}</td>
      <td role="gridcell" class="mono grow">${unit}</td>
      <td role="gridcell" class="num">
        <span class="effect"
          >${divergingBar(most === 0 ? 0 : effect / most)}<span>${format(effect)}</span></span
        >
      </td>
      <td role="gridcell">
        <button type="button" class="link small" tabindex="-1" @click=${() => onAblate(unit)}>Ablate</button>
      </td>`,
  };
}

function sweepData(rows: readonly SweepRow[]): Parameters<typeof toCsv>[0] {
  return {
    caption: 'Sweep',
    columns: [
      { key: 'unit', title: 'unit', unit: '', numeric: false },
      { key: 'measuredTotalEffect', title: 'measuredTotalEffect', unit: '', numeric: true },
    ],
    rows: rows.map(({ unit, effect }) => [unit, effect]),
  };
}

customElements.define('ug-sweeps', SweepsPane);
