import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { ExampleGroup, UnitSummary } from '../../../src/core/records/readings.ts';
import { readingView } from '../controls/readingView.ts';
import { formatNumber } from '../draw/format.ts';
import { legend } from '../draw/legend.ts';
import { tokenView } from '../draw/tokenView.ts';
import type { Theme } from '../draw/theme.ts';
import { actionsOf } from './actions.ts';
import { exampleView, measureOf } from './examplesPane.ts';
import { unitDomain } from './heat.ts';
import type { UnitStore } from './store.ts';

/** Any text, and what the unit makes of it. */
export function testPane(summary: UnitSummary, store: UnitStore, theme: Theme): TemplateResult {
  const { reading } = store.reads.test;
  return html`${textBox({
    id: 'test-text',
    label: 'Text to test',
    hint: 'Type a text; Ctrl+Enter runs it',
    value: store.kept.test,
    onInput: (test) => store.keep({ test }),
    onRun: () => store.test(),
  })}
  ${
    reading.status === 'idle'
      ? nothing
      : readingView(store.reads.test, actionsOf(store), (group) =>
          resultView(group, { summary, store, theme }),
        )
  }`;
}

/** A field of several lines; Enter runs it where the text has one line, Ctrl+Enter always. */
export function textBox(options: {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onInput: (text: string) => void;
  readonly onRun: () => void;
}): TemplateResult {
  const { id, label, hint, value, onInput, onRun } = options;
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    if (!event.ctrlKey && !event.metaKey && value.includes('\n')) return;
    event.preventDefault();
    onRun();
  };
  return html`<div class="text-box">
    <textarea
      id=${id}
      class="plain-field mono"
      rows="2"
      spellcheck="false"
      aria-label=${label}
      placeholder=${hint}
      .value=${live(value)}
      @input=${(event: Event) => onInput((event.target as HTMLTextAreaElement).value)}
      @keydown=${onKey}
    ></textarea>
    <vscode-button id="${id}-run" class="button" ?disabled=${value === ''} @click=${onRun}>Run</vscode-button>
    <p class="dim">Enter runs the text, Shift+Enter starts a new line.</p>
  </div>`;
}

interface ResultModel {
  readonly summary: UnitSummary;
  readonly store: UnitStore;
  readonly theme: Theme;
}

function resultView({ examples }: ExampleGroup, { summary, store, theme }: ResultModel): TemplateResult {
  const example = examples[0];
  if (example === undefined) return html`<p class="nothing dim">The text has no tokens.</p>`;
  const { activations, tokens, position } = example;
  const active = activations.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  const max = activations[position] ?? 0;
  return html`<p class="test-line">
      ${
        active === 0
          ? html`Not active on any of ${tokens.length} tokens.`
          : html`Active on <b>${active}</b> of ${tokens.length} tokens, up to <b>${formatNumber(max)}</b> on
              <b class="mono">${tokenView({ text: tokens[position] ?? '' }, position)}</b
              >${share(max, summary)}.`
      }
    </p>
    <div class="scale-line">
      ${legend({ domain: unitDomain(summary, activations), unit: '', title: measureOf(summary), theme })}
    </div>
    ${exampleView({ example, summary, store, theme })}`;
}

function share(max: number, { statistics }: UnitSummary): string {
  if (statistics === null || !(statistics.max > 0)) return '';
  return `, ${Math.round((100 * max) / statistics.max)} % of its largest in the index`;
}
