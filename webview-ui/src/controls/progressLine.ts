import { html, type TemplateResult } from 'lit';
import { button } from './button.ts';

/** How far a job is, with Cancel. */
export function progressLine(options: {
  readonly id: string;
  readonly done: number;
  readonly total: number;
  readonly text: string;
  readonly onCancel: () => void;
}): TemplateResult {
  const { id, done, total, text, onCancel } = options;
  return html`<div class="job" role="status">
    <progress max=${Math.max(1, total)} value=${done} aria-label="Progress"></progress>
    <span class="dim num">${text}</span>
    ${button({ id: `${id}-cancel`, label: 'Cancel', secondary: true, onClick: onCancel })}
  </div>`;
}

/** `12 %`, whole numbers that are reached. */
export function formatProgress({ done, total }: { readonly done: number; readonly total: number }): string {
  return total > 0 ? `${Math.floor((100 * done) / total)} %` : 'starting';
}
