import { html, nothing, type TemplateResult } from 'lit';
import type { LayerAttribution } from '../../../src/protocol/debugContract.ts';
import { remember } from '../controls/changed.ts';
import type { GridModel } from '../controls/heatGrid.ts';
import '../controls/heatGrid.ts';
import { readingView } from '../controls/readingView.ts';
import { tablePane } from '../controls/tablePane.ts';
import { formatExact } from '../draw/format.ts';
import { legend } from '../draw/legend.ts';
import type { DataTable } from '../draw/tableText.ts';
import type { Theme } from '../draw/theme.ts';
import { actionsOf } from './banner.ts';
import { aroundZero } from './effectsPane.ts';
import { sideTitles } from './filterBar.ts';
import { scalarTitleOf } from './headline.ts';
import './layerChart.ts';
import type { DebugStore, ShownDebug } from './store.ts';

/** The scalar by place in the model: what it would be after each component, and what each adds. */
export function layersPane(shown: ShownDebug, store: DebugStore, theme: Theme): TemplateResult {
  return readingView(store.layers, actionsOf(store), (layers) => layersView(layers, shown, store, theme));
}

const headDomain = remember((heads: LayerAttribution['heads']) => aroundZero(heads.flat()));

function layersView(
  layers: LayerAttribution,
  shown: ShownDebug,
  store: DebugStore,
  theme: Theme,
): TemplateResult {
  const unit = shown.view.experiment.scalar === 'log_prob' ? 'nats' : 'logits';
  const name = scalarTitleOf(shown);
  const { left, right } = sideTitles(shown);
  const two = shown.view.summary.right !== null;
  const sides = two ? { left, right } : { left: name, right: null };
  const domain = headDomain(layers.heads);
  return html`<div class="two">
      <section>
        <h3>${name} after each component <span class="dim">logit lens, final scale live, ${unit}</span></h3>
        <ug-layer-chart
          id="accumulated"
          .model=${{ kind: 'line', values: layers.accumulated, sides, unit, title: `${name} after each component`, theme }}
        ></ug-layer-chart>
        <h3>Direct effect of each component <span class="dim">biases included, ${unit}</span></h3>
        <ug-layer-chart
          id="components"
          .model=${{ kind: 'bar', values: layers.components, sides, unit, title: 'Direct effect of each component', theme }}
        ></ug-layer-chart>
      </section>
      <section>
        <h3>
          Layers × heads <span class="dim">direct effect</span><span class="space"></span>
          ${legend({ domain, unit, title: 'Direct effect of each head', theme })}
        </h3>
        <ug-heat-grid id="heads" .model=${headGrid(layers, domain, store, theme)}></ug-heat-grid>
        ${two ? html`<p class="note dim">Heads of: ${left.toLowerCase()}.</p>` : nothing}
      </section>
    </div>
    <details>
      <summary>As tables</summary>
      ${tablePane({ id: 'component-table', table: componentTable(layers, sides, unit), selected: null, onCopy: (text) => store.copy(text) })}
      ${tablePane({ id: 'head-table', table: headTable(layers, unit), selected: null, onCopy: (text) => store.copy(text) })}
    </details>`;
}

function headGrid(
  { heads }: LayerAttribution,
  domain: ReturnType<typeof aroundZero>,
  store: DebugStore,
  theme: Theme,
): GridModel {
  const last = heads.length - 1;
  const width = heads[0]?.length ?? 0;
  return {
    parts: { heads, theme },
    label: 'Direct effect of each head. Enter shows its rows.',
    rowLabels: heads.map((_, i) => `L${last - i}`),
    columnLabels: Array.from({ length: width }, (_, head) => `H${head}`),
    value: (row, column) => heads[last - row]?.[column] ?? null,
    domain,
    selected: null,
    limits: { min: 12, max: 34 },
    maxRowHeight: 24,
    maxHeight: 380,
    theme,
    describe: ({ row, column }) => ({
      title: `L${last - row}H${column}`,
      rows: [
        ['Direct effect', formatExact(heads[last - row]?.[column] ?? null)],
        ['Enter', 'shows its rows'],
      ],
    }),
    onChoose: ({ row, column }) => {
      store.choose({ kind: 'head', layer: null, position: null, text: `L${last - row}H${column}@` });
      store.chooseTab('nodes');
    },
  };
}

function componentTable(
  { components, accumulated }: LayerAttribution,
  sides: { readonly left: string; readonly right: string | null },
  unit: string,
): DataTable {
  const column = (key: string, title: string): DataTable['columns'][number] => ({
    key,
    title,
    unit,
    numeric: true,
  });
  const after = new Map(accumulated.map((value) => [value.name, value]));
  const names = [...new Set([...accumulated, ...components].map(({ name }) => name))];
  const direct = new Map(components.map((value) => [value.name, value]));
  const { right } = sides;
  return {
    caption: 'Components',
    columns: [
      { key: 'component', title: 'Component', unit: '', numeric: false },
      column('direct', `Direct effect, ${sides.left}`),
      column('accumulated', `After it, ${sides.left}`),
      ...(right === null
        ? []
        : [
            column('directRight', `Direct effect, ${right}`),
            column('accumulatedRight', `After it, ${right}`),
          ]),
    ],
    rows: names.map((name) => [
      name,
      direct.get(name)?.left ?? null,
      after.get(name)?.left ?? null,
      ...(right === null ? [] : [direct.get(name)?.right ?? null, after.get(name)?.right ?? null]),
    ]),
  };
}

function headTable({ heads }: LayerAttribution, unit: string): DataTable {
  return {
    caption: 'Direct effect of each head',
    columns: [
      { key: 'layer', title: 'Layer', unit: '', numeric: true },
      ...(heads[0] ?? []).map((_, head) => ({ key: `head_${head}`, title: `H${head}`, unit, numeric: true })),
    ],
    rows: heads.map((row, layer) => [layer, ...row]),
  };
}
