import { html, nothing, type TemplateResult } from 'lit';
import type { ScoreDetail, ScoredSequence } from '../../../src/core/explain/explanation.ts';
import type { UnitSummary } from '../../../src/core/records/readings.ts';
import type { Theme } from '../draw/theme.ts';
import { scoreText } from './figures.ts';
import { unitDomain } from './heat.ts';
import type { UnitStore } from './store.ts';
import './tallList.ts';
import './window.ts';

interface SequencesModel {
  readonly summary: UnitSummary;
  readonly store: UnitStore;
  readonly theme: Theme;
}

const NAMES = ['real', 'simulated'] as const;

/** Every scored window: real beside simulated, or one over the other. */
export function sequencesView(
  { sequences }: ScoreDetail,
  { summary, store, theme }: SequencesModel,
): TemplateResult {
  const { overlay } = store;
  const isSimulated = sequences.some(({ simulated }) => simulated !== null);
  return html`<section class="sequences">
    <h3>
      Scored windows <span class="dim">${sequences.length}</span><span class="space"></span>
      ${
        isSimulated
          ? html`<label class="check"
              ><input
                type="checkbox"
                id="overlay"
                .checked=${overlay}
                @change=${(event: Event) => store.setOverlay((event.target as HTMLInputElement).checked)}
              />
              overlay</label
            >`
          : nothing
      }
    </h3>
    <p class="note dim">
      ${
        !isSimulated
          ? 'what the unit did; questions were asked of these windows, and nothing was simulated'
          : overlay
            ? theme.highContrast
              ? 'solid line below: real; dashed line above: simulated; thicker is more'
              : 'fill: real; dashed line: simulated, thicker is more'
            : 'first line real, second line simulated, on one scale'
      }
    </p>
    <ug-tall-list
      id="scored-windows"
      .model=${{
        parts: { sequences, overlay, theme, summary },
        label: 'Scored windows',
        count: sequences.length,
        key: (index: number) => String(sequences[index]?.sequence ?? index),
        row: (index: number) => {
          const sequence = sequences[index];
          return sequence === undefined
            ? html`${nothing}`
            : sequenceView(sequence, { summary, theme, overlay });
        },
      }}
    ></ug-tall-list>
  </section>`;
}

/** Windows of heads have no score of their own: their pairs are judged together. */
function headOf({ failure, simulated, score }: ScoredSequence): string {
  if (failure !== null) return 'failed';
  return simulated === null ? 'real' : `r ${scoreText(score)}`;
}

function sequenceView(
  sequence: ScoredSequence,
  {
    summary,
    theme,
    overlay,
  }: { readonly summary: UnitSummary; readonly theme: Theme; readonly overlay: boolean },
): TemplateResult {
  const { tokens, activations, simulated, failure, source, set } = sequence;
  const domain = unitDomain(summary, activations);
  const line = (what: string, values: readonly number[], second: readonly number[] | null): TemplateResult =>
    html`<ug-window
      .model=${{
        label: `${what}, ${source}`,
        tokens,
        values,
        second,
        pairs: null,
        names: second === null ? [what, ''] : NAMES,
        mark: null,
        domain,
        theme,
      }}
    ></ug-window>`;
  return html`<article class="example scored ${failure === null ? '' : 'failed'}">
    <div class="example-head">
      <span class="num strongest">${headOf(sequence)}</span>
      <span class="dim source" title=${source}>${set} · ${source}</span>
    </div>
    ${failure === null ? nothing : html`<p class="problem">${failure}</p>`}
    ${
      simulated === null
        ? line('real', activations, null)
        : overlay
          ? line('real and simulated', activations, simulated)
          : html`${line('real', activations, null)}${line('simulated', simulated, null)}`
    }
  </article>`;
}
