import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { html, type TemplateResult } from 'lit';

/** A short text that takes effect on Enter or when the field is left. Redrawing never overwrites what is being typed. */
export function textField(options: {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly problem: string | null;
  readonly onEnter: (value: string) => void;
}): TemplateResult {
  return html`<vscode-textfield
    class="text-field"
    id=${options.id}
    .label=${options.label}
    aria-label=${options.label}
    placeholder=${options.placeholder}
    spellcheck="false"
    ?invalid=${options.problem !== null}
    .value=${options.value}
    @change=${(event: Event) => options.onEnter((event.target as HTMLElement & { value: string }).value)}
  ></vscode-textfield>`;
}
