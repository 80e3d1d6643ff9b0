import { html, nothing, type TemplateResult } from 'lit';
import type { DebugTable } from '../../../src/protocol/debugContract.ts';
import { formatNumber } from '../draw/format.ts';
import { tokenView } from '../draw/tokenView.ts';
import type { DebugStore, ShownDebug } from './store.ts';

const SCALAR_TITLES = {
  logit_diff: 'Logit difference',
  logit: 'Logit',
  log_prob: 'Log-probability',
} as const;

/** Title of the untraced scalar: without distractors a difference is a mean logit. */
export function scalarTitleOf({ view }: ShownDebug): string {
  const { scalar, distractors } = view.experiment;
  return scalar === 'logit_diff' && distractors.length === 0 ? 'Logit' : SCALAR_TITLES[scalar];
}

/** The answer in one sentence with its numbers; the rest of the page is its evidence. */
export function headline(shown: ShownDebug, store: DebugStore): TemplateResult {
  const { summary } = shown.view;
  const token = summary.left.tokens[summary.position];
  const table = store.table.reading.value;
  const unit = shown.view.experiment.scalar === 'log_prob' ? ' nats' : '';
  const signed = (value: number): string => formatNumber(value, { signed: true });
  return html`<p class="headline">
    ${
      store.step === null
        ? html`${scalarTitleOf(shown)}
            <b class="num" id="value">${signed(summary.left.value)}${unit}</b>
            ${otherSide(shown, signed)}
            <span class="dim">at</span>
            <button type="button" class="link mono" @click=${() => store.select(summary.position)}>
              ${token === undefined ? summary.position : tokenView(token, summary.position)}
            </button>`
        : html`<span class="title">${table?.title ?? store.step.at}</span>
            ${table === null ? nothing : html`<b class="num" id="value">${signed(table.left.value)}</b>`}`
    }
    ${table === null ? nothing : closing(table)}
  </p>`;
}

/** Which side the number is of, and the other side's. */
function otherSide(shown: ShownDebug, signed: (value: number) => string): TemplateResult | typeof nothing {
  const { right } = shown.view.summary;
  if (right === null) return nothing;
  const isEdits = shown.view.experiment.compare === 'edits';
  const [here, there] = isEdits ? ['with edits', 'without,'] : ['clean', 'corrupted,'];
  return html`<span class="dim">${here},</span> <b class="num">${signed(right.value)}</b>
    <span class="dim">${there}</span>`;
}

/** What the rest of a sum is, for tooltips. */
export const CLOSES =
  'The direct effects of all nodes, shown or not, are added up. What is left over comes from rounding; more than that would be a mistake of the debugger.';

function closing({ left, held }: DebugTable): TemplateResult {
  const note = held.length === 0 ? nothing : html` <span class="dim held">Held: ${held.join(', ')}.</span>`;
  if (left.notAdditive !== null)
    return html`<span class="dim">is not additive: ${left.notAdditive}.</span>${note}`;
  return html`<span title=${CLOSES}
      ><span class="dim">is the sum of all direct effects, with</span>
      <span class="num">${closeness(left.residual)}</span> <span class="dim">left over.</span></span
    >${note}`;
}

/** A residual to three decimals, or by its first digits where it is more than rounding. */
export function closeness(residual: number): string {
  const size = Math.abs(residual);
  return size < 0.01 ? size.toFixed(3) : formatNumber(size, { digits: 2 });
}
