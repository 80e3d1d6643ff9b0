import { html, type TemplateResult } from 'lit';

/** The id of a unit: a click opens its page, while the rest of its row does what rows do. The key is O, on the row. */
export function unitLink(id: string, onOpen: (id: string) => void): TemplateResult {
  const open = (event: Event): void => {
    event.stopPropagation();
    onOpen(id);
  };
  return html`<span class="unit-link" title="Open the page of ${id} (O)" @click=${open}>${id}</span>`;
}

/** The unit of the row that has the focus, if one has. */
export function focusedUnit(): string | null {
  return document.activeElement?.closest<HTMLElement>('[data-unit]')?.dataset['unit'] ?? null;
}
