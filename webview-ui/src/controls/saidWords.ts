import { html, nothing, type TemplateResult } from 'lit';
import { scoreOfWords, type WordsOfUnit } from '../../../src/core/trace/words.ts';

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

/** In a cell of one line: the words give way, what stands behind them stays. `more`: what else stands after the words. */
export function wordsLine(known: WordsOfUnit, more = ''): TemplateResult {
  const score = scoreOfWords(known);
  return html`<span class="words-line"
    ><span class="cut">${known.words}${more}</span
    >${score === '' ? nothing : html`<span class="f1">${score}</span>`}</span
  >`;
}
