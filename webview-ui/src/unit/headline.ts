import { html, nothing, type TemplateResult } from 'lit';
import type { ExampleGroup, UnitSummary } from '../../../src/core/records/readings.ts';
import { isOfPattern, type ListedExplanation } from '../../../src/core/explain/explanation.ts';
import { formatNumber } from '../draw/format.ts';
import { tokenView } from '../draw/tokenView.ts';
import { bestExplanation, bigNumber, densityText, scoreSign, scoreText } from './figures.ts';

export interface HeadlineModel {
  readonly summary: UnitSummary;
  readonly explanations: readonly ListedExplanation[];
  readonly top: readonly ExampleGroup[] | null;
  /** The game: words stay hidden. */
  readonly guess: boolean;
}

/** What the unit does, in one sentence with numbers. */
export function headline({ summary, explanations, top, guess }: HeadlineModel): TemplateResult {
  return html`<p class="headline">
    ${guess ? html`<span class="dim">What does it do? You say it first.</span>` : wordsOf(summary, explanations)}
    ${activityOf(summary, top)}
  </p>`;
}

function wordsOf({ label }: UnitSummary, explanations: readonly ListedExplanation[]): TemplateResult {
  const best = bestExplanation(explanations);
  if (best !== null && (label === null || !isOfPattern(best.record))) {
    const { record, stale } = best;
    const score = record.score === null ? 'not scored' : `${scoreSign(record)} ${scoreText(record.score)}`;
    return html`<b>${record.explanation}</b>
      <span class="f1"
        >${isOfPattern(record) ? html`pattern ` : nothing}${score} ·
        ${record.explainer}${stale === null ? nothing : ' · stale'}</span
      >`;
  }
  if (label !== null)
    return html`<b>${label.words}</b>
      <span class="f1">concept label${label.f1 === null ? nothing : ` · F1 ${scoreText(label.f1)}`}</span>`;
  return html`<span class="dim">Not explained yet.</span>`;
}

function activityOf({ statistics, kind }: UnitSummary, top: readonly ExampleGroup[] | null): TemplateResult {
  if (statistics === null) return html`${nothing}`;
  const things = kind === 'head' ? 'pairs' : 'tokens';
  if (!(statistics.density > 0))
    return html`<span class="dim">·</span> never active in ${bigNumber(statistics.count)} ${things}`;
  const peak = top?.[0]?.examples[0];
  const token = peak?.tokens[peak.position];
  const key = peak === undefined || peak.key === null ? undefined : peak.tokens[peak.key];
  return html`<span class="dim">·</span> active on <b>${densityText(statistics.density)}</b> of
    ${bigNumber(statistics.count)} ${things}, up to <b>${formatNumber(statistics.max)}</b> ${
      token === undefined
        ? nothing
        : html`${key === undefined ? 'on' : 'from'}
            <b class="mono">${tokenView({ text: token }, peak?.position)}</b>${
              key === undefined
                ? nothing
                : html` to <b class="mono">${tokenView({ text: key }, peak?.key ?? undefined)}</b>`
            }`
    }`;
}
