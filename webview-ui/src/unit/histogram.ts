import { html, type TemplateResult } from 'lit';
import type { ColumnModel } from './columnChart.ts';

/**
 * A histogram with its table. What draws it runs from the first one on, not when the page opens: the element becomes a
 * chart as soon as it is known.
 */
export function histogramView(id: string, model: ColumnModel): TemplateResult {
  void import('./columnChart.ts');
  return html`<ug-column-chart id=${id} .model=${model}></ug-column-chart>`;
}
