import { html, nothing, type TemplateResult } from 'lit';
import { progressLine } from '../controls/progressLine.ts';
import { errorView, type ReadingActions } from '../controls/readingView.ts';
import type { PartsJob } from './jobs.ts';

/** How far a job in parts is, with Cancel; what became of it when it ended early. */
export function jobView<P, R>(
  job: PartsJob<P, R>,
  options: { readonly id: string; readonly actions: ReadingActions; readonly again: () => void },
): TemplateResult | typeof nothing {
  const { id, actions, again } = options;
  const count = `${job.done.length} of ${job.parts.length}`;
  switch (job.status) {
    case 'idle':
    case 'ready':
      return nothing;
    case 'running':
      return progressLine({
        id,
        done: job.done.length,
        total: job.parts.length,
        text: job.parts.length === 0 ? 'Planning…' : `${count} parts`,
        onCancel: () => job.cancel(),
      });
    case 'cancelled':
      return html`<p class="note dim" role="status">Cancelled: ${count} parts are shown.</p>`;
    case 'error':
      return html`${job.error === null ? nothing : errorView(job.error, actions, again)}
      ${job.done.length > 0 ? html`<p class="note dim">${count} parts are shown.</p>` : nothing}`;
  }
}
