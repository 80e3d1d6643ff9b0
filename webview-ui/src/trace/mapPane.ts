import { html, nothing, type TemplateResult } from 'lit';
import type { HeatMap, LayerMap } from '../../../src/core/trace/readings.ts';
import type { Selection, TraceView } from '../../../src/protocol/viewContract.ts';
import { formatExact, withUnit } from '../draw/format.ts';
import type { Cell } from '../draw/gridGeometry.ts';
import type { Theme } from '../draw/theme.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import type { GridModel } from '../controls/heatGrid.ts';
import '../controls/heatGrid.ts';
import { legend, legendNote } from '../draw/legend.ts';
import type { SelectionChange } from './selection.ts';

export interface MapPaneModel {
  readonly view: TraceView;
  readonly selection: Selection;
  readonly map: LayerMap;
  /** The strip's legend does not hold for the map, so it brings its own. */
  readonly ownLegend: boolean;
  /** Nor does what the strip's scale leaves out. */
  readonly ownNote: boolean;
  readonly theme: Theme;
  readonly onSelect: (change: SelectionChange) => void;
}

/** The map to draw: of the chosen quantity where it has layers, else of the norms. */
export function layerMapOf(heat: HeatMap | undefined, norms: HeatMap | undefined): LayerMap | null {
  return heat?.layers ?? norms?.layers ?? null;
}

/** Layers x tokens, the last layer on top. Choosing a cell goes there. */
export function mapPane(pane: MapPaneModel): TemplateResult {
  const { map, theme } = pane;
  return html`<h3>
      Layers × tokens <span class="dim">${map.title}</span>
      ${
        pane.ownLegend
          ? html`<span class="space"></span
              >${legend({ domain: map.domain, unit: map.unit, title: map.title, theme })}`
          : nothing
      }
    </h3>
    <ug-heat-grid id="map" .model=${gridOf(pane)}></ug-heat-grid>
    ${pane.ownNote ? legendNote(map.domain) : nothing}`;
}

function gridOf({ view, selection, map, theme, onSelect }: MapPaneModel): GridModel {
  const { tokens } = view.summary;
  const count = map.layers.length;
  const columnLabels = tokens.map(tokenLabel);
  const layerAt = (row: number): number => count - 1 - row;
  const value = (row: number, column: number): number | null => map.values[layerAt(row)]?.[column] ?? null;
  const chosen = map.layers.indexOf(selection.layer);
  return {
    parts: { view, map, theme, position: selection.position, layer: selection.layer },
    label: `Layers by tokens: ${map.title}`,
    rowLabels: [...map.layers].reverse().map(String),
    columnLabels,
    value,
    domain: map.domain,
    selected: chosen === -1 ? null : { row: layerAt(chosen), column: selection.position },
    limits: { min: 9, max: 22 },
    maxRowHeight: count > 24 ? 8 : count > 12 ? 13 : 18,
    maxHeight: 520,
    theme,
    describe: ({ row, column }: Cell) => ({
      title: columnLabels[column] ?? '',
      rows: [
        ['Position', String(column)],
        ['Layer', String(map.layers[layerAt(row)])],
        [map.title, withUnit(formatExact(value(row, column)), map.unit)],
      ],
    }),
    onChoose: ({ row, column }: Cell) =>
      onSelect({ position: column, layer: map.layers[layerAt(row)] ?? selection.layer }),
  };
}
