import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  ScatterController,
  Tooltip,
  type ChartConfiguration,
} from 'chart.js';
import { html, type TemplateResult } from 'lit';
import { partsDiffer } from '../controls/changed.ts';
import { ChartElement } from '../controls/chartElement.ts';
import { cssColor } from '../draw/color.ts';
import type { Theme } from '../draw/theme.ts';

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  ScatterController,
  Tooltip,
);

type Point = number | null | readonly [number, number] | { readonly x: number; readonly y: number };
export type AnyChart = ChartConfiguration<'bar' | 'line' | 'scatter', Point[], string>;

export interface ChartModel {
  /** All that the picture is made of: it is drawn again when one of these differs. */
  readonly parts: Readonly<Record<string, unknown>>;
  /** The picture in a sentence, for screen readers. */
  readonly label: string;
  readonly height: number;
  readonly configuration: () => AnyChart;
}

/** A chart under one sentence. The page has the same figures as tables. */
export class ReportChart extends ChartElement<'bar' | 'line' | 'scatter', Point[], string> {
  static override properties = { model: { attribute: false, hasChanged: modelsDiffer } };
  declare model: ChartModel | null;

  constructor() {
    super();
    this.model = null;
  }

  protected override render(): TemplateResult {
    return html`<div class="report-chart" .style=${`height:${this.model?.height ?? 0}px`}>
      <canvas role="img" aria-label=${this.model?.label ?? ''}></canvas>
    </div>`;
  }

  protected override configuration(): AnyChart | null {
    return this.model?.configuration() ?? null;
  }
}

function modelsDiffer(next: ChartModel | null, before: ChartModel | null | undefined): boolean {
  return partsDiffer(next?.parts, before?.parts);
}

/** Two series that are shown side by side: one filled, the other hollow. Blue is kept for what is below zero. */
export interface SeriesLook {
  readonly fill: string;
  readonly line: string;
}

const ALPHA = 0.75;

/** High contrast tells the two by fill and outline alone. */
export function seriesLooks(theme: Theme): { readonly first: SeriesLook; readonly second: SeriesLook } {
  if (theme.highContrast)
    return {
      first: { fill: theme.text, line: theme.text },
      second: { fill: 'transparent', line: theme.text },
    };
  return {
    first: { fill: cssColor(theme.positive, ALPHA), line: cssColor(theme.positive) },
    second: { fill: 'transparent', line: theme.description },
  };
}

/** What all charts of the page share: no movement, the theme's lines and letters. */
export function baseOptions(theme: Theme): {
  readonly font: { readonly family: string; readonly size: number };
  readonly plain: {
    readonly animation: false;
    readonly responsive: true;
    readonly maintainAspectRatio: false;
  };
  readonly axis: {
    readonly border: { readonly color: string };
    readonly grid: { readonly display: false };
    readonly ticks: {
      readonly color: string;
      readonly font: { readonly family: string; readonly size: number };
    };
  };
} {
  const font = { family: theme.font, size: 11 };
  return {
    font,
    plain: { animation: false, responsive: true, maintainAspectRatio: false },
    axis: {
      border: { color: theme.line },
      grid: { display: false },
      ticks: { color: theme.description, font },
    },
  };
}

customElements.define('ug-report-chart', ReportChart);
