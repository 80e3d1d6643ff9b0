import { html, nothing, type TemplateResult } from 'lit';

/** A bar from zero beside a number. `share` is 0..1 of the column's largest. */
export function bar(share: number): TemplateResult {
  return html`<span class="bar" aria-hidden="true"><i .style=${`width:${percent(share)}`}></i></span>`;
}

/** A bar to either side of one centre line. `share` is -1..1 of the column's largest magnitude. */
export function divergingBar(share: number): TemplateResult {
  const width = Math.abs(share) / 2;
  const left = share < 0 ? 0.5 - width : 0.5;
  return html`<span class="bar diverging" aria-hidden="true"
    ><i
      class=${share < 0 ? 'negative' : 'positive'}
      .style=${`left:${percent(left)};width:${percent(width)}`}
    ></i
  ></span>`;
}

/** A bar to either side of one centre line with its interval as a line through it. Shares as in `divergingBar`. */
export function intervalBar(share: number, interval: readonly [number, number] | null): TemplateResult {
  const width = Math.abs(share) / 2;
  const left = share < 0 ? 0.5 - width : 0.5;
  const at = (end: number): number => 0.5 + Math.max(-1, Math.min(1, end)) / 2;
  return html`<span class="bar diverging" aria-hidden="true"
    ><i
      class=${share < 0 ? 'negative' : 'positive'}
      .style=${`left:${percent(left)};width:${percent(width)}`}
    ></i
    >${
      interval === null
        ? nothing
        : html`<b
            .style=${`left:${percent(at(interval[0]))};width:${percent(at(interval[1]) - at(interval[0]))}`}
          ></b>`
    }</span
  >`;
}

function percent(share: number): string {
  return `${(Math.max(0, Math.min(1, share)) * 100).toFixed(2)}%`;
}
