import '@vscode-elements/elements/dist/vscode-context-menu/index.js';
import { html, type TemplateResult } from 'lit';

export interface MenuItem {
  readonly label: string;
  readonly value: string;
  readonly keybinding?: string;
}

/** A menu below the button that opens it. `onClose` is called after a choice, Escape and a click elsewhere. */
export function menu(options: {
  readonly items: readonly MenuItem[];
  readonly open: boolean;
  readonly onChoose: (value: string) => void;
}): TemplateResult {
  return html`<vscode-context-menu
    class="menu"
    .data=${options.items.map((item, i) => ({ ...item, tabindex: i }))}
    .show=${options.open}
    @vsc-context-menu-select=${(event: CustomEvent<{ value: string }>) => options.onChoose(event.detail.value)}
  ></vscode-context-menu>`;
}
