import { html, type TemplateResult } from 'lit';
import { MOST_POINTS, type RatingReport } from '../../../src/core/explain/report.ts';
import { formatCount, NONE } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { baseOptions, seriesLooks, type AnyChart, type ChartModel } from './chart.ts';
import './chart.ts';
import { countsOf } from './rubric.ts';

/** Ratings so far as distributions: neurons beside latents, and a line for each family. */
export function ratingResults(report: RatingReport, theme: Theme): TemplateResult {
  const rated = report.families.filter(({ ratings }) => ratings > 0);
  if (rated.length === 0) return html`<p class="nothing dim">Nothing has been rated yet.</p>`;
  return html`<section id="ratings">
    <h3>
      Ratings so far <span class="dim">units by points, of ${MOST_POINTS}</span><span class="space"></span>
      <span class="legend series">
        <i class="swatch first"></i>latents <i class="swatch second"></i>neurons
      </span>
    </h3>
    <ug-report-chart class="rated" .model=${pointsModel(report, theme)}></ug-report-chart>
    <table class="list rated-list">
      <thead>
        <tr>
          <th scope="col">Family</th>
          <th scope="col" class="num">Rated</th>
          <th scope="col" class="num">Median points</th>
        </tr>
      </thead>
      <tbody>
        ${rated.map(
          ({ family, ratings, median }) =>
            html`<tr>
              <td class="mono">${family}</td>
              <td class="num">${ratings}</td>
              <td class="num">${median ?? NONE}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function pointsModel(report: RatingReport, theme: Theme): ChartModel {
  const { families } = report;
  const [latents, neurons] = [countsOf(families, 'latents'), countsOf(families, 'neurons')];
  const told = (counts: readonly number[], noun: string): string => {
    const all = formatCount(
      counts.reduce((sum, count) => sum + count, 0),
      noun,
    );
    const each = counts.flatMap((count, points) => (count > 0 ? [`${count} with ${points}`] : []));
    return each.length === 0 ? all : `${all} (${each.join(', ')})`;
  };
  return {
    parts: { report, theme },
    label: `Units by points: ${told(latents, 'latent')}, ${told(neurons, 'neuron')}`,
    height: 150,
    configuration: () => configurationOf(latents, neurons, theme),
  };
}

function configurationOf(latents: readonly number[], neurons: readonly number[], theme: Theme): AnyChart {
  const { axis, plain } = baseOptions(theme);
  const { first, second } = seriesLooks(theme);
  const series = (label: string, data: readonly number[], look: typeof first) => ({
    type: 'bar' as const,
    label,
    data: [...data],
    backgroundColor: look.fill,
    borderColor: look.line,
    borderWidth: 1,
  });
  return {
    type: 'bar',
    data: {
      labels: latents.map((_, points) => String(points)),
      datasets: [series('latents', latents, first), series('neurons', neurons, second)],
    },
    options: {
      ...plain,
      interaction: { mode: 'index', intersect: false },
      plugins: {
        tooltip: { animation: false, callbacks: { title: ([item]) => `${item?.label ?? ''} points` } },
      },
      scales: {
        x: axis,
        y: {
          ...axis,
          beginAtZero: true,
          border: { display: false },
          ticks: { ...axis.ticks, precision: 0, maxTicksLimit: 4 },
        },
      },
    },
  };
}
