import { html, nothing, type TemplateResult } from 'lit';
import type { ExampleGroup, ExampleReading, UnitSummary } from '../../../src/core/records/readings.ts';
import type { RecordSet } from '../../../src/core/records/records.ts';
import { button } from '../controls/button.ts';
import { iconButton } from '../controls/icon.ts';
import { readingView } from '../controls/readingView.ts';
import { formatNumber } from '../draw/format.ts';
import { legend } from '../draw/legend.ts';
import { tokenView } from '../draw/tokenView.ts';
import type { Theme } from '../draw/theme.ts';
import { actionsOf } from './actions.ts';
import { bigNumber } from './figures.ts';
import { unitDomain } from './heat.ts';
import type { UnitStore } from './store.ts';
import './tallList.ts';
import './window.ts';

const SETS: readonly RecordSet[] = ['top', 'quantile', 'random'];

/** Unit of measure of what a unit's windows show. */
export function measureOf({ kind }: Pick<UnitSummary, 'kind'>): string {
  return kind === 'head' ? 'pattern × norm of what the pair writes' : 'activation';
}

/** Where the unit fires: the strongest windows, windows of each strength, and windows picked at random. */
export function examplesPane(summary: UnitSummary, store: UnitStore, theme: Theme): TemplateResult {
  const { statistics } = summary;
  const dead = statistics !== null && !(statistics.density > 0);
  return html`<div class="scale-line">
      ${legend({
        domain: unitDomain(summary, null),
        unit: '',
        title: `${measureOf(summary)}, up to the largest in the index`,
        theme,
      })}
      <span class="dim">${measureOf(summary)}</span>
    </div>
    ${summary.kind === 'head' ? html`<p class="pair-help dim">${PAIR_HELP}</p>` : nothing}
    ${
      dead
        ? html`<p class="nothing">
            Never active in ${bigNumber(statistics.count)} tokens: there are no top windows. Random windows
            are shown below; the test box tries a text of your own.
          </p>`
        : nothing
    }
    ${SETS.filter((set) => !dead || set === 'random').map((set) => setView(set, summary, { store, theme }))}
    ${importedPane(summary, store, theme)}`;
}

/** What other tools collected of the unit: it needs no index. */
export function importedPane(summary: UnitSummary, store: UnitStore, theme: Theme): TemplateResult {
  return setView('imported', summary, { store, theme });
}

function setView(
  set: RecordSet,
  summary: UnitSummary,
  { store, theme }: { readonly store: UnitStore; readonly theme: Theme },
): TemplateResult {
  return html`${readingView(
    store.reads.examples[set],
    actionsOf(store),
    (groups) =>
      html`${groups.map((group, i) => groupView({ group, at: i, summary, store, theme }))}
      ${moreOf(set, groups, store)}`,
  )}`;
}

const PAIR_HELP =
  'fill: how strongly a token attends; dashed line: how strongly it is attended to. A token under the pointer or the focus shows its own pairs.';

interface GroupModel {
  readonly group: ExampleGroup;
  readonly at: number;
  readonly summary: UnitSummary;
  readonly store: UnitStore;
  readonly theme: Theme;
}

function groupView({ group, at, summary, store, theme }: GroupModel): TemplateResult {
  const { examples, total, title, set, note } = group;
  if (total === 0) return html`${nothing}`;
  return html`<section class="group" data-set=${set}>
    <h3>${title} <span class="dim">${bigNumber(examples.length)} of ${bigNumber(total)} kept</span></h3>
    ${note === undefined ? nothing : html`<p class="note dim">${note}</p>`}
    <ug-tall-list
      id="windows-${set}-${at}"
      .model=${{
        parts: { examples, summary, theme },
        label: title,
        count: examples.length,
        key: (index: number) => String(examples[index]?.sequence ?? index),
        row: (index: number) => {
          const example = examples[index];
          return example === undefined ? html`${nothing}` : exampleView({ example, summary, store, theme });
        },
      }}
    ></ug-tall-list>
  </section>`;
}

const NAMES = { neuron: 'activation', latent: 'activation', head: 'attends, at most' } as const;

/** One window with its source and what can be done with it. */
export function exampleView(options: {
  readonly example: ExampleReading;
  readonly summary: UnitSummary;
  readonly store: UnitStore;
  readonly theme: Theme;
}): TemplateResult {
  const { example, summary, store, theme } = options;
  const { tokens, activations, position, source, pairs } = example;
  const text = promptOf(tokens);
  return html`<article class="example">
    <div class="example-head">
      <span class="num strongest">${formatNumber(activations[position] ?? null)}</span>
      ${pairView(example)}
      <span class="dim source" title=${source}>${source}</span>
      <span class="space"></span>
      ${iconButton({ id: '', icon: 'copy', label: 'Copy the text', onClick: () => store.copy(text) })}
      ${iconButton({ id: '', icon: 'go-to-file', label: 'Open as a prompt', onClick: () => store.openPrompt(text) })}
    </div>
    <ug-window
      .model=${{
        label: `Window of ${source}`,
        tokens,
        values: activations,
        second: null,
        pairs,
        names: NAMES_OF[summary.kind],
        // A window without activation has no strongest token.
        mark: (activations[position] ?? 0) > 0 ? position : null,
        domain: unitDomain(summary, summary.statistics === null ? activations : null),
        theme,
      }}
    ></ug-window>
    ${lossView(example)}
  </article>`;
}

/** Of a head: which token attends to which, where it does most. */
function pairView({ tokens, position, key }: ExampleReading): TemplateResult | typeof nothing {
  if (key === null) return nothing;
  const token = (at: number): TemplateResult => tokenView({ text: tokens[at] ?? '' }, at);
  return html`<span class="pair mono">${token(position)} <span class="dim">→</span> ${token(key)}</span>`;
}

/** What removing the unit does to the loss of a window, as its publisher says. */
function lossView({ tokens, lossWithout }: ExampleReading): TemplateResult | typeof nothing {
  if (lossWithout === undefined) return nothing;
  const most = lossWithout.reduce(
    (best, loss, at) => (Math.abs(loss) > Math.abs(lossWithout[best] ?? 0) ? at : best),
    0,
  );
  const loss = lossWithout[most] ?? 0;
  return html`<p class="note dim">
    Published: removing the latent changes the loss at most by ${loss > 0 ? '+' : ''}${formatNumber(loss)}
    nats, at ${tokenView({ text: tokens[most] ?? '' })}
  </p>`;
}

const NAMES_OF = {
  neuron: [NAMES.neuron, ''],
  latent: [NAMES.latent, ''],
  head: [NAMES.head, ''],
} as const;

/** The text that makes these tokens again: a prompt's special first token is put there by the model. */
function promptOf(tokens: readonly string[]): string {
  return tokens.filter((token, i) => i > 0 || !/^<\|.*\|>$/u.test(token)).join('');
}

function moreOf(
  set: RecordSet,
  groups: readonly ExampleGroup[],
  store: UnitStore,
): TemplateResult | typeof nothing {
  const left = Math.max(0, ...groups.map(({ total, examples }) => total - examples.length));
  if (left === 0) return nothing;
  return html`<div class="row-actions">
    ${button({
      id: `more-${set}`,
      label: left > 20 ? 'Show 20 more' : `Show ${left} more`,
      secondary: true,
      onClick: () => store.reads.showMore(set, { all: false }),
    })}
    ${
      left > 20
        ? button({
            id: `all-${set}`,
            label: `Show all`,
            secondary: true,
            onClick: () => store.reads.showMore(set, { all: true }),
          })
        : nothing
    }
  </div>`;
}
