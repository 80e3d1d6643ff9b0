import { html, nothing, type TemplateResult } from 'lit';
import type { InterpError } from '../../../src/core/errors.ts';
import { button } from './button.ts';
import { icon } from './icon.ts';
import type { Resource } from './resource.ts';

export interface ReadingActions {
  /** Runs everything again, where what was run is gone. */
  again(): void;
  copy(text: string): void;
  /** Adds the model or SAE that is not installed. */
  add?(): void;
}

/** Draws what a pane has read in every state: waiting, the last result dimmed while a newer one loads, error. */
export function readingView<T>(
  resource: Resource<T>,
  actions: ReadingActions,
  draw: (value: T) => TemplateResult,
): TemplateResult {
  const { status, value, error } = resource.reading;
  const busy = status === 'loading';
  return html`<div class="reading" data-status=${status} aria-busy=${String(busy)}>
    ${error === null ? nothing : errorView(error, actions, () => resource.retry())}
    ${
      value === null
        ? error === null
          ? html`<p class="waiting dim">Reading…</p>`
          : nothing
        : html`<div class="value ${status === 'ready' ? '' : 'dimmed'}">${draw(value)}</div>`
    }
  </div>`;
}

/** What happened, where, and what next; an expired trace is run again, anything else is asked again. */
export function errorView(error: InterpError, actions: ReadingActions, retry: () => void): TemplateResult {
  const again =
    error.code === 'trace/expired'
      ? button({ label: 'Run again', onClick: () => actions.again() })
      : button({ label: 'Retry', onClick: retry });
  const { add } = actions;
  const isAbsent = add !== undefined && (error.code === 'model/not-found' || error.code === 'sae/not-found');
  const details = (): void =>
    actions.copy(
      JSON.stringify(
        { code: error.code, message: error.message, next: error.next, data: error.data },
        null,
        2,
      ),
    );
  return html`<div class="notice error" role="alert">
    ${icon('error')}
    <p>${error.message} <span class="dim">${error.next}</span></p>
    <div class="actions">
      ${isAbsent ? button({ label: 'Add…', id: 'add-absent', onClick: () => add() }) : nothing} ${again}
      ${button({ label: 'Copy details', secondary: true, onClick: details })}
    </div>
  </div>`;
}
