import { html, nothing, type TemplateResult } from 'lit';
import { fromWireError } from '../../../src/protocol/wireError.ts';
import type { TraceState } from '../../../src/protocol/viewContract.ts';
import { button } from '../controls/button.ts';
import { loadingNotice, staleNotice } from '../controls/notices.ts';
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
      return loadingNotice(trace.message, () => store.run('cancel'));
    case 'stale':
      return staleNotice(trace.reason, { id: 'run', onRun: () => store.run('retrace') });
    case 'error':
      return errorView(
        fromWireError(trace.error),
        { ...actionsOf(store), add: () => store.run('addAbsent') },
        () => store.run('retrace'),
      );
  }
}

/** What panes may ask of the store when they fail. */
export function actionsOf(store: TraceStore): ReadingActions {
  return { again: () => store.run('retrace'), copy: (text) => store.copy(text) };
}
