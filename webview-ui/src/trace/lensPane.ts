import { html, nothing, type TemplateResult } from 'lit';
import type { LensRow } from '../../../src/core/trace/readings.ts';
import { walkRows } from '../controls/rowKeys.ts';
import { formatPercent } from '../draw/format.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { bar } from '../draw/bars.ts';
import { tipOn, type TipContent } from '../controls/tip.ts';
import { tokenView } from '../draw/tokenView.ts';

/** Logit lens: what the model would say if it stopped after each layer, the last layer on top. */
export function lensPane(options: {
  readonly rows: readonly LensRow[];
  readonly layer: number;
  readonly onLayer: (layer: number) => void;
}): TemplateResult {
  const { layer, onLayer } = options;
  const rows = [...options.rows].sort((a, b) => b.layer - a.layer);
  const final = rows[0]?.candidates[0];
  const stop = rows.some((row) => row.layer === layer) ? layer : rows[0]?.layer;
  return html`<table class="list lens" id="lens" role="grid">
    <thead>
      <tr>
        <th scope="col" class="num">After</th>
        <th scope="col">Most likely</th>
        <th scope="col" class="num extra">Rank</th>
        <th scope="col" class="num" colspan="2">
          ${final === undefined ? 'Final token' : html`<span class="mono">${tokenView(final)}</span>`}
        </th>
      </tr>
    </thead>
    <tbody @keydown=${walkRows}>
      ${rows.map(
        (row) =>
          html`<tr
            class="choice ${row.layer === layer ? 'selected' : ''}"
            tabindex=${row.layer === stop ? 0 : -1}
            aria-selected=${String(row.layer === layer)}
            ${tipOn(() => lensTip(row))}
            @click=${() => row.layer >= 0 && onLayer(row.layer)}
          >
            <td class="num dim">${row.layer < 0 ? 'embed' : row.layer}</td>
            <td class="grow">
              ${row.candidates.map(
                (candidate, i) =>
                  html`<span class="mono ${i === 0 ? '' : 'dim extra'} said">${tokenView(candidate)}</span>`,
              )}
            </td>
            <td class="num extra">${row.finalRank}</td>
            <td class="bar-cell">${bar(row.finalProbability)}</td>
            <td class="num">${formatPercent(row.finalProbability)}</td>
          </tr>`,
      )}
      ${
        rows.length === 0
          ? html`<tr>
              <td colspan="5" class="dim">Nothing to read here.</td>
            </tr>`
          : nothing
      }
    </tbody>
  </table>`;
}

function lensTip(row: LensRow): TipContent {
  const said = row.candidates.map(
    (candidate) => [tokenLabel(candidate), formatPercent(candidate.probability)] as const,
  );
  return { title: row.layer < 0 ? 'Embeddings' : `After layer ${row.layer}`, rows: said };
}
