import { html, type TemplateResult } from 'lit';
import type { TokenReading } from '../../../src/core/trace/readings.ts';
import { formatExact, formatPercent, withUnit } from '../draw/format.ts';
import { tokenLabel, tokenParts } from '../draw/tokenText.ts';
import type { TipContent } from './tip.ts';

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

/** All that is known of a token of the prompt, exactly. */
export function tokenTip(
  token: TokenReading,
  position: number,
  extra?: { readonly name: string; readonly value: number | null; readonly unit: string },
): TipContent {
  const rows: (readonly [string, string])[] = [
    ['Position', String(position)],
    ['Token id', String(token.id)],
    ['Surprise', withUnit(formatExact(token.loss), 'nats')],
    ['Probability', formatPercent(token.probability)],
    ['Rank', token.rank === null ? '–' : String(token.rank)],
    ['Entropy', withUnit(formatExact(token.entropy), 'nats')],
  ];
  if (extra !== undefined) rows.push([extra.name, withUnit(formatExact(extra.value), extra.unit)]);
  return { title: tokenLabel(token, position), rows };
}
