import { html, type TemplateResult } from 'lit';
import { iconButton } from './icon.ts';

/** Keys, apart by spaces (`to` stands between), and what they do. */
export type KeyHelp = readonly (readonly [keys: string, what: string])[];

/** The keys of the view, as a dialog. */
export function keysOverlay(keys: KeyHelp, onClose: () => void): TemplateResult {
  return html`<dialog class="keys" aria-label="Keys" @close=${onClose} @cancel=${onClose}>
    <h3>
      Keys <span class="space"></span>${iconButton({ icon: 'close', label: 'Close (Esc)', onClick: onClose })}
    </h3>
    <table>
      <tbody>
        ${keys.map(
          ([names, what]) =>
            html`<tr>
              <td>${names.split(' ').map((key) => (key === 'to' ? ' to ' : html`<kbd>${key}</kbd>`))}</td>
              <td>${what}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </dialog>`;
}
