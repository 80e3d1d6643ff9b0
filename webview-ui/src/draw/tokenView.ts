import { html, type TemplateResult } from 'lit';
import { tokenParts } from './tokenText.ts';

/** A token's text with faint marks for spaces and line ends. */
export function tokenView(
  token: { text: string; bytes?: readonly number[] },
  position?: number,
): TemplateResult {
  return html`<span class="token"
    >${tokenParts(token, position).map((part) =>
      part.mark ? html`<i class="mark">${part.text}</i>` : part.text,
    )}</span
  >`;
}
