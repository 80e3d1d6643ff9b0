import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing, type TemplateResult } from 'lit';
import { isOfPattern, type ListedExplanation } from '../../../src/core/explain/explanation.ts';
import type { UnitPageView } from '../../../src/protocol/unitViewContract.ts';
import { iconButton } from '../controls/icon.ts';
import { menu, type MenuItem } from '../controls/menu.ts';
import { readingView } from '../controls/readingView.ts';
import { actionsOf } from './actions.ts';
import { taskOptions, type ExplainTask } from './explaining.ts';
import { explainingView } from './explainingView.ts';
import { formatCount } from '../draw/format.ts';
import { intervalText, preferredScore, scoredHow, scoreSign, scoreText } from './figures.ts';
import { ownWords } from './ownWords.ts';
import { scoreBar } from './scoreBar.ts';
import type { UnitStore } from './store.ts';

export interface ExplainMenu {
  readonly menuOpen: boolean;
  readonly onMenu: (open: boolean) => void;
}

/** What is said of the unit, by whom, and how well each saying holds. */
export function explanationsPane(view: UnitPageView, store: UnitStore, explain: ExplainMenu): TemplateResult {
  return html`<section class="explanations" aria-label="Explanations">
    <h3>
      Explanations <span class="dim">score on windows that the explainer has not seen</span>
      <span class="space"></span> ${explainButton(view, store, explain)}
    </h3>
    ${readingView(store.reads.explanations, actionsOf(store), (all) => listView(all, view, store))}
    ${explainingView(store)} ${ownWords(view, store)}
  </section>`;
}

function explainButton(view: UnitPageView, store: UnitStore, explain: ExplainMenu): TemplateResult {
  const choose = (value: string): void => {
    explain.onMenu(false);
    if (value === 'chooseLanguageModel') return store.run('chooseLanguageModel');
    void store.explaining.begin(taskOf(value));
  };
  const busy = store.explaining.under !== null || view.index === null;
  return html`<span class="menu-anchor"
    ><vscode-button
      id="explain-menu"
      class="button"
      aria-haspopup="menu"
      aria-expanded=${String(explain.menuOpen)}
      ?disabled=${busy}
      title=${view.index === null ? 'Explaining needs an index: scan a corpus first' : 'Explain (E)'}
      @click=${(event: Event) => {
        event.stopPropagation();
        if (!busy) explain.onMenu(!explain.menuOpen);
      }}
      >Explain ▾</vscode-button
    >${menu({ items: explainItems(view), open: explain.menuOpen && !busy, onChoose: choose })}</span
  >`;
}

function explainItems({ language }: UnitPageView): readonly MenuItem[] {
  return [
    { label: 'Summary in words (offline)', value: 'summary' },
    { label: 'N2G pattern (offline)', value: 'n2g' },
    { label: 'Concepts of the embedded world (offline)', value: 'concepts' },
    language.name === null
      ? { label: 'Language model: choose one', value: 'chooseLanguageModel' }
      : { label: `Language model: ${language.name}`, value: 'language' },
  ];
}

function taskOf(value: string): ExplainTask {
  switch (value) {
    case 'language':
      return {
        title: 'Asking the language model',
        options: taskOptions({ kind: 'language', samples: 1 }, { useLanguage: true }),
        revise: null,
      };
    case 'n2g':
      return {
        title: 'Finding a pattern',
        options: taskOptions({ kind: 'n2g' }, { useLanguage: false }),
        revise: null,
      };
    case 'concepts':
      return {
        title: 'Comparing with the concepts',
        options: taskOptions({ kind: 'concepts' }, { useLanguage: false }),
        revise: null,
      };
    default:
      return {
        title: 'Summarising',
        options: taskOptions({ kind: 'summary' }, { useLanguage: false }),
        revise: null,
      };
  }
}

function listView(
  all: readonly ListedExplanation[],
  { summary, language }: UnitPageView,
  store: UnitStore,
): TemplateResult {
  const { guess } = store.kept;
  const { label } = summary;
  if (all.length === 0 && label === null)
    return html`<p class="nothing dim">
      Nobody has explained this unit yet. The offline explainers need no key.
    </p>`;
  if (guess)
    return html`<p class="nothing dim hidden-words">
      ${hiddenCount(all.length + (label === null ? 0 : 1))} hidden until yours is scored.
    </p>`;
  return html`<ul class="explanation-list">
    ${
      label === null
        ? nothing
        : html`<li class="explanation">
            <div class="said-words">${label.words}</div>
            <div class="said-by dim">concept label of the SAE</div>
            <div class="said-score num">${label.f1 === null ? 'no score' : `F1 ${scoreText(label.f1)}`}</div>
            <span></span>
          </li>`
    }
    ${all.map((listed) => rowView(listed, store, { useLanguage: language.name !== null }))}
  </ul>`;
}

function hiddenCount(count: number): string {
  return `${formatCount(count, 'explanation')} ${count === 1 ? 'is' : 'are'}`;
}

function rowView(
  listed: ListedExplanation,
  store: UnitStore,
  { useLanguage }: { readonly useLanguage: boolean },
): TemplateResult {
  const { record, stale, published } = listed;
  const chosen = store.chosen?.record.id === record.id;
  const toggle = (): void => store.keep({ explanation: chosen ? null : record.id });
  return html`<li class="explanation ${chosen ? 'selected' : ''}" data-id=${record.id}>
    <button
      type="button"
      class="said-words"
      aria-expanded=${String(chosen)}
      title="Evidence of the score"
      @click=${toggle}
    >
      ${record.explanation}
    </button>
    <div class="said-by dim">
      ${record.explainer}${record.simulator === null || published !== undefined ? nothing : html` · ${scoredHow(record)}`}
      ${published === undefined ? nothing : html`<span class="tag" title=${`Published: ${published}`}>published</span>`}
      ${
        stale === null
          ? nothing
          : html`<span class="tag stale-tag" title=${stale}>stale</span> <span class="why">${stale}</span>`
      }
    </div>
    ${scoreView(listed)}
    <div class="tools" role="toolbar" aria-label="Explanation">
      ${iconButton({ id: '', icon: 'checklist', label: 'Evidence', pressed: chosen, onClick: toggle })}
      ${iconButton({
        id: '',
        icon: 'refresh',
        label: 'Score again',
        onClick: () => void store.explaining.begin(scoreAgain(listed, { useLanguage })),
      })}
      ${iconButton({
        id: '',
        icon: 'lightbulb-autofix',
        label: 'Revise with counter-examples',
        onClick: () => void store.explaining.begin(revise(listed, { useLanguage })),
      })}
      ${iconButton({ id: '', icon: 'copy', label: 'Copy', onClick: () => store.copy(record.explanation) })}
      ${
        published === undefined
          ? iconButton({
              id: '',
              icon: 'trash',
              label: 'Remove',
              onClick: () => store.removeExplanation(record.id),
            })
          : nothing
      }
    </div>
  </li>`;
}

/** The score as text with its interval and a small bar; a pattern's is named as the pattern's. */
export function scoreView({ record }: ListedExplanation): TemplateResult {
  const score = preferredScore(record);
  const value = score?.value ?? record.score;
  if (value === null)
    return record.scores === null
      ? html`<div class="said-score dim">not scored</div>`
      : html`<div
          class="said-score dim"
          title="The unit is silent in the windows that score, so that there is no correlation"
        >
          r –
        </div>`;
  return html`<div class="said-score" data-of=${isOfPattern(record) ? 'pattern' : 'words'}>
    <span class="num"
      >${isOfPattern(record) ? html`<span class="tag">pattern</span> ` : nothing}${scoreSign(record)}
      <b>${scoreText(value)}</b></span
    >
    ${scoreBar(value, score)}
    <span class="dim interval num">${score === null ? nothing : intervalText(score)}</span>
  </div>`;
}

function scoreAgain(
  { record }: ListedExplanation,
  { useLanguage }: { readonly useLanguage: boolean },
): ExplainTask {
  // Who read the words offline reads them again offline: the two scores can be compared.
  const offline = record.simulatorKind === 'words' || record.simulatorKind === 'pattern';
  const options = taskOptions({ kind: 'record', id: record.id }, { useLanguage: useLanguage && !offline });
  return { title: 'Scoring again', options, revise: null };
}

function revise(
  { record }: ListedExplanation,
  { useLanguage }: { readonly useLanguage: boolean },
): ExplainTask {
  const options = taskOptions({ kind: 'record', id: record.id }, { useLanguage });
  return { title: 'Revising with counter-examples', options, revise: record.id };
}
