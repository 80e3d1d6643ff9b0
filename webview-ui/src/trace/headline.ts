import { html, nothing, type TemplateResult } from 'lit';
import type { TraceSummary } from '../../../src/core/trace/readings.ts';
import { formatNumber, formatPercentShort, withUnit } from '../draw/format.ts';
import { tokenView } from '../draw/tokenView.ts';

/** Position of the token that surprised the model most; null when no token has a loss. */
export function mostSurprising(summary: TraceSummary): number | null {
  let best: number | null = null;
  for (const [position, { loss }] of summary.tokens.entries()) {
    const most = best === null ? -Infinity : (summary.tokens[best]?.loss ?? -Infinity);
    if (loss !== null && loss > most) best = position;
  }
  return best;
}

/** A trace is of the model as it is; the edits of a prompt file are the debug view's. */
export function editsNote(onDebug: () => void): TemplateResult {
  return html`<p class="note" id="edits-note">
    <span class="dim">The edits under <span class="mono">ablate</span> are not applied here:</span>
    <button type="button" class="link small" @click=${onDebug}>Debug shows both sides</button>
  </p>`;
}

/** The answer in one sentence: what comes next, and where the model was surprised most. */
export function headline(summary: TraceSummary, onGo: (position: number) => void): TemplateResult {
  const next = summary.next[0];
  const position = mostSurprising(summary);
  const token = position === null ? undefined : summary.tokens[position];
  return html`<p class="headline">
    ${
      next === undefined
        ? nothing
        : html`Next: <b class="mono">${tokenView(next)}</b> ${formatPercentShort(next.probability)}`
    }
    ${
      token === undefined || position === null
        ? nothing
        : html`<span class="dim">·</span> most surprising:
            <button
              type="button"
              class="link mono"
              title="Go to position ${position}"
              @click=${() => onGo(position)}
            >
              ${tokenView(token, position)}
            </button>
            ${withUnit(formatNumber(token.loss, { digits: 2 }), 'nats')}`
    }
  </p>`;
}
