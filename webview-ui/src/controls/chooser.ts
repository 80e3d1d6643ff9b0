import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { html, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

/** A drop-down that holds one of several values. */
export function chooser(options: {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChoose: (value: string) => void;
}): TemplateResult {
  const { choices, value } = options;
  return html`<vscode-single-select
    class="chooser"
    id=${options.id}
    aria-label=${options.label}
    .label=${options.label}
    .value=${value}
    @change=${(event: Event) => options.onChoose((event.target as HTMLElement & { value: string }).value)}
  >
    ${repeat(
      choices,
      (choice) => choice.value,
      (choice) =>
        html`<vscode-option
          value=${choice.value}
          description=${choice.description ?? ''}
          ?selected=${choice.value === value}
          >${choice.label}</vscode-option
        >`,
    )}
  </vscode-single-select>`;
}
