import { printTable } from '../bench/measure.ts';

/** One comparison: the largest errors, and what they must stay below. */
export interface Comparison {
  readonly what: string;
  /** Underglass against the peer in float32. */
  readonly error: number;
  readonly target: number;
  /** Each against the peer in float64, which tells whose rounding an error is; null where only float64 was computed. */
  readonly own: number | null;
  readonly peer: number | null;
  /** Where the error is largest, or what else is to be told. */
  readonly note: string;
}

export const isMiss = ({ error, target }: Comparison): boolean => !(error < target);

/** Prints comparisons under a title. */
export function printComparisons(title: string, all: readonly Comparison[]): void {
  const exact = all.some(({ own }) => own !== null);
  printTable(title, [
    ['what', 'error', 'target', '', ...(exact ? ['Underglass - float64', 'peer - float64'] : []), 'note'],
    ...all.map((each) => [
      each.what,
      short(each.error),
      short(each.target),
      isMiss(each) ? 'MISS' : 'ok',
      ...(exact ? [short(each.own), short(each.peer)] : []),
      each.note,
    ]),
  ]);
}

function short(value: number | null): string {
  return value === null ? '' : value.toExponential(1);
}
