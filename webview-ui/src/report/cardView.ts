import { html, nothing, type TemplateResult } from 'lit';
import { MOST_POINTS } from '../../../src/core/explain/report.ts';
import type { ExampleGroup, ExampleReading, UnitLogits } from '../../../src/core/records/readings.ts';
import type { RatingCard } from '../../../src/protocol/explainContract.ts';
import { button } from '../controls/button.ts';
import type { Theme } from '../draw/theme.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { tokenView } from '../draw/tokenView.ts';
import { groupTitle, largestOf, levelsOf } from './blind.ts';
import { levelStyle } from './levelStyle.ts';
import { focusScale } from './rateKeys.ts';
import { firstWithout, SCALES, totalOf, type Scale } from './rubric.ts';
import type { ReportStore } from './store.ts';

/** Output tokens shown of each side. */
const TOKENS = 12;
/** Examples shown of each group. */
const EXAMPLES = 8;

/** One unit to rate: nothing on it tells what it is. */
export function cardView(card: RatingCard, store: ReportStore, theme: Theme): TemplateResult {
  const { session, kept } = store;
  const largest = largestOf(card.examples);
  return html`<section id="card" aria-label="Card">
    <p class="headline">
      What does this unit do?
      <span class="dim" id="progress">${(kept.card ?? 0) + 1} of ${session.cards?.length ?? 0}</span>
    </p>
    <div class="two card">
      <div class="evidence">
        ${card.examples.map((group) => groupView(group, largest, theme))} ${votes(card.logits.output)}
      </div>
      ${form(store)}
    </div>
  </section>`;
}

function groupView(group: ExampleGroup, largest: number, theme: Theme): TemplateResult | typeof nothing {
  if (group.examples.length === 0) return nothing;
  return html`<section class="group">
    <h3>${groupTitle(group, largest)}</h3>
    ${group.examples.slice(0, EXAMPLES).map((example) => exampleView(example, largest, theme))}
  </section>`;
}

/** Tokens with their strength on a scale from 0 to 10, as its largest activation is 10: raw values would tell too much. */
function exampleView(
  { tokens, activations, position }: ExampleReading,
  largest: number,
  theme: Theme,
): TemplateResult {
  const levels = levelsOf(activations, largest);
  const strongest = tokens
    .map((text, at) => ({ text, at, level: Math.round(levels[at] ?? 0) }))
    .filter(({ level }) => level > 0)
    .sort((a, b) => b.level - a.level)
    .slice(0, 5)
    .map(({ text, at, level }) => `${tokenLabel({ text }, at)} ${level}`);
  return html`<p class="example">
    ${tokens.map(
      (text, at) =>
        html`<span
          class="tok ${at === position && (levels[at] ?? 0) > 0 ? 'peak' : ''}"
          data-level=${Math.round(levels[at] ?? 0)}
          title="${Math.round(levels[at] ?? 0)} of 10"
          .style=${levelStyle((levels[at] ?? 0) / 10, theme)}
          >${tokenView({ text }, at)}</span
        >`,
    )}
    <span class="unseen">${strongest.length === 0 ? 'Silent.' : `Strongest: ${strongest.join(', ')}.`}</span>
  </p>`;
}

function votes(output: UnitLogits['output']): TemplateResult | typeof nothing {
  if (output === null) return nothing;
  const side = (title: string, tokens: readonly { readonly text: string }[]): TemplateResult =>
    html`<tr>
      <th scope="row">${title}</th>
      <td class="mono">
        ${tokens.slice(0, TOKENS).map(({ text }) => html`<span class="vote">${tokenView({ text })}</span> `)}
      </td>
    </tr>`;
  return html`<section class="group">
    <h3>Output tokens</h3>
    <table class="votes">
      <tbody>
        ${side('votes for', output.top)} ${side('votes against', output.bottom)}
      </tbody>
    </table>
  </section>`;
}

function form(store: ReportStore): TemplateResult {
  const { session, kept } = store;
  const total = totalOf(kept.points);
  const next = firstWithout(kept.points);
  const toScales = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    focusScale(document, next?.key ?? null);
  };
  return html`<div class="form">
    <label for="words">Your words for it</label>
    <textarea
      id="words"
      rows="2"
      placeholder="fires on…"
      spellcheck="false"
      .value=${kept.words}
      @input=${(event: Event) => session.type((event.target as HTMLTextAreaElement).value)}
      @keydown=${toScales}
    ></textarea>
    ${SCALES.map((scale) => scaleView(scale, store))}
    <div class="save-line">
      ${button({
        id: 'save',
        label: session.status === 'saving' ? 'Saving…' : 'Save and next',
        onClick: () => (total === null ? focusScale(document, next?.key ?? null) : void session.save()),
      })}
      ${button({ id: 'skip', label: 'Skip', secondary: true, onClick: () => session.skip() })}
      ${button({ id: 'end', label: 'End', secondary: true, onClick: () => session.end() })}
      <span class="dim num" id="total" role="status"
        >${total === null ? `Points for “${next?.title ?? ''}” are missing` : `${total} of ${MOST_POINTS} points`}</span
      >
    </div>
  </div>`;
}

/** Points from 0 to the most as one row of buttons: arrows and digits give them. */
function scaleView(
  { key, title, question, most, ends }: Scale,
  { kept, session }: ReportStore,
): TemplateResult {
  const given = kept.points[key];
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const points = Math.max(0, Math.min(most, given === null ? 0 : given + step));
    session.give({ [key]: points });
    (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=radio]').item(points).focus();
  };
  return html`<div class="scale" data-scale=${key}>
    <b id="scale-${key}">${title}</b> <span class="dim" id="question-${key}">${question}</span>
    <div
      class="points"
      role="radiogroup"
      aria-labelledby="scale-${key}"
      aria-describedby="question-${key}"
      @keydown=${move}
    >
      <span class="dim end">${ends[0]}</span>
      ${Array.from(
        { length: most + 1 },
        (_, points) =>
          html`<button
            type="button"
            role="radio"
            class="point"
            data-points=${points}
            aria-checked=${String(points === given)}
            aria-label="${points} of ${most}"
            tabindex=${points === (given ?? 0) ? 0 : -1}
            @click=${() => session.give({ [key]: points })}
          >
            ${points}
          </button>`,
      )}
      <span class="dim end">${ends[1]}</span>
    </div>
  </div>`;
}
