import { html, type TemplateResult } from 'lit';
import type { DensityMatch } from '../../../src/core/explain/report.ts';
import { bar } from '../draw/bars.ts';
import { NONE } from '../draw/format.ts';

/** Neurons and latents of one layer side by side: medians over pairs that are equally often active. */
export function matchList(matches: readonly DensityMatch[]): TemplateResult {
  return html`<section id="matches">
    <h3>
      Neurons and latents at equal density
      <span class="dim">median score over pairs, densities at most a factor of 2 apart</span>
    </h3>
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Layer</th>
          <th scope="col">Units</th>
          <th scope="col" class="num">Pairs</th>
          <th scope="col" colspan="2">Top and random</th>
          <th scope="col" colspan="2">Random only</th>
        </tr>
      </thead>
      <tbody>
        ${matches.map(
          (match) =>
            html`<tr class="pair-first">
                <td rowspan="2" class="num layer">${match.layer}</td>
                <td class="mono">${match.neurons}</td>
                <td rowspan="2" class="num">${match.pairs}</td>
                ${median(match.topAndRandom.neurons)} ${median(match.randomOnly.neurons)}
              </tr>
              <tr class="pair-second">
                <td class="mono">${match.latents}</td>
                ${median(match.topAndRandom.latents)} ${median(match.randomOnly.latents)}
              </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function median(value: number | null): TemplateResult {
  return html`<td class="bar-cell">${value === null ? '' : bar(value)}</td>
    <td class="num">${value === null ? NONE : value.toFixed(2)}</td>`;
}
