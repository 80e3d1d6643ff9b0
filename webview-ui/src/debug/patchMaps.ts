import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { ColorDomain } from '../../../src/core/trace/readings.ts';
import { PATCH_HOOKS, type PatchHook, type PatchResult } from '../../../src/protocol/debugContract.ts';
import { button } from '../controls/button.ts';
import { partsDiffer, remember } from '../controls/changed.ts';
import { chooser } from '../controls/chooser.ts';
import type { GridModel } from '../controls/heatGrid.ts';
import '../controls/heatGrid.ts';
import { formatExact } from '../draw/format.ts';
import type { Cell } from '../draw/gridGeometry.ts';
import { legend } from '../draw/legend.ts';
import type { Theme } from '../draw/theme.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { actionsOf } from './banner.ts';
import { jobView } from './jobView.ts';
import type { PatchChoice, PatchedPart, PatchJob } from './patchJob.ts';
import { correlationOf, HOOK_TITLES, isByToken, patchEdit, patchMap, type PatchMap } from './patching.ts';
import type { DebugStore, ShownDebug } from './store.ts';

export interface PatchMapsModel {
  readonly store: DebugStore;
  readonly shown: ShownDebug;
  readonly theme: Theme;
  readonly debugId: string;
  /** Another object, or text, whenever it is to be drawn again. */
  readonly done: readonly PatchedPart[];
  readonly status: string;
}

/** 0 = as in the corrupted prompt, 1 = as in the clean one. What goes beyond is shown by its number. */
const PATCH_DOMAIN: ColorDomain = { min: -1, max: 1, midpoint: 0, excluded: [], excludedReason: null };

/** Activation patching as a heat map that fills layer by layer; choosing a cell makes it an edit. */
export class PatchMaps extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    which: { state: true },
  };
  declare model: PatchMapsModel | null;
  declare which: keyof PatchResult;
  readonly #map = remember(patchMap);
  readonly #size = remember((columns: number, heads: number) => ({ columns, heads }));

  constructor() {
    super();
    this.model = null;
    this.which = 'measured';
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model } = this;
    if (model === null) return nothing;
    const { store, theme } = model;
    const { choice, job } = store.patch;
    return html`<h3>
        Activation patching <span class="dim">share of the clean value that comes back</span
        ><span class="space"></span>
        ${legend({ domain: PATCH_DOMAIN, unit: '', title: '0 corrupted, 1 clean', theme })}
      </h3>
      <div class="filter-bar">
        ${chooser({
          id: 'patch-hook',
          label: 'What is patched',
          value: choice.hook,
          choices: PATCH_HOOKS.map((value) => ({ value, label: HOOK_TITLES[value], description: value })),
          onChoose: (hook) => this.#choose(store, { hook: hook as PatchHook }),
        })}
        ${isByToken(choice.hook) ? nothing : this.#layerChooser(model)}
        ${chooser({
          id: 'patch-which',
          label: 'Measured or estimated',
          value: this.which,
          choices: [
            { value: 'measured', label: 'Measured' },
            { value: 'estimated', label: 'Estimated', description: 'by the gradient of the corrupted run' },
          ],
          onChoose: (which) => void (this.which = which as keyof PatchResult),
        })}
        ${button({ id: 'patch-run', label: 'Patch', onClick: () => this.#run(model) })}
      </div>
      ${jobView(job, { id: 'patch', actions: actionsOf(store), again: () => this.#run(model) })}
      ${this.#correlation(model)} ${this.#picture(model)}`;
  }

  #layerChooser({ shown, store }: PatchMapsModel): TemplateResult {
    const layers = Array.from({ length: shown.view.model.n_layers }, (_, layer) => ({
      value: String(layer),
      label: `Heads of layer ${layer} by token`,
    }));
    return chooser({
      id: 'patch-layer',
      label: 'Heads',
      value: store.patch.choice.layer === null ? 'all' : String(store.patch.choice.layer),
      choices: [{ value: 'all', label: 'Layers × heads' }, ...layers],
      onChoose: (layer) => this.#choose(store, { layer: layer === 'all' ? null : Number(layer) }),
    });
  }

  #correlation({ store }: PatchMapsModel): TemplateResult | typeof nothing {
    const found = correlationOf(store.patch.job.done);
    if (found === null) return nothing;
    return html`<p class="note" id="patch-correlation">
      Measured and estimated correlate at <b class="num">${found.r.toFixed(2)}</b>
      <span class="dim">over ${found.pairs} cells</span>
    </p>`;
  }

  #picture(model: PatchMapsModel): TemplateResult {
    const { asked: of, job } = model.store.patch;
    const stale = of !== null && of.of !== model.debugId;
    if (of === null || job.parts.length === 0)
      return html`<p class="nothing dim">
        ${stale ? 'Patched before, in an earlier run: run it again.' : 'Runs the corrupted prompt with one activation after the other taken from the clean one.'}
      </p>`;
    const { shown } = model;
    const columns =
      isByToken(of.hook) || of.layer !== null
        ? shown.view.summary.left.tokens.length
        : shown.view.model.n_heads;
    const map = this.#map(job.done, job.parts, this.#size(columns, shown.view.model.n_heads), this.which);
    return html`${stale ? html`<p class="note dim" role="status">These figures are of an earlier run.</p>` : nothing}
      <ug-heat-grid
        id="patch"
        class=${stale ? 'dimmed' : ''}
        .model=${this.#grid(model, map, of)}
      ></ug-heat-grid>`;
  }

  #grid(
    { shown, store, theme }: PatchMapsModel,
    map: PatchMap,
    of: NonNullable<PatchJob['asked']>,
  ): GridModel {
    const { tokens } = shown.view.summary.left;
    const byToken = isByToken(of.hook) || of.layer !== null;
    const columnLabels = byToken
      ? tokens.map(tokenLabel)
      : Array.from({ length: shown.view.model.n_heads }, (_, head) => `H${head}`);
    const place = ({ row, column }: Cell): Parameters<typeof patchEdit>[0] => {
      if (of.layer !== null) return { hook: of.hook, layer: of.layer, head: row, position: column };
      const layer = Number(map.rowLabels[row] ?? 0);
      return isByToken(of.hook)
        ? { hook: of.hook, layer, head: null, position: column }
        : { hook: of.hook, layer, head: column, position: null };
    };
    return {
      parts: { map, theme, tokens, of },
      label: `${HOOK_TITLES[of.hook]}: ${this.which} patching. Enter makes a cell an edit.`,
      rowLabels: map.rowLabels,
      columnLabels,
      value: (row, column) => map.values[row]?.[column] ?? null,
      domain: PATCH_DOMAIN,
      selected: null,
      limits: { min: 10, max: 34 },
      maxRowHeight: 22,
      maxHeight: 420,
      theme,
      describe: (cell) => ({
        title: patchEdit(place(cell), tokens).replace(' from corrupted', ''),
        rows: [
          [
            this.which === 'measured' ? 'Measured' : 'Estimated',
            formatExact(map.values[cell.row]?.[cell.column] ?? null),
          ],
          ['Enter', 'makes it an edit'],
        ],
      }),
      onChoose: (cell) => store.ablate(patchEdit(place(cell), tokens)),
    };
  }

  #choose(store: DebugStore, change: Partial<PatchChoice>): void {
    store.patch.choose(change);
    this.requestUpdate();
  }

  #run({ store, shown, debugId }: PatchMapsModel): void {
    store.patch.run(debugId, shown.view.model.n_layers);
  }
}

customElements.define('ug-patch-maps', PatchMaps);
