import { html, type TemplateResult } from 'lit';
import type { PatternReading } from '../../../src/core/trace/readings.ts';
import type { Selection, TraceView } from '../../../src/protocol/viewContract.ts';
import { formatExact } from '../draw/format.ts';
import type { Cell } from '../draw/gridGeometry.ts';
import type { Theme } from '../draw/theme.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import type { GridModel } from '../controls/heatGrid.ts';
import '../controls/heatGrid.ts';
import { PATTERN_DOMAIN, patternWeight, strongestKey } from './pattern.ts';
import type { SelectionChange } from './selection.ts';

export interface PatternPaneModel {
  readonly view: TraceView;
  readonly selection: Selection;
  readonly reading: PatternReading;
  readonly theme: Theme;
  readonly onSelect: (change: SelectionChange) => void;
}

/** Attention pattern of one head: rows are queries, columns are keys. Choosing a cell goes to its query. */
export function patternPane(pane: PatternPaneModel): TemplateResult {
  const { layer, head } = pane.reading;
  return html`<h3>
      Attention of <span class="mono">L${layer}H${head}</span>
      <span class="dim">rows query, columns key, 0 to 1</span>
    </h3>
    <ug-heat-grid id="pattern" .model=${gridOf(pane)}></ug-heat-grid>`;
}

function gridOf({ view, selection, reading, theme, onSelect }: PatternPaneModel): GridModel {
  const labels = view.summary.tokens.map(tokenLabel);
  return {
    parts: { view, reading, theme, position: selection.position },
    label: `Attention pattern of head ${reading.head} in layer ${reading.layer}, queries by keys`,
    rowLabels: labels,
    columnLabels: labels,
    value: (query, key) => patternWeight(reading, query, key),
    domain: PATTERN_DOMAIN,
    selected: { row: selection.position, column: strongestKey(reading, selection.position) },
    limits: { min: 4, max: 16 },
    maxRowHeight: 16,
    maxHeight: 360,
    theme,
    describe: ({ row, column }: Cell) => ({
      title: `${labels[row] ?? ''} → ${labels[column] ?? ''}`,
      rows: [
        ['Query', String(row)],
        ['Key', String(column)],
        ['Weight', column > row ? 'masked' : formatExact(patternWeight(reading, row, column))],
      ],
    }),
    onChoose: ({ row }: Cell) => onSelect({ position: row }),
  };
}
