import { BarController, BarElement, Chart, LinearScale, type ChartConfiguration } from 'chart.js';
import { html, type TemplateResult } from 'lit';
import type { ColorDomain } from '../../../src/core/trace/readings.ts';
import { binOf, binValues, type Bins } from '../draw/bins.ts';
import { cssColor, shareOf } from '../draw/color.ts';
import { formatNumber } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { partsDiffer } from '../controls/changed.ts';
import { ChartElement, tick } from '../controls/chartElement.ts';

Chart.register(BarController, BarElement, LinearScale);

export interface HistogramModel {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly (number | null)[];
  readonly domain: ColorDomain;
  /** Value of the selected token: its bin is outlined. */
  readonly selected: number | null;
  readonly theme: Theme;
}

/** Opacity of bars, which carry no text. */
const BAR_ALPHA = 0.75;

/** Histogram of a quantity over the prompt, with the same counts as a table for screen readers. */
export class Histogram extends ChartElement<'bar', { x: number; y: number }[]> {
  static override properties = { model: { attribute: false, hasChanged: partsDiffer } };
  declare model: HistogramModel | null;

  constructor() {
    super();
    this.model = null;
  }

  protected override render(): TemplateResult {
    const bins = binValues(this.model?.values ?? []);
    return html`<div class="chart"><canvas role="img" aria-label=${summary(this.model, bins)}></canvas></div>
      <div class="unseen">${binTable(bins)}</div>`;
  }

  protected override configuration(): ChartConfiguration<'bar', { x: number; y: number }[]> | null {
    return this.model && chartOf(this.model, binValues(this.model.values));
  }
}

/** The counts as a table: what the picture shows, without the picture. */
export function binTable(bins: Bins): TemplateResult {
  return html`<table class="data">
    <thead>
      <tr>
        <th scope="col" class="num">From</th>
        <th scope="col" class="num">To</th>
        <th scope="col" class="num">Tokens</th>
      </tr>
    </thead>
    <tbody>
      ${bins.counts.map(
        (count, i) =>
          html`<tr>
            <td class="num">${formatNumber(bins.edges[i] ?? null)}</td>
            <td class="num">${formatNumber(bins.edges[i + 1] ?? null)}</td>
            <td class="num">${count}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function summary(model: HistogramModel | null, bins: Bins): string {
  if (model === null || bins.counts.length === 0) return 'No values';
  const tokens = bins.counts.reduce((sum, count) => sum + count, 0);
  const low = formatNumber(bins.edges[0] ?? null);
  const high = formatNumber(bins.edges.at(-1) ?? null);
  return `Histogram of ${model.name}: ${tokens} tokens between ${low} and ${high} ${model.unit}`.trim();
}

function chartOf(model: HistogramModel, bins: Bins): ChartConfiguration<'bar', { x: number; y: number }[]> {
  const { theme } = model;
  const middles = bins.counts.map((_, i) => ((bins.edges[i] ?? 0) + (bins.edges[i + 1] ?? 0)) / 2);
  const selected = binOf(model.selected, bins);
  const colors = middles.map((middle) =>
    theme.highContrast
      ? 'transparent'
      : cssColor(shareOf(middle, model.domain) < 0 ? theme.negative : theme.positive, BAR_ALPHA),
  );
  const borders = middles.map((_, i) =>
    i === selected ? theme.focus : theme.highContrast ? theme.text : 'transparent',
  );
  const font = { family: theme.font, size: 11 };
  const low = bins.edges[0] ?? 0;
  const high = bins.edges.at(-1) ?? 1;
  return {
    type: 'bar',
    data: {
      datasets: [
        {
          data: bins.counts.map((count, i) => ({ x: middles[i] ?? 0, y: count })),
          backgroundColor: colors,
          borderColor: borders,
          borderWidth: middles.map((_, i) => (i === selected ? 2 : theme.highContrast ? 1 : 0)),
          borderSkipped: false,
          barPercentage: 0.94,
          categoryPercentage: 1,
          minBarLength: 1,
          ...(bins.counts.length === 1 ? { barThickness: 24 } : {}),
        },
      ],
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      scales: {
        x: {
          type: 'linear',
          min: low === high ? low - 1 : low,
          max: low === high ? high + 1 : high,
          offset: false,
          grid: { display: false },
          border: { color: theme.line },
          ticks: { color: theme.description, font, maxTicksLimit: 6, maxRotation: 0, callback: tick },
        },
        y: {
          type: 'linear',
          beginAtZero: true,
          grid: { display: false },
          border: { display: false },
          ticks: { color: theme.description, font, maxTicksLimit: 3, precision: 0 },
        },
      },
    },
  };
}

customElements.define('ug-histogram', Histogram);
