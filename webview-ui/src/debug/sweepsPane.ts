import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { SweepKind, SweepRow } from '../../../src/protocol/debugContract.ts';
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
import { jobView } from './jobView.ts';
import type { DebugStore, ShownDebug } from './store.ts';
import type { SweepChoice } from './sweepJob.ts';

export interface SweepsModel {
  readonly store: DebugStore;
  readonly shown: ShownDebug;
  /** What the results are of, and how far they are: another object whenever it is to be drawn again. */
  readonly key: string;
  readonly done: readonly (readonly SweepRow[])[];
  readonly status: string;
}

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
    row: { state: true },
  };
  declare model: SweepsModel | null;
  declare row: number | null;
  readonly #ranked = remember(rankedRows);

  constructor() {
    super();
    this.model = null;
    this.row = null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model } = this;
    if (model === null) return nothing;
    const { store } = model;
    const { choice, job, asked } = store.sweep;
    const rows = this.#ranked(job.done);
    const stale = asked !== null && asked.of !== JSON.stringify(store.asked);
    return html`<div class="filter-bar" role="toolbar" aria-label="Sweep">
        ${chooser({
          id: 'sweep-kind',
          label: 'What is ablated, one at a time',
          value: choice.kind,
          choices: SWEEP_KINDS,
          onChoose: (kind) => this.#choose(store, { kind: kind as SweepKind }),
        })}
        ${choice.kind === 'neurons' ? this.#layerChooser(model) : nothing}
        ${textField({
          id: 'sweep-positions',
          label: 'Positions: last, 7, 3..7, * for all',
          value: choice.positions,
          placeholder: 'last',
          problem: null,
          onEnter: (positions) => this.#choose(store, { positions: positions.trim() || 'last' }),
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
      ${jobView(job, { id: 'sweep', actions: actionsOf(store), again: () => this.#run(store) })}
      ${stale ? html`<p class="note dim" role="status">${rows.length === 0 ? 'Measured before, in an earlier run: run it again.' : 'These figures are of an earlier run.'}</p>` : nothing}
      ${this.#results(rows, model, { stale })}`;
  }

  #layerChooser({ shown, store }: SweepsModel): TemplateResult {
    const layers = Array.from({ length: shown.view.model.n_layers }, (_, layer) => ({
      value: String(layer),
      label: `Layer ${layer}`,
    }));
    return chooser({
      id: 'sweep-layer',
      label: 'Layer',
      value: String(store.sweep.choice.layer ?? 0),
      choices: layers,
      onChoose: (layer) => this.#choose(store, { layer: Number(layer) }),
    });
  }

  #results(
    rows: readonly SweepRow[],
    { store }: SweepsModel,
    { stale }: { readonly stale: boolean },
  ): TemplateResult {
    if (rows.length === 0)
      return store.sweep.job.status === 'ready'
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
          onAblate: (unit) => store.ablate(`${unit} zero`),
        }),
      selected: this.row,
      onChoose: (index) => void (this.row = index),
      onKey: (key, index) => {
        const unit = rows[index]?.unit;
        if (key.toLowerCase() !== 'a' || unit === undefined) return false;
        store.ablate(`${unit} zero`);
        return true;
      },
      onSeen: () => undefined,
    };
  }

  #choose(store: DebugStore, change: Partial<SweepChoice>): void {
    store.sweep.choose(change);
    this.requestUpdate();
  }

  #run(store: DebugStore): void {
    const { asked } = store;
    if (asked === null) return;
    this.row = null;
    store.sweep.run(asked);
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
