import { html, nothing, type TemplateResult } from 'lit';
import type { DebugStore } from './store.ts';

/** Where the edit of a row went, and a way there. The line is there before it is filled, so that it is read out. */
export function ablatedNotice(store: DebugStore, onShow: (edit: string) => void): TemplateResult {
  const { ablated } = store;
  const isThere = ablated !== null && store.editList.edits.includes(ablated);
  return html`<p id="ablated" class="note" role="status">
    ${
      isThere
        ? html`<span class="dim">Now an edit:</span>
            <span class="mono what" title=${ablated}>${ablated}</span>
            <button type="button" class="link small" @click=${() => onShow(ablated)}>Show it below</button>`
        : nothing
    }
  </p>`;
}

/** Puts the keyboard on an edit of the list: there it is switched off, moved or removed. */
export function focusEdit(page: HTMLElement, edit: string): void {
  const lines = [...page.querySelectorAll<HTMLElement>('.edit-list li')];
  const line = lines.find((each) => each.querySelector('.edit-text')?.textContent === edit);
  line?.querySelector('input')?.focus();
}
