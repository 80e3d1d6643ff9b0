import { html, nothing, type TemplateResult } from 'lit';
import type { ExplainReport, ReportEntry } from '../../../src/core/explain/report.ts';
import { walkRows } from '../controls/rowKeys.ts';
import { formatPercent } from '../draw/format.ts';

/** The units that are explained best and worst, each a click from its page. */
export function entryLists({ best, worst }: ExplainReport, onOpen: (unit: string) => void): TemplateResult {
  if (best.length === 0) return html``;
  return html`<div class="two lists">
    ${entryList({ id: 'best', title: 'Explained best', entries: best, onOpen })}
    ${worst.length === 0 ? nothing : entryList({ id: 'worst', title: 'Explained worst', entries: worst, onOpen })}
  </div>`;
}

function entryList(options: {
  readonly id: string;
  readonly title: string;
  readonly entries: readonly ReportEntry[];
  readonly onOpen: (unit: string) => void;
}): TemplateResult {
  const { id, title, entries, onOpen } = options;
  return html`<section id=${id}>
    <h3>${title}</h3>
    <table class="list" role="grid" aria-label=${title}>
      <thead>
        <tr>
          <th scope="col">Unit</th>
          <th scope="col" class="num">Score</th>
          <th scope="col" class="num extra">Density</th>
          <th scope="col" class="grow">Words</th>
        </tr>
      </thead>
      <tbody @keydown=${walkRows}>
        ${entries.map(
          ({ unit, words, score, isPattern = false, density }, i) =>
            html`<tr
              class="choice"
              role="row"
              tabindex=${i === 0 ? 0 : -1}
              data-unit=${unit}
              aria-label="${unit}, ${isPattern ? 'pattern' : 'score'} ${score.toFixed(2)}, ${words}"
              @click=${() => onOpen(unit)}
            >
              <td class="mono id">${unit}</td>
              <td class="num">
                ${isPattern ? html`<span class="tag">pattern</span> ` : nothing}${score.toFixed(2)}
              </td>
              <td class="num extra dim">${density === null ? nothing : formatPercent(density)}</td>
              <td class="grow">
                <span class="entry-words" title=${words}>${words}</span>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}
