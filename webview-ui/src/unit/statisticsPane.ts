import { html, type TemplateResult } from 'lit';
import type { UnitSummary } from '../../../src/core/records/readings.ts';
import type { Moments } from '../../../src/core/records/statistics.ts';
import { button } from '../controls/button.ts';
import { formatNumber } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { bigNumber, densityText } from './figures.ts';
import { histogramView } from './histogram.ts';
import type { UnitStore } from './store.ts';

/** How often and how strongly the unit fires over the whole corpus. */
export function statisticsPane(summary: UnitSummary, store: UnitStore, theme: Theme): TemplateResult {
  const { statistics, kind, id } = summary;
  if (statistics === null) return html`<p class="nothing dim">Statistics come from a scan of a corpus.</p>`;
  const things = kind === 'head' ? 'pairs' : 'tokens';
  const { histogram, density, count, min, max, central, zeroCentered } = statistics;
  const facts: readonly (readonly [string, string])[] = [
    ['Density', `${densityText(density)} of ${bigNumber(count)} ${things}`],
    ['Maximum', formatNumber(max, { digits: 4 })],
    ['Minimum', formatNumber(min, { digits: 4 })],
  ];
  return html`${
      density > 0
        ? html`<h3>Activations above zero <span class="dim">${things}, log scale</span></h3>
            ${histogramView('activation-histogram', {
              name: 'activations above zero',
              min: 0,
              width: histogram.width,
              counts: histogram.counts,
              things,
              log: true,
              theme,
            })}`
        : html`<p class="nothing">
            Never active in ${bigNumber(count)} ${things}: there is nothing to draw.
          </p>`
    }
    <div class="two figures">
      <section>
        <h3>Activity</h3>
        <table class="list" id="activity">
          <tbody>
            ${facts.map(
              ([name, value]) =>
                html`<tr>
                  <td class="grow">${name}</td>
                  <td class="num">${value}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </section>
      <section>
        <h3>Moments</h3>
        ${momentsTable(central, zeroCentered)}
      </section>
    </div>
    <div class="row-actions">
      ${button({
        id: 'copy-statistics',
        label: 'Copy as JSON',
        secondary: true,
        onClick: () => store.copy(JSON.stringify({ unit: id, ...statistics }, null, 2)),
      })}
    </div>`;
}

const ROWS: readonly (readonly [key: keyof Moments, name: string, around: string, zero: string])[] = [
  ['mean', 'Mean', 'E[a]', 'E[a]'],
  ['variance', 'Variance', 'E[(a - mean)²]', 'E[a²]'],
  ['skewness', 'Skewness', 'third standardised moment', 'E[a³] / E[a²]^1.5'],
  ['kurtosis', 'Kurtosis', 'fourth standardised moment, not reduced by 3', 'E[a⁴] / E[a²]²'],
];

function momentsTable(central: Moments, zeroCentered: Moments): TemplateResult {
  return html`<table class="list" id="moments">
    <thead>
      <tr>
        <th></th>
        <th class="num">around the mean</th>
        <th class="num">around zero</th>
      </tr>
    </thead>
    <tbody>
      ${ROWS.map(
        ([key, name, around, zero]) =>
          html`<tr>
            <td class="grow">${name}</td>
            <td class="num" title=${around}>${formatNumber(central[key])}</td>
            <td class="num" title=${zero}>${formatNumber(zeroCentered[key])}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
