import { remember } from '../controls/changed.ts';
import type { StripModel } from '../controls/strip.ts';
import type { TipContent } from '../controls/tip.ts';
import { formatExact, withUnit } from '../draw/format.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import type { DebugSide, DebugSummary } from '../../../src/protocol/debugContract.ts';
import { aroundZero } from './effectsPane.ts';

export type StripColor = 'none' | 'loss' | 'lossDifference' | 'kl';

export const STRIP_COLORS: readonly {
  readonly value: StripColor;
  readonly label: string;
  readonly two: boolean;
}[] = [
  { value: 'none', label: 'Tokens uncoloured', two: false },
  { value: 'loss', label: 'Surprise', two: false },
  { value: 'lossDifference', label: 'Surprise, difference', two: true },
  { value: 'kl', label: 'KL of the prediction', two: true },
];

/** Loss of each token less its loss on the other side, nats; null where the tokens do not correspond. */
export function lossDifference(summary: DebugSummary): readonly (number | null)[] {
  const { left, right, alignment } = summary;
  return left.loss.map((loss, position) => {
    const other = right?.loss[alignment?.[position] ?? position] ?? null;
    return loss === null || other === null || alignment?.[position] === null ? null : loss - other;
  });
}

/** Values over the tokens by what colours them; null for none. */
export const stripHeat = remember((summary: DebugSummary, color: StripColor): StripModel['heat'] => {
  const values = valuesOf(summary, color);
  if (values === null) return null;
  const domain = aroundZero(values);
  return { values, domain: color === 'lossDifference' ? domain : { ...domain, min: 0 } };
});

function valuesOf(summary: DebugSummary, color: StripColor): readonly (number | null)[] | null {
  if (color === 'loss') return summary.left.loss;
  if (color === 'kl') return summary.left.kl;
  return color === 'lossDifference' && summary.right !== null ? lossDifference(summary) : null;
}

/** All that the summary knows of a token of the left side. */
export const describeTokens = remember((summary: DebugSummary) => (position: number): TipContent => {
  const { left, right } = summary;
  const token = left.tokens[position];
  if (token === undefined) return { title: '', rows: [] };
  const nats = (value: number | null): string => withUnit(formatExact(value), 'nats');
  const rows: [string, string][] = [
    ['Position', String(position)],
    ['Token id', String(token.id)],
    ['Surprise', nats(left.loss[position] ?? null)],
  ];
  if (right !== null) {
    rows.push(['Difference to the other side', nats(lossDifference(summary)[position] ?? null)]);
    rows.push(['KL of the prediction', nats(klAt(left, position))]);
  }
  return { title: tokenLabel(token, position), rows };
});

function klAt({ kl }: DebugSide, position: number): number | null {
  return kl?.[position] ?? null;
}
