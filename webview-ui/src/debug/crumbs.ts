import { html, nothing, type TemplateResult } from 'lit';
import { iconButton } from '../controls/icon.ts';
import { scalarTitleOf } from './headline.ts';
import { stepTitle } from './nodeText.ts';
import type { DebugStore, ShownDebug } from './store.ts';

/** Where one stands upstream of the scalar, with back and forward; nothing before the first step. */
export function crumbs(shown: ShownDebug, store: DebugStore): TemplateResult | typeof nothing {
  const { steps, depth } = store.trail;
  if (steps.length === 0) return nothing;
  const titles = [scalarTitleOf(shown), ...steps.map(stepTitle)];
  return html`<nav class="crumbs" aria-label="Trace upstream">
    ${iconButton({ icon: 'arrow-left', label: 'Back (Esc)', onClick: () => store.walkTo(depth - 1) })}
    ${iconButton({ icon: 'arrow-right', label: 'Forward', onClick: () => store.walkTo(depth + 1) })}
    <ol>
      ${titles.map(
        (title, i) =>
          html`<li class=${i > depth ? 'ahead' : ''}>
            <button
              type="button"
              class="crumb mono"
              aria-current=${i === depth ? 'step' : 'false'}
              @click=${() => store.walkTo(i)}
            >
              ${title}
            </button>
          </li>`,
      )}
    </ol>
  </nav>`;
}
