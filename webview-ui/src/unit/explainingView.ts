import { html, nothing, type TemplateResult } from 'lit';
import type { Revision } from '../../../src/core/explain/explanation.ts';
import { button } from '../controls/button.ts';
import { icon } from '../controls/icon.ts';
import { progressLine } from '../controls/progressLine.ts';
import { errorView } from '../controls/readingView.ts';
import { actionsOf } from './actions.ts';
import { bigNumber, scoreText } from './figures.ts';
import type { UnitStore } from './store.ts';

/** What is under way: the cost before it is spent, progress with Cancel, what went wrong, what a revision brought. */
export function explainingView(store: UnitStore): TemplateResult {
  const { explaining } = store;
  const { under, error, revision } = explaining;
  return html`<div class="explaining" aria-live="polite">
    ${under?.step === 'asking' ? askingView(store) : nothing}
    ${
      under?.step === 'running'
        ? progressLine({
            id: 'explain',
            done: under.progress?.done ?? 0,
            total: under.progress?.total ?? 0,
            text:
              under.progress === null
                ? `${under.task.title}…`
                : `${under.task.title}: ${under.progress.message}`,
            onCancel: () => explaining.cancel(),
          })
        : nothing
    }
    ${
      error === null
        ? nothing
        : html`${errorView(error, actionsOf(store), () => void explaining.retry())}
          ${
            error.code.startsWith('language/')
              ? html`<div class="row-actions">
                  ${button({ id: 'choose-model', label: 'Choose a language model', secondary: true, onClick: () => store.run('chooseLanguageModel') })}
                  ${button({ id: 'set-key', label: 'Set its key', secondary: true, onClick: () => store.run('setKey') })}
                </div>`
              : nothing
          }`
    }
    ${revision === null ? nothing : revisionView(revision)}
  </div>`;
}

function askingView(store: UnitStore): TemplateResult {
  const { under } = store.explaining;
  const estimate = under?.step === 'asking' ? under.estimate : null;
  const name = store.shown?.view.language.name ?? 'the language model';
  const cost =
    estimate === null
      ? 'Estimating what it costs…'
      : `About ${bigNumber(estimate.requests)} requests with ${bigNumber(estimate.promptTokens)} tokens, and ${bigNumber(estimate.completionTokens)} tokens of replies, at most.`;
  return html`<div class="notice estimate" role="status">
    ${icon('info')}
    <p>${cost} <span class="dim">Texts of the windows go to ${name}.</span></p>
    <div class="actions">
      ${estimate === null ? nothing : button({ id: 'confirm', label: 'Ask', onClick: () => void store.explaining.confirm() })}
      ${button({ id: 'do-not-ask', label: 'Cancel', secondary: true, onClick: () => store.explaining.cancel() })}
    </div>
  </div>`;
}

function revisionView({ before, after, kept, heldOut, examples }: Revision): TemplateResult {
  const was = scoreText(heldOut.before?.value ?? before.score);
  const is = scoreText(heldOut.after?.value ?? after.score);
  const wrong = examples.filter(({ asExplained }) => !asExplained).length;
  return html`<div class="notice revision" role="status">
    ${icon('lightbulb')}
    <p>
      ${
        kept === 'after'
          ? html`The revision is kept: ${was} before, ${is} after, on held-out text.`
          : html`The words of before are kept: ${was} before, ${is} after “${after.explanation}”, on held-out
            text.`
      }
      <span class="dim">${wrong} of ${examples.length} made-up sentences went against the words.</span>
    </p>
  </div>`;
}
