import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { formatUnit } from '../../../src/core/model/units.ts';
import { SITES, type Quantity, type Site } from '../../../src/core/trace/quantity.ts';
import type { HeatMap } from '../../../src/core/trace/readings.ts';
import type { ModelInfo } from '../../../src/protocol/engineContract.ts';
import type { Selection } from '../../../src/protocol/viewContract.ts';
import { chooser, type Choice } from '../controls/chooser.ts';
import { textField } from '../controls/textField.ts';
import type { Theme } from '../draw/theme.ts';
import { partsDiffer } from '../controls/changed.ts';
import { legend, legendNote } from '../draw/legend.ts';
import { readUnit, type SelectionChange } from './selection.ts';

export interface ColorBarModel {
  readonly model: ModelInfo;
  readonly selection: Selection;
  readonly heat: HeatMap | null;
  readonly theme: Theme;
  readonly onSelect: (change: SelectionChange) => void;
  /** A kind of unit was chosen without saying which: the strongest at the chosen place. */
  readonly onStrongest: (kind: 'neuron' | 'latent') => void;
}

/** What colours the tokens, at which layer, and by which scale. */
export class ColorBar extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    refused: { state: true },
  };
  declare model: ColorBarModel | null;
  /** A typed unit id that was refused, and why. */
  declare refused: { readonly text: string; readonly problem: string } | null;

  constructor() {
    super();
    this.model = null;
    this.refused = null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('model') && changed.get('model')?.selection !== this.model?.selection)
      this.refused = null;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model } = this;
    if (model === null) return nothing;
    const { selection, heat } = model;
    const layers = layerChoices(model.model);
    return html`<div class="color-bar">
        <span class="dim">Colour by</span>
        ${chooser({
          id: 'quantity',
          label: 'Colour by',
          value: choiceOf(selection.quantity),
          choices: quantityChoices(model.model),
          onChoose: (value) => this.#choose(value, model),
        })}
        ${selection.quantity.kind === 'unit' ? this.#unitField(selection.quantity, model) : nothing}
        ${chooser({
          id: 'layer',
          label: 'Layer',
          value: String(selection.layer),
          choices: layers,
          onChoose: (value) => model.onSelect({ layer: Number(value) }),
        })}
        <span class="space"></span>
        ${heat === null ? nothing : legend({ domain: heat.domain, unit: heat.unit, title: heat.title, theme: model.theme })}
      </div>
      ${this.refused === null ? nothing : html`<p class="note problem" role="alert">${this.refused.problem}</p>`}
      ${heat === null ? nothing : legendNote(heat.domain)}`;
  }

  #unitField(quantity: Quantity & { kind: 'unit' }, model: ColorBarModel): TemplateResult {
    const from = quantity.query === undefined ? '' : `@${quantity.query}`;
    return html`${textField({
      id: 'unit',
      label: 'Unit id',
      value: this.refused?.text ?? formatUnit(quantity.unit),
      placeholder: 'L3N123',
      problem: this.refused?.problem ?? null,
      onEnter: (text) => this.#enter(text, model),
    })}${from === '' ? nothing : html`<span class="dim mono" title="Query position">${from}</span>`}`;
  }

  #enter(text: string, model: ColorBarModel): void {
    const { unit, problem } = readUnit(text, model.model);
    this.refused = problem === null ? null : { text, problem };
    if (unit === null) return;
    const place = unit.kind === 'latent' ? {} : { layer: unit.layer };
    const head = unit.kind === 'head' ? { head: unit.head } : {};
    model.onSelect({ quantity: { kind: 'unit', unit }, ...place, ...head });
  }

  #choose(value: string, model: ColorBarModel): void {
    const { selection, onSelect } = model;
    const site = SITES.find((candidate) => `norm:${candidate}` === value);
    if (site !== undefined) onSelect({ quantity: { kind: 'norm', site, layer: selection.layer } });
    else if (value === 'neuron' || value === 'latent') model.onStrongest(value);
    else if (value === 'head')
      onSelect({
        quantity: { kind: 'unit', unit: { kind: 'head', layer: selection.layer, head: selection.head } },
      });
    else if (value === 'loss' || value === 'probability' || value === 'entropy')
      onSelect({ quantity: { kind: value } });
  }
}

function choiceOf(quantity: Quantity): string {
  if (quantity.kind === 'norm') return `norm:${quantity.site}`;
  return quantity.kind === 'unit' ? quantity.unit.kind : quantity.kind;
}

const SITE_NOTES: Record<Site, string> = {
  resid_pre: 'Length of the residual stream before the layer',
  attn_out: 'Length of what the attention of the layer writes',
  resid_mid: 'Length of the residual stream between attention and MLP',
  mlp_out: 'Length of what the MLP of the layer writes',
  resid_post: 'Length of the residual stream after the layer',
};

function quantityChoices(model: ModelInfo): readonly Choice[] {
  const norms = SITES.map((site) => ({
    value: `norm:${site}`,
    label: `Norm of ${site}`,
    description: SITE_NOTES[site],
  }));
  const latent = { value: 'latent', label: 'Latent', description: 'Activation of one SAE latent' };
  return [
    { value: 'loss', label: 'Surprise', description: '-ln p(token | prefix)' },
    { value: 'probability', label: 'Probability', description: 'p(token | prefix)' },
    { value: 'entropy', label: 'Entropy', description: 'Entropy of the prediction made for the token' },
    ...norms,
    { value: 'neuron', label: 'Neuron', description: 'Post-activation of one MLP neuron' },
    { value: 'head', label: 'Head pattern', description: 'Attention of one head from the chosen token' },
    ...(model.saes.length > 0 ? [latent] : []),
  ];
}

function layerChoices(model: ModelInfo): readonly Choice[] {
  return Array.from({ length: model.n_layers }, (_, layer) => ({
    value: String(layer),
    label: `Layer ${layer}`,
  }));
}

customElements.define('ug-color-bar', ColorBar);
