import { html, nothing, type TemplateResult } from 'lit';
import { button } from '../controls/button.ts';
import { fieldValue } from '../controls/textField.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { tokenView } from '../draw/tokenView.ts';
import type { Theme } from '../draw/theme.ts';
import './patchMaps.ts';
import type { DebugStore, ShownDebug } from './store.ts';

/** A clean and a corrupted prompt: their tokens side by side, and patching from the one into the other. */
export function promptsPane(shown: ShownDebug, store: DebugStore, theme: Theme): TemplateResult {
  const { experiment } = shown.view;
  const compares = experiment.compare === 'corrupted' && shown.view.summary.right !== null;
  return html`<div class="prompts">
    <h3>Corrupted prompt <span class="dim">what the clean one is compared with</span></h3>
    <textarea
      id="corrupted"
      class="mono"
      rows="2"
      spellcheck="false"
      aria-label="Corrupted prompt"
      placeholder="The same sentence with what matters changed, e.g. the other name"
      ${fieldValue(experiment.corrupted ?? '')}
      @change=${(event: Event) => setCorrupted(store, (event.target as HTMLTextAreaElement).value)}
    ></textarea>
    ${
      compares
        ? html`${alignment(shown, store)}
            <ug-patch-maps
              .model=${{
                store,
                shown,
                theme,
                debugId: shown.view.summary.debugId,
                done: store.patch.job.done,
                status: store.patch.job.status,
              }}
            ></ug-patch-maps>`
        : html`<div class="actions">
            <span class="dim"
              >${experiment.corrupted === null ? 'Type a corrupted prompt to compare the two.' : 'The two prompts are not compared yet.'}</span
            >
            ${
              experiment.corrupted === null
                ? nothing
                : button({
                    id: 'compare',
                    label: 'Compare the two prompts',
                    onClick: () => store.draft({ compare: 'corrupted' }),
                  })
            }
          </div>`
    }
  </div>`;
}

function setCorrupted(store: DebugStore, text: string): void {
  const corrupted = text === '' ? null : text;
  store.draft({ corrupted, alignment: null, compare: corrupted === null ? 'edits' : 'corrupted' });
}

/** Each clean token over the corrupted one that it is compared with; choosing another one drafts an alignment. */
function alignment({ view }: ShownDebug, store: DebugStore): TemplateResult {
  const { left, right, alignment: pairs } = view.summary;
  const other = right?.tokens ?? [];
  const known = pairs ?? left.tokens.map((_, position) => (position < other.length ? position : null));
  const choose = (position: number, to: number | null): void =>
    store.draft({ alignment: known.map((before, i) => (i === position ? to : before)) });
  const same = (position: number, to: number | null): boolean =>
    to !== null && other[to]?.id === left.tokens[position]?.id;
  return html`<h3>
      Aligned tokens
      <span class="dim">${left.tokens.length} and ${other.length}</span>
      ${
        view.experiment.alignment === null
          ? nothing
          : button({
              id: 'align-again',
              label: 'Align automatically',
              secondary: true,
              onClick: () => store.draft({ alignment: null }),
            })
      }
      ${button({ id: 'compare-edits', label: 'Compare edits instead', secondary: true, onClick: () => store.draft({ compare: 'edits' }) })}
    </h3>
    <div class="aligned" role="table" aria-label="Aligned tokens">
      ${left.tokens.map((token, position) => {
        const to = known[position] ?? null;
        return html`<div class="pair ${same(position, to) ? '' : 'differs'}" role="row">
          <span class="mono" role="cell">${tokenView(token, position)}</span>
          <select
            class="mono"
            role="cell"
            aria-label="Corrupted token for ${position} ${tokenLabel(token, position)}"
            @change=${(event: Event) => {
              const { value } = event.target as HTMLSelectElement;
              choose(position, value === '' ? null : Number(value));
            }}
          >
            <option value="" ?selected=${to === null}>none</option>
            ${other.map(
              (candidate, i) =>
                html`<option value=${i} ?selected=${i === to}>${i} ${tokenLabel(candidate, i)}</option>`,
            )}
          </select>
        </div>`;
      })}
    </div>`;
}
