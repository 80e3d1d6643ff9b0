import { html, type TemplateResult } from 'lit';
import type { DebugOptions } from '../../../src/protocol/debugContract.ts';
import type { SaeInfo } from '../../../src/protocol/engineContract.ts';

export interface OptionsModel {
  readonly options: DebugOptions;
  /** SAEs that are attached to the model. */
  readonly saes: readonly SaeInfo[];
  readonly onChange: (change: Partial<DebugOptions>) => void;
}

/** How the numbers are made: what is held, where value biases go, which SAEs take the place of what they read. */
export function optionsBar({ options, saes, onChange }: OptionsModel): TemplateResult {
  const toggleSae = (id: string): void =>
    onChange({
      saes: options.saes.includes(id) ? options.saes.filter((known) => known !== id) : [...options.saes, id],
    });
  return html`<details class="options" id="options">
    <summary>How it is computed <span class="dim">${summaryOf(options)}</span></summary>
    <div class="options-body">
      ${check('frozen-scale', 'Hold the final LayerNorm’s scale', options.frozenScale, () =>
        onChange({ frozenScale: !options.frozenScale }),
      )}
      ${check('fold-biases', 'Take value biases out of the heads', options.foldValueBiases, () =>
        onChange({ foldValueBiases: !options.foldValueBiases }),
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
