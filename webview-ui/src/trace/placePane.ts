import { html, nothing, type TemplateResult } from 'lit';
import { formatUnit } from '../../../src/core/model/units.ts';
import type { UnitReading } from '../../../src/core/trace/readings.ts';
import { iconButton } from '../controls/icon.ts';
import { tabs, type TabItem } from '../controls/tabs.ts';
import type { Theme } from '../draw/theme.ts';
import { actionsOf } from './banner.ts';
import { candidateRows, candidatesPane } from './candidatesPane.ts';
import { patternTable } from './dataTables.ts';
import { headsPane } from './headsPane.ts';
import { lensPane } from './lensPane.ts';
import { patternPane } from './patternPane.ts';
import { readingView } from '../controls/readingView.ts';
import type { Shown, Tab, TraceStore } from './store.ts';
import { tablePane } from '../controls/tablePane.ts';
import { tokenView } from '../draw/tokenView.ts';
import { unitsPane } from './unitsPane.ts';

const TAB_ITEMS: readonly TabItem<Tab>[] = [
  { value: 'next', label: 'Next token' },
  { value: 'lens', label: 'Logit lens' },
  { value: 'latents', label: 'Latents' },
  { value: 'neurons', label: 'Neurons' },
  { value: 'heads', label: 'Heads' },
];

/** How many latents stand below the candidates. */
const FEW_LATENTS = 5;

/** What can be said of the chosen place: a token, after a layer. */
export function placePane(shown: Shown, store: TraceStore, theme: Theme): TemplateResult {
  const { position, layer } = shown.selection;
  const token = shown.view.summary.tokens[position];
  return html`<section class="place" aria-label="At the chosen token">
    <h3>
      At ${token === undefined ? nothing : html`<span class="mono">${tokenView(token, position)}</span>`}
      <span class="dim">position ${position}, after layer ${layer}</span>
      <span class="space"></span>
      ${iconButton({
        icon: 'go-to-file',
        label: 'Show in the editor (R)',
        onClick: () => store.reveal(position),
      })}
    </h3>
    ${tabs({
      label: 'Readings',
      items: TAB_ITEMS,
      value: store.tab,
      panel: 'place-panel',
      onChoose: (tab) => store.chooseTab(tab),
    })}
    <div role="tabpanel" id="place-panel" aria-labelledby="tab-${store.tab}">
      ${panel(shown, store, theme)}
    </div>
  </section>`;
}

function panel(shown: Shown, store: TraceStore, theme: Theme): TemplateResult {
  const { view, selection } = shown;
  const actions = actionsOf(store);
  switch (store.tab) {
    case 'next':
      return html`${readingView(store.candidates, actions, (candidates) =>
          candidatesPane(candidateRows(candidates, view, selection.position)),
        )}
        <h3>Latents <span class="dim">${saesAfter(shown)}</span></h3>
        ${latents(shown, store, FEW_LATENTS)}`;
    case 'lens':
      return readingView(store.lens, actions, (rows) =>
        lensPane({ rows, layer: selection.layer, onLayer: (layer) => store.select({ layer }) }),
      );
    case 'latents':
      return latents(shown, store, Infinity);
    case 'neurons':
      return readingView(store.neurons, actions, (units) =>
        unitsPane({
          id: 'neurons',
          units,
          coloured: colouredBy(shown),
          empty: 'No neuron is active here.',
          onColour: colourBy(store),
          onOpen: (id) => store.openUnit(id),
        }),
      );
    case 'heads':
      return html`${readingView(store.heads, actions, (heads) =>
        headsPane({
          heads,
          tokens: view.summary.tokens,
          head: selection.head,
          onOpen: (id) => store.openUnit(id),
          onHead: (reading) => {
            if (reading.unit.kind !== 'head') return;
            store.select({ head: reading.unit.head, quantity: { kind: 'unit', unit: reading.unit } });
          },
        }),
      )}
      ${pattern(shown, store, theme)}`;
  }
}

function latents(shown: Shown, store: TraceStore, most: number): TemplateResult {
  return readingView(store.latents, actionsOf(store), (units) =>
    unitsPane({
      id: 'latents',
      units: units.slice(0, most),
      coloured: colouredBy(shown),
      empty:
        saesOf(shown).length === 0
          ? `No SAE is attached to layer ${shown.selection.layer}.`
          : 'No latent is active here.',
      onColour: colourBy(store),
      onOpen: (id) => store.openUnit(id),
    }),
  );
}

function pattern(shown: Shown, store: TraceStore, theme: Theme): TemplateResult {
  const { view, selection } = shown;
  return readingView(store.pattern, actionsOf(store), (reading) => {
    if (reading.size !== view.summary.tokens.length) return html``;
    if (store.mode === 'table')
      return tablePane({
        id: 'pattern-table',
        table: patternTable(view, reading, selection.position),
        selected: null,
        onCopy: (text) => store.copy(text),
      });
    return patternPane({ view, selection, reading, theme, onSelect: (change) => store.select(change) });
  });
}

function saesOf({ view, selection }: Shown): readonly string[] {
  return view.model.saes.filter(({ layer }) => layer === selection.layer).map(({ id }) => id);
}

function saesAfter(shown: Shown): string {
  const saes = saesOf(shown);
  return saes.length === 0 ? '' : `of ${saes.join(', ')}`;
}

function colouredBy({ selection }: Shown): string | null {
  return selection.quantity.kind === 'unit' ? formatUnit(selection.quantity.unit) : null;
}

function colourBy(store: TraceStore): (reading: UnitReading) => void {
  return ({ unit }) => store.select({ quantity: { kind: 'unit', unit } });
}
