import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, type TemplateResult } from 'lit';

/** A button with words. */
export function button(options: {
  readonly label: string;
  readonly onClick: () => void;
  readonly secondary?: boolean;
  readonly id?: string;
}): TemplateResult {
  return html`<vscode-button
    class="button"
    id=${options.id ?? ''}
    ?secondary=${options.secondary === true}
    @click=${options.onClick}
    >${options.label}</vscode-button
  >`;
}
