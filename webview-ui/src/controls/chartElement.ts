import type { ChartConfiguration, ChartType } from 'chart.js';
import { LitElement } from 'lit';
import { HeldChart } from './heldChart.ts';

/** An element without a shadow root with one chart on its canvas, which ends with it. */
export abstract class ChartElement<T extends ChartType, D, L = unknown> extends LitElement {
  readonly #chart = new HeldChart<T, D, L>();

  /** What is to be seen now; null = nothing yet, and the canvas is left as it is. */
  protected abstract configuration(): ChartConfiguration<T, D, L> | null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#chart.end();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override updated(): void {
    const canvas = this.querySelector('canvas');
    const configuration = canvas === null ? null : this.configuration();
    if (canvas !== null && configuration !== null) this.#chart.show(canvas, configuration);
  }
}

/** A number of an axis without the digits of rounding. */
export function tick(value: string | number): string {
  return String(Number(Number(value).toPrecision(6)));
}
