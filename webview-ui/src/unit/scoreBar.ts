import { html, nothing, type TemplateResult } from 'lit';
import type { Score } from '../../../src/core/explain/explanation.ts';

/** A score as a bar from zero to one with its interval as a line through it; below zero in the other colour. */
export function scoreBar(value: number, interval: Score | null): TemplateResult {
  const from = interval === null ? 0 : share(interval.low);
  const to = interval === null ? 0 : share(interval.high);
  return html`<span class="bar score" aria-hidden="true"
    ><i class=${value < 0 ? 'negative' : 'positive'} .style=${`width:${percent(share(Math.abs(value)))}`}></i>
    ${interval === null ? nothing : html`<b .style=${`left:${percent(from)};width:${percent(to - from)}`}></b>`}</span
  >`;
}

function share(value: number): number {
  return Math.max(0, Math.min(1, value));
}

function percent(value: number): string {
  return `${(100 * value).toFixed(2)}%`;
}
