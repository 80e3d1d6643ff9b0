import {
  BarController,
  BarElement,
  Chart,
  LinearScale,
  LogarithmicScale,
  type ChartConfiguration,
} from 'chart.js';
import { html, type TemplateResult } from 'lit';
import { partsDiffer } from '../controls/changed.ts';
import { ChartElement, tick } from '../controls/chartElement.ts';
import { cssColor } from '../draw/color.ts';
import { formatNumber } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { mergeColumns } from './mergeColumns.ts';

Chart.register(BarController, BarElement, LinearScale, LogarithmicScale);

/** Counts in bins of one width. */
export interface ColumnModel {
  /** `Activations above zero`: the caption of the table and the label of the picture. */
  readonly name: string;
  readonly min: number;
  readonly width: number;
  readonly counts: readonly number[];
  /** What is counted: `tokens`. */
  readonly things: string;
  readonly log: boolean;
  readonly theme: Theme;
}

const BAR_ALPHA = 0.75;
/** A histogram with the same counts as a table: for screen readers, and for eyes that ask for it. */
export class ColumnChart extends ChartElement<'bar', { x: number; y: number }[]> {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    asTable: { state: true },
  };
  declare model: ColumnModel | null;
  declare asTable: boolean;

  constructor() {
    super();
    this.model = null;
    this.asTable = false;
  }

  protected override render(): TemplateResult {
    const { model } = this;
    if (model === null) return html``;
    const merged = mergeColumns(model);
    return html`<div class="chart" ?hidden=${this.asTable}>
        <canvas role="img" aria-label=${summary(model)}></canvas>
      </div>
      <div class=${this.asTable ? 'table-scroll' : 'unseen'}>${countTable(merged)}</div>
      <button
        type="button"
        class="link small"
        aria-pressed=${String(this.asTable)}
        @click=${() => void (this.asTable = !this.asTable)}
      >
        ${this.asTable ? 'Show as picture' : 'Show as table'}
      </button>`;
  }

  protected override configuration(): ChartConfiguration<'bar', { x: number; y: number }[]> | null {
    return this.model === null || this.asTable ? null : chartOf(mergeColumns(this.model));
  }
}

function countTable({ name, min, width, counts, things }: ColumnModel): TemplateResult {
  return html`<table class="data">
    <caption class="unseen">
      ${name}
    </caption>
    <thead>
      <tr>
        <th scope="col" class="num">Above</th>
        <th scope="col" class="num">Up to</th>
        <th scope="col" class="num">${things}</th>
      </tr>
    </thead>
    <tbody>
      ${counts.map(
        (count, i) =>
          html`<tr>
            <td class="num">${formatNumber(min + i * width)}</td>
            <td class="num">${formatNumber(min + (i + 1) * width)}</td>
            <td class="num">${count}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function summary({ name, min, width, counts, things, log }: ColumnModel): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const to = formatNumber(min + width * counts.length);
  return `Histogram of ${name}${log ? ', logarithmic scale' : ''}: ${total} ${things} between ${formatNumber(min)} and ${to}`;
}

function chartOf(model: ColumnModel): ChartConfiguration<'bar', { x: number; y: number }[]> {
  const { theme, min, width, counts, log } = model;
  const font = { family: theme.font, size: 11 };
  const colors = counts.map((_, i) => {
    if (theme.highContrast) return 'transparent';
    return cssColor(min + (i + 0.5) * width < 0 ? theme.negative : theme.positive, BAR_ALPHA);
  });
  const y = {
    grid: { display: false },
    border: { display: false },
    ticks: { color: theme.description, font, maxTicksLimit: 4, precision: 0, callback: tickOf({ log }) },
  };
  return {
    type: 'bar',
    data: {
      datasets: [
        {
          data: counts.map((count, i) => ({ x: min + (i + 0.5) * width, y: count })),
          backgroundColor: colors,
          borderColor: theme.highContrast ? theme.text : 'transparent',
          borderWidth: theme.highContrast ? 1 : 0,
          barPercentage: 0.94,
          categoryPercentage: 1,
          ...(counts.length === 1 ? { barThickness: 24 } : {}),
        },
      ],
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: {
        x: {
          type: 'linear',
          min,
          max: min + width * counts.length,
          offset: false,
          grid: { display: false },
          border: { color: theme.line },
          ticks: { color: theme.description, font, maxTicksLimit: 6, maxRotation: 0, callback: tick },
        },
        // A column of one token is seen too: the scale starts below it.
        y: log ? { type: 'logarithmic', min: 0.7, ...y } : { type: 'linear', beginAtZero: true, ...y },
      },
    },
  };
}

/** On a logarithmic scale only the powers of ten. */
function tickOf({ log }: { readonly log: boolean }): (value: string | number) => string {
  return (value) => {
    const power = Math.log10(Number(value));
    return log && Math.abs(power - Math.round(power)) > 1e-9 ? '' : tick(value);
  };
}

customElements.define('ug-column-chart', ColumnChart);
