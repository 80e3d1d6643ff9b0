import { html, nothing, type TemplateResult } from 'lit';
import { fromWireError } from '../../../src/protocol/wireError.ts';
import { button } from '../controls/button.ts';
import { loadingNotice, staleNotice } from '../controls/notices.ts';
import { errorView, type ReadingActions } from '../controls/readingView.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import type { DebugStore } from './store.ts';

/** What the run's state asks of the person: a line over what is still shown, or the page where nothing is. */
export function banner(store: DebugStore, suggestions: readonly string[]): TemplateResult | typeof nothing {
  const { debug } = store;
  switch (debug.state) {
    case 'ready':
      return nothing;
    case 'empty':
      return emptyView(debug.reason, store, suggestions);
    case 'loading':
      return loadingNotice(debug.message, () => store.run('cancel'));
    case 'stale':
      return staleNotice(debug.reason, { id: 'run-again', onRun: () => store.run('run') });
    case 'error':
      return errorView(
        fromWireError(debug.error),
        { ...actionsOf(store), add: () => store.run('addAbsent') },
        () => store.run('run'),
      );
  }
}

/** Nothing has been run: what to do next, with a button that does it. */
function emptyView(reason: string, store: DebugStore, suggestions: readonly string[]): TemplateResult {
  const [target, distractor] = suggestions;
  const hasTarget = (store.experiment?.experiment.targets.length ?? 0) > 0;
  const take = (): void =>
    store.draft({
      targets: target === undefined ? [] : [target],
      distractors: distractor === undefined ? [] : [distractor],
    });
  return html`<div class="empty">
    <p>${reason}</p>
    ${
      hasTarget || target === undefined
        ? nothing
        : html`<p class="dim">
            Type a target above, or ask why the model says
            <span class="mono">${tokenLabel({ text: target })}</span> ${
              distractor === undefined
                ? nothing
                : html`and not <span class="mono">${tokenLabel({ text: distractor })}</span>`
            }:
            its likeliest next tokens.
          </p>`
    }
    <div class="actions">
      ${
        hasTarget
          ? button({ id: 'run-first', label: 'Run', onClick: () => store.run('run') })
          : target === undefined
            ? nothing
            : button({ id: 'take-likeliest', label: 'Take these two', onClick: take })
      }
      ${button({ id: 'open-example', label: 'Open an example', secondary: true, onClick: () => store.run('openExample') })}
    </div>
  </div>`;
}

/** What panes may ask of the store when they fail. */
export function actionsOf(store: DebugStore): ReadingActions {
  return { again: () => store.run('run'), copy: (text) => store.copy(text) };
}
