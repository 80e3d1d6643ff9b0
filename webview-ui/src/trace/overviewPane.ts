import { html, nothing, type TemplateResult } from 'lit';
import type { HeatMap, LayerMap } from '../../../src/core/trace/readings.ts';
import type { TraceView } from '../../../src/protocol/viewContract.ts';
import { binValues } from '../draw/bins.ts';
import type { Theme } from '../draw/theme.ts';
import { actionsOf } from './banner.ts';
import { remember } from '../controls/changed.ts';
import { layerTable, tokenTable } from './dataTables.ts';
import { binTable } from './histogram.ts';
import { layerMapOf, mapPane } from './mapPane.ts';
import { readingView } from '../controls/readingView.ts';
import { quantityName } from './selection.ts';
import type { QuantityReading, Shown, TraceStore } from './store.ts';
import { tablePane } from '../controls/tablePane.ts';

/** The whole prompt at a glance: the layers x tokens map and the histogram of the chosen quantity. */
export function overviewPane(shown: Shown, store: TraceStore, theme: Theme): TemplateResult {
  const { heat, norms } = store;
  const chosen = heat.reading.value;
  const source = chosen !== null && chosen.map.layers === undefined ? norms : heat;
  return html`<section class="overview" aria-label="Overview">
    <div class="map-pane">
      ${readingView(source, actionsOf(store), () => {
        const map = layerMapOf(chosen?.map, norms.reading.value?.map);
        if (map === null) return html``;
        return mapPane({
          view: shown.view,
          selection: shown.selection,
          map,
          ownLegend: !sameScale(map, chosen?.map),
          ownNote: map.domain.excludedReason !== chosen?.map.domain.excludedReason,
          theme,
          onSelect: (change) => store.select(change),
        });
      })}
    </div>
    ${readingView(heat, actionsOf(store), (value) => histogram(shown, value, theme))}
  </section>`;
}

/** True when the strip's legend holds for the map as well. */
function sameScale(map: LayerMap, strip: HeatMap | undefined): boolean {
  if (strip === undefined || map.unit !== strip.unit || map !== strip.layers) return false;
  const ends = ['min', 'max', 'midpoint'] as const;
  return ends.every((end) => map.domain[end] === strip.domain[end]);
}

function histogram({ selection }: Shown, { quantity, map }: QuantityReading, theme: Theme): TemplateResult {
  const { values, unit, domain } = map;
  const name = quantityName(quantity);
  const selected = values[selection.position] ?? null;
  return html`${distributionTitle(name, unit)}
    ${
      values.some((value) => value !== null)
        ? nothing
        : html`<p class="nothing dim">No token of this prompt has a value.</p>`
    }
    <ug-histogram
      ?hidden=${values.every((value) => value === null)}
      .model=${{ name, unit, values, domain, selected, theme }}
    ></ug-histogram>`;
}

function distributionTitle(name: string, unit: string): TemplateResult {
  return html`<h3>Distribution <span class="dim">${name}${unit === '' ? '' : `, ${unit}`}</span></h3>`;
}

/** Tables are made once per trace and quantity, so that moving about does not render them again. */
const layerTableOf = remember(layerTable);
const tokenTableOf = remember((view: TraceView, heat: QuantityReading | null) =>
  tokenTable(view, heat === null ? null : { name: quantityName(heat.quantity), map: heat.map }),
);

/** The same as tables: every value of the strip, the map and the histogram. */
export function tablesPane(shown: Shown, store: TraceStore): TemplateResult {
  const { view, selection } = shown;
  const heat = store.heat.reading.value;
  const map = layerMapOf(heat?.map, store.norms.reading.value?.map);
  const onCopy = (text: string): void => store.copy(text);
  const selected = selection.position;
  const table = tokenTableOf(view, heat);
  return html`<section class="tables" aria-label="Tables">
    ${tablePane({ id: 'token-table', table, selected, onCopy })}
    ${
      map === null
        ? nothing
        : tablePane({ id: 'layer-table', table: layerTableOf(view, map), selected, onCopy })
    }
    ${
      heat === null
        ? nothing
        : html`<section class="table-pane">
            ${distributionTitle(quantityName(heat.quantity), heat.map.unit)}
            <div class="table-scroll" tabindex="0" role="region" aria-label="Distribution">
              ${binTable(binValues(heat.map.values))}
            </div>
          </section>`
    }
  </section>`;
}
