import { html, type TemplateResult } from 'lit';
import type { DebugOptions } from '../../../src/protocol/debugContract.ts';
import type { DebugStore, ShownDebug } from './store.ts';

/** How the numbers are made: what is held, where value biases go, which SAEs take the place of what they read. */
export function optionsBar({ view }: ShownDebug, store: DebugStore): TemplateResult {
  const { options } = store;
  const { saes } = view.model;
  const toggleSae = (id: string): void =>
    store.setOptions({
      saes: options.saes.includes(id) ? options.saes.filter((known) => known !== id) : [...options.saes, id],
    });
  return html`<details class="options" id="options">
    <summary>How it is computed <span class="dim">${summaryOf(options)}</span></summary>
    <div class="options-body">
      ${check('frozen-scale', 'Hold the final LayerNorm’s scale', options.frozenScale, () =>
        store.setOptions({ frozenScale: !options.frozenScale }),
      )}
      ${check('fold-biases', 'Take value biases out of the heads', options.foldValueBiases, () =>
        store.setOptions({ foldValueBiases: !options.foldValueBiases }),
      )}
      ${saes.map(({ id, hook_name }) =>
        check(`sae-${id}`, `SAE ${id}`, options.saes.includes(id), () => toggleSae(id), hook_name),
      )}
    </div>
  </details>`;
}

/** What the options say, in few words. */
export function summaryOf({ frozenScale, foldValueBiases, saes }: DebugOptions): string {
  const parts = [
    frozenScale ? 'final scale held' : 'final scale live',
    foldValueBiases ? 'value biases apart' : 'value biases with their heads',
    saes.length === 0 ? 'no SAEs' : `SAEs ${saes.join(', ')}`,
  ];
  return parts.join(' · ');
}

function check(id: string, label: string, on: boolean, onToggle: () => void, title = ''): TemplateResult {
  return html`<label class="check" title=${title}>
    <input type="checkbox" id=${id} .checked=${on} @change=${onToggle} /> ${label}
  </label>`;
}
