import { html, type TemplateResult } from 'lit';
import { iconButton } from '../controls/icon.ts';

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['← → ↑ ↓', 'Walk tokens, cells and rows'],
  ['Home End', 'First and last of the line or list'],
  ['Enter', 'Select; on a unit, colour by it'],
  ['[ ]', 'A layer down, a layer up'],
  ['1 to 5', 'Next token, logit lens, latents, neurons, heads'],
  ['T', 'Tables instead of pictures'],
  ['R', 'Show the selected token in the editor'],
  ['Esc', 'Close what is open; back to the tokens'],
  ['?', 'These keys'],
];

/** The keys of the view, as a dialog. */
export function keysOverlay(onClose: () => void): TemplateResult {
  return html`<dialog class="keys" aria-label="Keys" @close=${onClose} @cancel=${onClose}>
    <h3>
      Keys <span class="space"></span>${iconButton({ icon: 'close', label: 'Close (Esc)', onClick: onClose })}
    </h3>
    <table>
      <tbody>
        ${KEYS.map(
          ([keys, what]) =>
            html`<tr>
              <td>${keys.split(' ').map((key) => (key === 'to' ? ' to ' : html`<kbd>${key}</kbd>`))}</td>
              <td>${what}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </dialog>`;
}
