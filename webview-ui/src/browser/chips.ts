import { html, type TemplateResult } from 'lit';

export interface Chip<T extends string> {
  readonly value: T;
  readonly label: string;
  /** What it stands for, for its tooltip. */
  readonly doc: string;
}

/** One of several, side by side: arrows choose. Source: WAI-ARIA practices, radio group. */
export function chips<T extends string>(options: {
  readonly id: string;
  readonly label: string;
  readonly items: readonly Chip<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}): TemplateResult {
  const { items, value } = options;
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = (items.findIndex((item) => item.value === value) + step + items.length) % items.length;
    const next = items[at];
    if (next === undefined) return;
    options.onChoose(next.value);
    (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=radio]').item(at).focus();
  };
  return html`<div
    class="chips"
    id=${options.id}
    role="radiogroup"
    aria-label=${options.label}
    @keydown=${move}
  >
    ${items.map(
      (item) =>
        html`<button
          type="button"
          role="radio"
          class="chip"
          data-value=${item.value}
          title=${item.doc}
          aria-checked=${String(item.value === value)}
          tabindex=${item.value === value ? 0 : -1}
          @click=${() => options.onChoose(item.value)}
        >
          ${item.label}
        </button>`,
    )}
  </div>`;
}
