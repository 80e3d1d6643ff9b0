import { percent } from '../../core/percent.ts';
import type { DebugCandidate } from '../../protocol/debugContract.ts';
import { short } from './numbers.ts';
import type { Paint } from './style.ts';
import { tableLines, type Cell, type Column } from './table.ts';
import { shorten, visible } from './visible.ts';

const TOKEN_COLUMNS = 24;

/** The next-token table: logits relative to the first target's, on each side. `other` names the right one. */
export function candidateLines(candidates: readonly DebugCandidate[], other: string, paint: Paint): string[] {
  const hasRight = candidates.some(({ right }) => right !== null);
  const side = (name: string): Column[] =>
    ['logit', 'probability', 'rank'].map((title) => ({ title: `${name}${title}`, align: 'right' }));
  const columns: Column[] = [
    { title: 'token', align: 'left' },
    { title: '', align: 'left' },
    ...side(''),
    ...(hasRight ? [...side(`${other} `), { title: 'difference', align: 'right' } as const] : []),
  ];
  const rows = candidates.map(({ text, role, left, right }): Cell[] => [
    { text: shorten(visible(text), TOKEN_COLUMNS) },
    { text: role ?? '', paint: (shown) => paint(role === 'target' ? 'good' : 'warn', shown) },
    ...valueCells(left),
    ...(right ? [...valueCells(right), { text: short(left.logit - right.logit) }] : []),
  ]);
  const title = `${paint('strong', 'Next token')} ${paint('dim', "(logit relative to the first target's)")}`;
  return [title, ...tableLines(columns, rows, (text) => paint('dim', text))];
}

function valueCells({ logit, probability, rank }: DebugCandidate['left']): Cell[] {
  return [{ text: short(logit) }, { text: percent(probability, 'text') }, { text: String(rank) }];
}
