import { Chart, type ChartConfiguration, type ChartType, type DefaultDataPoint } from 'chart.js';

/** The chart on an element's canvas: made once, then given new data, and ended with the element. */
export class HeldChart<T extends ChartType, D = DefaultDataPoint<T>, L = unknown> {
  #chart: Chart<T, D, L> | null = null;

  /** Draws what is to be seen now, without animation. */
  show(canvas: HTMLCanvasElement, configuration: ChartConfiguration<T, D, L>): void {
    if (this.#chart === null || this.#chart.canvas !== canvas) {
      this.end();
      this.#chart = new Chart(canvas, configuration);
      return;
    }
    this.#chart.data = configuration.data;
    this.#chart.options = configuration.options ?? this.#chart.options;
    this.#chart.update('none');
  }

  end(): void {
    this.#chart?.destroy();
    this.#chart = null;
  }
}
