import { html, nothing, type TemplateResult } from 'lit';

/** `magnitude`: largest first whatever the sign. */
export type SortOrder = 'magnitude' | 'descending' | 'ascending';

export interface SortColumn<K extends string> {
  readonly key: K;
  readonly title: string;
  /** What the column is, for its tooltip. */
  readonly doc: string;
  readonly numeric: boolean;
  /** Left out where there is little room. */
  readonly extra: boolean;
}

export interface Sorted<K extends string> {
  readonly sort: K;
  readonly order: SortOrder;
}

const NEXT_ORDER: Readonly<Record<SortOrder, SortOrder>> = {
  magnitude: 'descending',
  descending: 'ascending',
  ascending: 'magnitude',
};
const ORDER_MARKS: Readonly<Record<SortOrder, string>> = {
  magnitude: '▾ ±',
  descending: '▾',
  ascending: '▴',
};
const ORDER_WORDS: Readonly<Record<SortOrder, string>> = {
  magnitude: 'largest first, whatever the sign',
  descending: 'highest first',
  ascending: 'lowest first',
};

/** A header cell that sorts: numbers by magnitude, then either way; texts either way. */
export function sortHeader<K extends string>(
  column: SortColumn<K>,
  sorted: Sorted<K>,
  onSort: (change: Sorted<K>) => void,
): TemplateResult {
  const { key, title, doc, numeric, extra } = column;
  const isSorted = key === sorted.sort;
  const { order } = sorted;
  const aria = !isSorted ? 'none' : order === 'magnitude' ? 'other' : order;
  const next = { sort: key, order: orderAfter(isSorted ? order : null, { numeric }) };
  return html`<th
    role="columnheader"
    class="${numeric ? 'num' : ''} ${extra ? 'extra' : ''} col-${key}"
    aria-sort=${aria}
    title="${doc}${isSorted ? `. Sorted ${ORDER_WORDS[order]}; press for ${ORDER_WORDS[next.order]}` : '. Press to sort'}"
  >
    <button type="button" class="sort" data-sort=${key} @click=${() => onSort(next)}>
      ${title}${isSorted ? html` <span class="order" aria-hidden="true">${ORDER_MARKS[order]}</span>` : nothing}
    </button>
  </th>`;
}

/** What a press makes of an order; null = the column is not sorted yet. */
export function orderAfter(order: SortOrder | null, { numeric }: { readonly numeric: boolean }): SortOrder {
  if (order === null) return numeric ? 'magnitude' : 'ascending';
  if (numeric) return NEXT_ORDER[order];
  return order === 'ascending' ? 'descending' : 'ascending';
}

/** Rank of a number by an order: larger comes first, what has no value last. */
export function rankOf(value: number | null, order: SortOrder): number {
  if (value === null || Number.isNaN(value)) return -Infinity;
  if (order === 'magnitude') return Math.abs(value);
  return order === 'descending' ? value : -value;
}
