import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { isOfPattern } from '../../../src/core/explain/explanation.ts';
import type { UnitPageView } from '../../../src/protocol/unitViewContract.ts';
import { button } from '../controls/button.ts';
import { icon } from '../controls/icon.ts';
import { taskOptions } from './explaining.ts';
import { bestExplanation, scoreText } from './figures.ts';
import type { UnitStore } from './store.ts';

/** Words of one's own, scored by the same bench; and the game that hides the words of others until then. */
export function ownWords({ index, language }: UnitPageView, store: UnitStore): TemplateResult {
  const { words, guess } = store.kept;
  const ready = words.trim() !== '' && index !== null && store.explaining.under === null;
  const score = ({ useLanguage }: { readonly useLanguage: boolean }): void => {
    if (!ready) return;
    const options = taskOptions({ kind: 'human', words: words.trim() }, { useLanguage });
    void store.explaining.begin({ title: 'Scoring your words', options, revise: null });
  };
  return html`<div class="own">
      <input
        id="own-words"
        type="text"
        class="plain-field"
        aria-label="Your own explanation"
        placeholder=${guess ? 'What does it do? Say it from the examples' : 'Your own explanation'}
        .value=${live(words)}
        @input=${(event: Event) => store.keep({ words: (event.target as HTMLInputElement).value })}
        @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && score({ useLanguage: false })}
      />
      <vscode-button
        id="score-own"
        class="button"
        secondary
        ?disabled=${!ready}
        @click=${() => score({ useLanguage: false })}
        >Score</vscode-button
      >
      ${
        language.name === null
          ? nothing
          : html`<vscode-button
              id="score-own-asking"
              class="button"
              secondary
              title="Read by ${language.name} instead of the offline reader of words"
              ?disabled=${!ready}
              @click=${() => score({ useLanguage: true })}
              >Score with the language model</vscode-button
            >`
      }
      <button
        type="button"
        class="link small"
        id="game"
        aria-pressed=${String(guess)}
        @click=${() => store.keep({ guess: !guess, ...(guess ? {} : { explanation: null }) })}
      >
        ${guess ? 'Show the others' : 'Explain it yourself'}
      </button>
    </div>
    ${answerView(store)}`;
}

/** After the game: one's own words beside the best of the others. */
function answerView(store: UnitStore): TemplateResult | typeof nothing {
  const own = store.explanations.find(({ record }) => record.id === store.answer);
  if (own === undefined) return nothing;
  const best = bestExplanation(store.explanations.filter((each) => each.record.explainerKind !== 'human'));
  const label = store.shown?.view.summary.label ?? null;
  return html`<div class="notice game-answer" role="status">
    ${icon('person')}
    <p>
      Yours: “${own.record.explanation}” <b class="num">${scoreText(own.record.score)}</b>.
      ${
        best === null
          ? label === null
            ? 'Nobody else has explained it.'
            : html`The SAE's concept label: “${label.words}”.`
          : html`${best.record.explainer}: “${best.record.explanation}”
              ${isOfPattern(best.record) ? html`<span class="tag">pattern</span> ` : nothing}<b class="num"
                >${scoreText(best.record.score)}</b
              >.`
      }
    </p>
    <div class="actions">
      ${button({
        label: 'Close',
        secondary: true,
        onClick: () => {
          store.answer = null;
          store.changed();
        },
      })}
    </div>
  </div>`;
}
