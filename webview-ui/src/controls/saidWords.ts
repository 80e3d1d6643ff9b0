import { html, type TemplateResult } from 'lit';

/** `F1 0.92` stays on a line; who published words, and how, may need several. */
const SHORT = 12;

/** Words of a unit, with the score or the source that stands behind them. */
export function saidWords({
  words,
  score,
}: {
  readonly words: string;
  readonly score: string;
}): TemplateResult {
  return html`${words} <span class="f1 ${score.length > SHORT ? 'long' : ''}">${score}</span>`;
}
