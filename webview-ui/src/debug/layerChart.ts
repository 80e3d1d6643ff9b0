import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type ChartConfiguration,
  type ChartDataset,
  type LegendItem,
} from 'chart.js';
import { html, type TemplateResult } from 'lit';
import type { LayerValue } from '../../../src/core/analysis/layerAttribution.ts';
import { partsDiffer } from '../controls/changed.ts';
import { ChartElement } from '../controls/chartElement.ts';
import { cssColor } from '../draw/color.ts';
import { formatExact, formatNumber } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

export interface LayerChartModel {
  readonly kind: 'line' | 'bar';
  readonly values: readonly LayerValue[];
  readonly sides: { readonly left: string; readonly right: string | null };
  readonly unit: string;
  readonly title: string;
  readonly theme: Theme;
}

const ALPHA = 0.75;

/** A number by component, as a line or as bars, of one or two sides. The page has the same as a table. */
export class LayerChart extends ChartElement<'line' | 'bar', (number | null)[], string> {
  static override properties = { model: { attribute: false, hasChanged: modelsDiffer } };
  declare model: LayerChartModel | null;

  constructor() {
    super();
    this.model = null;
  }

  protected override render(): TemplateResult {
    return html`<div class="chart layer-chart">
      <canvas role="img" aria-label=${summary(this.model)}></canvas>
    </div>`;
  }

  protected override configuration(): ChartConfiguration<'line' | 'bar', (number | null)[], string> | null {
    return this.model && configurationOf(this.model);
  }
}

function modelsDiffer(next: LayerChartModel | null, before: LayerChartModel | null | undefined): boolean {
  const flat = (model: LayerChartModel | null | undefined): unknown =>
    model && { ...model, sides: `${model.sides.left} ${model.sides.right}` };
  return partsDiffer(flat(next), flat(before));
}

function summary(model: LayerChartModel | null): string {
  const last = model?.values.at(-1);
  if (!model || last === undefined) return 'No values';
  const most = model.values.reduce((a, b) => (Math.abs(b.left) > Math.abs(a.left) ? b : a));
  const show = (value: number): string => formatNumber(value, { signed: true });
  return model.kind === 'line'
    ? `${model.title}: ${show(model.values[0]?.left ?? 0)} at ${model.values[0]?.name}, ${show(last.left)} ${model.unit} at ${last.name}`
    : `${model.title}: largest ${show(most.left)} ${model.unit} of ${most.name}`;
}

/** `3_attn_out` as `3 attn`: labels have little room. */
function shortName(name: string): string {
  return name.replace(/_out$/u, '').replace('_', ' ');
}

function configurationOf(
  model: LayerChartModel,
): ChartConfiguration<'line' | 'bar', (number | null)[], string> {
  const { theme, sides, values, unit } = model;
  const font = { family: theme.font, size: 11 };
  const datasets = [dataset(model, 'left', sides.left)];
  if (sides.right !== null) datasets.push(dataset(model, 'right', sides.right));
  return {
    type: model.kind,
    data: { labels: values.map(({ name }) => shortName(name)), datasets },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      plugins: {
        legend: {
          display: sides.right !== null,
          position: 'top',
          align: 'end',
          labels: {
            color: theme.text,
            font,
            boxWidth: 18,
            boxHeight: 2,
            generateLabels: () => legendOf(model),
          },
          onClick: () => undefined,
        },
        tooltip: {
          animation: false,
          callbacks: {
            label: ({ dataset: { label }, raw }) => `${label}: ${formatExact(Number(raw))} ${unit}`,
          },
        },
      },
      scales: {
        x: {
          grid: { display: false },
          border: { color: theme.line },
          ticks: { color: theme.description, font, maxRotation: 60, autoSkip: true },
        },
        y: {
          grid: { color: ({ tick }) => (tick.value === 0 ? theme.description : 'transparent') },
          border: { display: false },
          ticks: { color: theme.description, font, maxTicksLimit: 5 },
        },
      },
    },
  };
}

/** Bars have the colours of their signs: the legend tells the sides by fill and outline alone. */
function legendOf({ kind, sides, theme }: LayerChartModel): LegendItem[] {
  const item = (text: string, index: number): LegendItem => {
    const isRight = index === 1;
    const color =
      kind === 'line' && !isRight && !theme.highContrast ? cssColor(theme.positive) : theme.description;
    return {
      text,
      datasetIndex: index,
      fontColor: theme.text,
      fillStyle: isRight ? 'transparent' : color,
      strokeStyle: color,
      lineWidth: isRight ? 1.5 : 0,
      lineDash: isRight && kind === 'line' ? [3, 3] : [],
    };
  };
  return [sides.left, ...(sides.right === null ? [] : [sides.right])].map(item);
}

function dataset(
  { kind, values, theme }: LayerChartModel,
  side: 'left' | 'right',
  label: string,
): ChartDataset<'line' | 'bar', (number | null)[]> {
  const data = values.map((value) => value[side]);
  const isRight = side === 'right';
  if (kind === 'line') {
    const color = theme.highContrast ? theme.text : isRight ? theme.description : cssColor(theme.positive);
    return {
      label,
      data,
      borderColor: color,
      backgroundColor: color,
      borderWidth: 2,
      borderDash: isRight ? [4, 4] : [],
      pointRadius: 2,
    };
  }
  const fill = (value: number | null): string =>
    theme.highContrast
      ? isRight
        ? 'transparent'
        : theme.text
      : cssColor((value ?? 0) < 0 ? theme.negative : theme.positive, isRight ? ALPHA / 2.5 : ALPHA);
  return {
    label,
    data,
    backgroundColor: data.map(fill),
    borderColor: theme.highContrast
      ? theme.text
      : data.map((value) => cssColor((value ?? 0) < 0 ? theme.negative : theme.positive)),
    borderWidth: theme.highContrast || isRight ? 1 : 0,
  };
}

customElements.define('ug-layer-chart', LayerChart);
