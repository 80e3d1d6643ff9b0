import { html, nothing, type TemplateResult } from 'lit';
import { fromWireError } from '../../../src/protocol/wireError.ts';
import type { TraceState } from '../../../src/protocol/viewContract.ts';
import { button } from '../controls/button.ts';
import { icon } from '../controls/icon.ts';
import { errorView, type ReadingActions } from '../controls/readingView.ts';
import type { TraceStore } from './store.ts';

/** What the trace's state asks of the person: a line over what is still shown, or the page where nothing is. */
export function banner(trace: TraceState, store: TraceStore): TemplateResult | typeof nothing {
  switch (trace.state) {
    case 'ready':
      return nothing;
    case 'empty':
      return html`<div class="empty">
        <p>${trace.reason}</p>
        <div class="actions">
          ${button({ id: 'open-example', label: 'Open an example', onClick: () => store.run('openExample') })}
          ${button({ id: 'run', label: 'Run', secondary: true, onClick: () => store.run('retrace') })}
        </div>
      </div>`;
    case 'loading':
      return html`<div class="notice loading" role="status">
        ${icon('loading')}
        <p>${trace.message}…</p>
        <div class="actions">
          ${button({ id: 'cancel', label: 'Cancel', secondary: true, onClick: () => store.run('cancel') })}
        </div>
      </div>`;
    case 'stale':
      return html`<div class="notice stale" role="status">
        ${icon('history')}
        <p>${trace.reason}</p>
        <div class="actions">${button({ id: 'run', label: 'Run', onClick: () => store.run('retrace') })}</div>
      </div>`;
    case 'error':
      return errorView(fromWireError(trace.error), actionsOf(store), () => store.run('retrace'));
  }
}

/** A failure outside any pane, until it is dismissed. */
export function failureNotice(store: TraceStore): TemplateResult | typeof nothing {
  const { failure } = store;
  if (failure === null) return nothing;
  return html`<div class="notice error" role="alert">
    ${icon('error')}
    <p>${failure.message} <span class="dim">${failure.next}</span></p>
    <div class="actions">
      ${button({ label: 'Dismiss', secondary: true, onClick: () => store.dismissFailure() })}
    </div>
  </div>`;
}

/** What panes may ask of the store when they fail. */
export function actionsOf(store: TraceStore): ReadingActions {
  return { again: () => store.run('retrace'), copy: (text) => store.copy(text) };
}
