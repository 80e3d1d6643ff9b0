import { html, nothing, type TemplateResult } from 'lit';
import type { InterpError } from '../../../src/core/errors.ts';
import { button } from './button.ts';
import { icon } from './icon.ts';

/** Lines over what is still shown: what is under way, what has changed, what failed. */

export function loadingNotice(message: string, onCancel: () => void): TemplateResult {
  const cancel = button({ id: 'cancel', label: 'Cancel', secondary: true, onClick: onCancel });
  return notice('loading', 'loading', message, cancel);
}

export function staleNotice(reason: string, run: { readonly id: string; onRun(): void }): TemplateResult {
  return notice('stale', 'history', reason, button({ id: run.id, label: 'Run', onClick: run.onRun }));
}

/** A failure outside any pane, until it is dismissed. */
export function failureNotice(
  failure: InterpError | null,
  onDismiss: () => void,
): TemplateResult | typeof nothing {
  if (failure === null) return nothing;
  return html`<div class="notice error" role="alert">
    ${icon('error')}
    <p>${failure.message} <span class="dim">${failure.next}</span></p>
    <div class="actions">${button({ label: 'Dismiss', secondary: true, onClick: onDismiss })}</div>
  </div>`;
}

function notice(
  kind: 'loading' | 'stale',
  sign: string,
  text: string,
  action: TemplateResult,
): TemplateResult {
  return html`<div class="notice ${kind}" role="status">
    ${icon(sign)}
    <p>${text}${kind === 'loading' ? '…' : ''}</p>
    <div class="actions">${action}</div>
  </div>`;
}
