import { html, nothing, type TemplateResult } from 'lit';
import type { ColorDomain } from '../../../src/core/trace/readings.ts';
import { fillOf, shareOf } from './color.ts';
import { formatNumber, withUnit } from './format.ts';
import type { Theme } from './theme.ts';

const STOPS = 12;

export interface LegendModel {
  readonly domain: ColorDomain;
  readonly unit: string;
  /** One sentence: what the number is. */
  readonly title: string;
  readonly theme: Theme;
}

/** The colour scale with its ends, its midpoint where that is not an end, and its unit; nothing for an empty domain. */
export function legend({ domain, unit, title, theme }: LegendModel): TemplateResult | typeof nothing {
  if (!(domain.max > domain.min)) return nothing;
  const signed = domain.min < domain.midpoint && domain.midpoint < domain.max;
  const show = (value: number): string => formatNumber(value, { digits: 2, signed });
  const middle = shareOfWidth(domain.midpoint, domain);
  return html`<span
    class="legend"
    role="img"
    title=${title}
    aria-label="${title}. Colour scale from ${show(domain.min)} to ${withUnit(show(domain.max), unit)}, transparent at ${show(
      domain.midpoint,
    )}"
  >
    <span class="num">${show(domain.min)}</span>
    ${
      theme.highContrast
        ? swatches(signed)
        : html`<span class="ramp" .style=${`background-image:${gradient(domain, theme)}`}
            >${
              signed
                ? html`<i
                    class="midpoint"
                    .style=${`left:${middle}%`}
                    title="Midpoint ${show(domain.midpoint)}"
                  ></i>`
                : nothing
            }</span
          >`
    }
    ${signed ? html`<span class="unseen">${show(domain.midpoint)}</span>` : nothing}
    <span class="num">${withUnit(show(domain.max), unit)}</span>
  </span>`;
}

/** What the scale leaves out and why, as a sentence; nothing when it covers every token. */
export function legendNote({ excluded, excludedReason }: ColorDomain): TemplateResult | typeof nothing {
  if (excluded.length === 0) return nothing;
  const reason = excludedReason ?? `positions left out of the scale: ${excluded.join(', ')}`;
  return html`<p class="note dim">${reason.charAt(0).toUpperCase()}${reason.slice(1)}</p>`;
}

function gradient(domain: ColorDomain, theme: Theme): string {
  const stops = Array.from({ length: STOPS + 1 }, (_, i) => {
    const value = domain.min + ((domain.max - domain.min) * i) / STOPS;
    return fillOf(shareOf(value, domain), theme);
  });
  return `linear-gradient(90deg,${stops.join(',')})`;
}

function shareOfWidth(value: number, domain: ColorDomain): string {
  return (((value - domain.min) / (domain.max - domain.min)) * 100).toFixed(2);
}

/** High contrast: underlines of growing thickness, dashed where negative, as the tokens wear them. */
function swatches(signed: boolean): TemplateResult {
  const steps = signed ? [-5, -3, -1, 0, 1, 3, 5] : [0, 1, 2, 3, 4, 5];
  return html`<span class="swatches"
    >${steps.map(
      (step) =>
        html`<i
          .style=${`border-bottom:${Math.abs(step)}px ${step < 0 ? 'dashed' : 'solid'} currentcolor`}
        ></i>`,
    )}</span
  >`;
}
