import { html, nothing, type TemplateResult } from 'lit';
import type {
  HeadBehaviour,
  RelatedUnit,
  RelatedUnits,
  TokenWeight,
  UnitLogits,
  UnitSummary,
} from '../../../src/core/records/readings.ts';
import { told } from '../../../src/core/trace/words.ts';
import { readingView } from '../controls/readingView.ts';
import { wordsLine } from '../controls/saidWords.ts';
import { bar, divergingBar } from '../draw/bars.ts';
import { columnFormat, formatNumber } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { tokenView } from '../draw/tokenView.ts';
import { actionsOf } from './actions.ts';
import { histogramView } from './histogram.ts';
import type { UnitStore } from './store.ts';

/** What the weights alone say: tokens written to and read from, and the units next to this one. */
export function weightsPane(summary: UnitSummary, store: UnitStore, theme: Theme): TemplateResult {
  const { logits, related, head } = store.reads;
  const actions = actionsOf(store);
  return html`${summary.kind === 'head' ? readingView(head, actions, headView) : nothing}
  ${readingView(logits, actions, (value) => logitsView(value, theme))}
  ${readingView(related, actions, (value) => relatedView(value, store))}`;
}

function logitsView({ output, input, outputHistogram, notes }: UnitLogits, theme: Theme): TemplateResult {
  return html`${
    output === null
      ? nothing
      : html`<section class="output-tokens">
          <h3>
            Output tokens <span class="dim">what it writes, change of logit per unit of activation</span>
          </h3>
          <div class="two halves">
            ${tokenTable('most raised', output.top)} ${tokenTable('most lowered', output.bottom)}
          </div>
        </section>`
  }
  ${
    outputHistogram === null
      ? nothing
      : html`<h3>All output tokens <span class="dim">tokens, log scale</span></h3>
          ${histogramView('output-histogram', {
            name: 'weights on the output tokens',
            things: 'tokens',
            log: true,
            theme,
            ...outputHistogram,
          })}`
  }
  ${
    input === null
      ? nothing
      : html`<section class="input-tokens">
          <h3>Input tokens <span class="dim">what it reads from the embedding</span></h3>
          <div class="two halves">
            ${tokenTable('most exciting', input.top)} ${tokenTable('most quieting', input.bottom)}
          </div>
        </section>`
  }
  ${notes.map((note) => html`<p class="note dim">${note}</p>`)}`;
}

function tokenTable(name: string, tokens: readonly TokenWeight[]): TemplateResult {
  const format = columnFormat(
    tokens.map(({ value }) => value),
    { signed: true },
  );
  const most = largest(tokens);
  return html`<table class="list tokens" aria-label=${name}>
    <thead>
      <tr>
        <th>${name}</th>
        <th></th>
        <th class="num">weight</th>
      </tr>
    </thead>
    <tbody>
      ${tokens.map(
        ({ text, value }) =>
          html`<tr>
            <td class="grow mono">${tokenView({ text })}</td>
            <td class="bar-cell">${divergingBar(most > 0 ? value / most : 0)}</td>
            <td class="num">${format(value)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const LISTS: readonly (readonly [key: keyof RelatedUnits, title: string, unit: string])[] = [
  ['upstream', 'Upstream', 'weight from what writes before it'],
  ['downstream', 'Downstream', 'weight to what reads after it'],
  ['coactive', 'Fires together with', 'correlation over random windows'],
  ['cosine', 'Writes alike', 'cosine of what is written'],
];

function relatedView(related: RelatedUnits, store: UnitStore): TemplateResult {
  return html`<div class="two halves related">
    ${LISTS.filter(([key]) => related[key].length > 0).map(
      ([key, title, unit]) =>
        html`<section data-list=${key}>
          <h3>${title} <span class="dim">${unit}</span></h3>
          ${relatedTable(related[key], store)}
        </section>`,
    )}
  </div>`;
}

function relatedTable(units: readonly RelatedUnit[], store: UnitStore): TemplateResult {
  const format = columnFormat(
    units.map(({ value }) => value),
    { signed: true },
  );
  const most = largest(units);
  return html`<table class="list">
    <tbody>
      ${units.map(
        ({ id, value, known }) =>
          html`<tr>
            <td class="id">
              <button type="button" class="link small mono" title="Open ${id}" @click=${() => store.open(id)}>
                ${id}
              </button>
            </td>
            <td class="grow related-words dim" title=${known ? told(known) : ''}>
              ${known ? wordsLine(known) : nothing}
            </td>
            <td class="bar-cell">${divergingBar(most > 0 ? value / most : 0)}</td>
            <td class="num">${format(value)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const BEHAVIOURS: readonly (readonly [
  key: Exclude<keyof HeadBehaviour, 'topPairs'>,
  name: string,
  help: string,
])[] = [
  ['previousToken', 'Previous token', 'mean weight on the token before'],
  ['duplicateToken', 'Duplicate token', 'mean weight on earlier copies of the token'],
  ['induction', 'Induction', 'mean weight on the token after the earlier copy'],
  ['firstToken', 'First token', 'mean weight on position 0'],
];

function headView(behaviour: HeadBehaviour): TemplateResult {
  const { topPairs, entropy } = behaviour;
  const most = largest(topPairs);
  const format = columnFormat(topPairs.map(({ value }) => value));
  return html`<div class="two halves">
    <section>
      <h3>Behaviour <span class="dim">mean weight, on repeated random tokens</span></h3>
      <table class="list" id="behaviour">
        <tbody>
          ${BEHAVIOURS.map(
            ([key, name, help]) =>
              html`<tr title=${help}>
                <td class="grow">${name}</td>
                <td class="bar-cell">${bar(behaviour[key])}</td>
                <td class="num">${behaviour[key].toFixed(3)}</td>
              </tr>`,
          )}
          <tr title="of the pattern's rows, 0 = looks at one token">
            <td class="grow">Entropy <span class="dim">nats</span></td>
            <td></td>
            <td class="num">${formatNumber(entropy)}</td>
          </tr>
        </tbody>
      </table>
    </section>
    <section>
      <h3>Token pairs <span class="dim">mean value over the windows kept</span></h3>
      <table class="list" id="pairs">
        <thead>
          <tr>
            <th>from</th>
            <th>to</th>
            <th></th>
            <th class="num">value</th>
            <th class="num">seen</th>
          </tr>
        </thead>
        <tbody>
          ${topPairs.map(
            ({ query, key, value, count }) =>
              html`<tr>
                <td class="mono">${tokenView({ text: query })}</td>
                <td class="mono grow">${tokenView({ text: key })}</td>
                <td class="bar-cell">${bar(most > 0 ? value / most : 0)}</td>
                <td class="num">${format(value)}</td>
                <td class="num dim">${count}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </section>
  </div>`;
}

function largest(rows: readonly { readonly value: number }[]): number {
  return rows.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
}
