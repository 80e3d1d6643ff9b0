import { sayings } from '../../../src/core/trace/words.ts';
import { html, nothing, type TemplateResult } from 'lit';
import { parseNode, type Node } from '../../../src/core/trace/node.ts';
import type { NodeDetail, TokenScore } from '../../../src/protocol/debugContract.ts';
import { button } from '../controls/button.ts';
import { readingView } from '../controls/readingView.ts';
import { saidWords } from '../controls/saidWords.ts';
import { bar } from '../draw/bars.ts';
import { formatExact, formatPercent } from '../draw/format.ts';
import { tokenView } from '../draw/tokenView.ts';
import { actionsOf } from './banner.ts';
import { ablationOf, nodePlace, traceChoices, unitName } from './nodeText.ts';
import type { DebugStore, ShownDebug } from './store.ts';

/** Source tokens that are listed. */
const SOURCES = 6;

/** What the chosen row says, hears and looks at, and what can be done with it. */
export function detailPane(shown: ShownDebug, store: DebugStore): TemplateResult {
  if (store.node === null)
    return html`<section class="detail" aria-label="Row">
      <h3>Row</h3>
      <p class="dim">Choose a row to see what it writes, what excites it and where it looks.</p>
    </section>`;
  return html`<section class="detail" aria-label="Row ${store.node}">
    ${readingView(store.detail, actionsOf(store), (detail) => detailView(detail, shown, store))}
  </section>`;
}

function detailView(detail: NodeDetail, shown: ShownDebug, store: DebugStore): TemplateResult {
  const node = parseNode(detail.name);
  const { known } = detail;
  return html`<h3>
      <span class="mono">${unitName(node) ?? detail.name}</span>
      <span class="dim">${placeText(node)}</span>
    </h3>
    ${known === null ? nothing : sayings(known).map((said) => html`<p class="words">${saidWords(said)}</p>`)}
    <table class="list votes">
      <tbody>
        ${votes('Up-votes', detail.upVotes)} ${votes('Down-votes', detail.downVotes)}
        ${detail.excitedBy.map(({ through, tokens }) => votes(`Excited by, ${through}`, tokens))}
      </tbody>
    </table>
    ${detail.sources === null ? nothing : sources(detail.sources, node, shown)} ${actions(node, shown, store)}`;
}

function placeText(node: Node): string {
  if (node.kind === 'head') return `query ${node.position} attends to key ${node.source}`;
  return `at ${nodePlace(node).slice(1)}`;
}

function votes(title: string, tokens: readonly TokenScore[]): TemplateResult | typeof nothing {
  if (tokens.length === 0) return nothing;
  return html`<tr>
    <th scope="row" class="dim">${title}</th>
    <td class="grow">
      ${tokens.map(
        ({ text, score }) =>
          html`<span class="mono vote" title=${formatExact(score)}>${tokenView({ text })}</span> `,
      )}
    </td>
  </tr>`;
}

function sources(weights: readonly number[], node: Node, { view }: ShownDebug): TemplateResult {
  const { tokens } = view.summary.left;
  const most = weights.reduce((max, weight) => Math.max(max, Math.abs(weight)), 0);
  const ranked = weights
    .map((weight, position) => ({ weight, position }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, SOURCES);
  const isHead = node.kind === 'head';
  return html`<table class="list sources" aria-label=${isHead ? 'Attends to' : 'Comes from'}>
    <thead>
      <tr>
        <th scope="col">${isHead ? 'Attends to' : 'Comes from'}</th>
        <th scope="col" class="num" colspan="2">${isHead ? 'Weight' : 'Attribution'}</th>
      </tr>
    </thead>
    <tbody>
      ${ranked.map(({ weight, position }) => {
        const token = tokens[position];
        return html`<tr>
          <td class="grow">
            <span class="dim num">${position}</span>
            <span class="mono">${token === undefined ? nothing : tokenView(token, position)}</span>
          </td>
          <td class="bar-cell">${bar(most === 0 ? 0 : Math.abs(weight) / most)}</td>
          <td class="num">${isHead ? formatPercent(weight) : formatExact(weight)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function actions(node: Node, shown: ShownDebug, store: DebugStore): TemplateResult {
  const { tokens } = shown.view.summary.left;
  const edit = ablationOf(node, tokens);
  const unit = unitName(node);
  const name = store.node ?? '';
  // A value goes towards what is traced now; towards the logits where that is a value itself.
  const current = store.step;
  const via = current === null || current.via !== null || /\.v@/u.test(current.at) ? null : current.at;
  const choices = traceChoices(node, via);
  return html`<div class="actions row-actions">
    ${edit === null ? nothing : button({ id: 'ablate', label: 'Ablate', onClick: () => store.ablate(edit) })}
    ${choices.length > 1 ? html`<span class="dim">Trace upstream through</span>` : nothing}
    ${choices.map(({ label, step }) =>
      button({
        id: `trace-${label.split(' ')[0]?.toLowerCase()}`,
        label,
        secondary: true,
        onClick: () => store.traceUpstream(step),
      }),
    )}
    ${
      unit === null
        ? nothing
        : button({
            id: 'open-page',
            label: 'Open page',
            secondary: true,
            onClick: () => store.openUnit(unit, node.position),
          })
    }
    ${button({
      id: 'pin',
      label: store.pins.includes(name) ? 'Unpin' : 'Pin',
      secondary: true,
      onClick: () => store.togglePin(name),
    })}
  </div>`;
}
