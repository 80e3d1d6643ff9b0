import { html, type TemplateResult } from 'lit';

/** A codicon by its name. Decorative: the control around it carries the label. */
export function icon(name: string): TemplateResult {
  return html`<span class="codicon codicon-${name}" aria-hidden="true"></span>`;
}

/** A button of the toolbar: an icon with a label for its tooltip and for screen readers. */
export function iconButton(options: {
  readonly icon: string;
  readonly label: string;
  readonly onClick: (event: Event) => void;
  readonly pressed?: boolean;
  readonly id?: string;
}): TemplateResult {
  return html`<button
    type="button"
    class="icon-button"
    id=${options.id ?? `button-${options.icon}`}
    title=${options.label}
    aria-label=${options.label}
    aria-pressed=${options.pressed === undefined ? 'undefined' : String(options.pressed)}
    @click=${options.onClick}
  >
    ${icon(options.icon)}
  </button>`;
}
