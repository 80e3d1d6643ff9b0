import { html, type TemplateResult } from 'lit';

export interface TabItem<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** A row of tabs: arrows, Home and End move, the panel follows at once. Source: WAI-ARIA practices, tabs. */
export function tabs<T extends string>(options: {
  readonly label: string;
  readonly items: readonly TabItem<T>[];
  readonly value: T;
  readonly panel: string;
  readonly onChoose: (value: T) => void;
}): TemplateResult {
  const { items, value } = options;
  const move = (event: KeyboardEvent): void => {
    const at = items.findIndex((item) => item.value === value);
    const targets: Record<string, number> = {
      ArrowLeft: (at - 1 + items.length) % items.length,
      ArrowRight: (at + 1) % items.length,
      Home: 0,
      End: items.length - 1,
    };
    const target = targets[event.key];
    const next = target === undefined ? undefined : items[target];
    if (next === undefined || target === undefined) return;
    event.preventDefault();
    options.onChoose(next.value);
    const buttons = (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=tab]');
    buttons.item(target).focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${options.label} @keydown=${move}>
    ${items.map(
      (item) =>
        html`<button
          type="button"
          role="tab"
          id="tab-${item.value}"
          aria-controls=${options.panel}
          aria-selected=${String(item.value === value)}
          tabindex=${item.value === value ? 0 : -1}
          @click=${() => options.onChoose(item.value)}
        >
          ${item.label}
        </button>`,
    )}
  </div>`;
}
