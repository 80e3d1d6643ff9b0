import { html, nothing, type TemplateResult } from 'lit';
import type { ColorDomain } from '../../../src/core/trace/readings.ts';
import { fillOf, shareOf } from '../draw/color.ts';
import { formatNumber, withUnit } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';

const STOPS = 12;

export interface LegendModel {
  readonly domain: ColorDomain;
  readonly unit: string;
  readonly theme: Theme;
}

/** The colour scale with its ends, its midpoint where that is not an end, and its unit; nothing for an empty domain. */
export function legend({ domain, unit, theme }: LegendModel): TemplateResult | typeof nothing {
  if (!(domain.max > domain.min)) return nothing;
  const signed = domain.min < domain.midpoint && domain.midpoint < domain.max;
  const show = (value: number): string => formatNumber(value, { digits: 2, signed });
  const middle = shareOfWidth(domain.midpoint, domain);
  return html`<span
    class="legend"
    role="img"
    aria-label="Colour scale from ${show(domain.min)} to ${withUnit(show(domain.max), unit)}, transparent at ${show(
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

/** What the scale leaves out and why; nothing when it covers every token. */
export function legendNote(domain: ColorDomain): TemplateResult | typeof nothing {
  const { excluded, excludedReason } = domain;
  if (excluded.length === 0) return nothing;
  const named = excluded.length <= 4 ? excluded.join(', ') : `${excluded.slice(0, 4).join(', ')} and more`;
  const places = excluded.length === 1 ? `Position ${named} is` : `Positions ${named} are`;
  return html`<p class="note dim">
    ${places} outside the scale${excludedReason ? `: ${excludedReason}` : ''}
  </p>`;
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
