import type { Quantity } from '../../../src/core/trace/quantity.ts';
import type { TokenReading } from '../../../src/core/trace/readings.ts';
import type { TipContent } from '../controls/tip.ts';
import { formatExact, formatPercent, withUnit } from '../draw/format.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { quantityName } from './selection.ts';
import type { QuantityReading } from './store.ts';

/** A token of the prompt with the chosen quantity, where its tooltip does not tell that anyway. */
export function describeToken(
  tokens: readonly TokenReading[],
  heat: QuantityReading | null,
  position: number,
): TipContent {
  const token = tokens[position];
  if (token === undefined) return { title: '', rows: [] };
  if (heat === null || isOfEveryToken(heat.quantity)) return tokenTip(token, position);
  const { values, unit } = heat.map;
  return tokenTip(token, position, {
    name: quantityName(heat.quantity),
    value: values[position] ?? null,
    unit,
  });
}

/** All that is known of a token of the prompt, exactly. */
function tokenTip(
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

/** Quantities that every token's tooltip tells anyway. */
function isOfEveryToken({ kind }: Quantity): boolean {
  return kind === 'loss' || kind === 'probability' || kind === 'entropy';
}
