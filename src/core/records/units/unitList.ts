import type { WordsOfUnit } from '../../trace/words.ts';
import type { UnitCategory, UnitRow, UnitSort } from '../readings.ts';
import type { FamilyColumns } from '../records.ts';
import { parseUnitSearch, type BoundedNumber } from './unitSearch.ts';

/** A family as lists read it. */
export interface ListedFamily {
  readonly size: number;
  /** Null while no index covers the family. */
  readonly columns: FamilyColumns | null;
  /** By index; units without words are absent. Never changed: orders are kept with it. */
  readonly words: ReadonlyMap<number, WordsOfUnit>;
  readonly id: (index: number) => string;
  readonly tokenText: (id: number) => string;
}

/** What the feature browser's list shows: which units, in which order, which stretch of them. */
export interface ListQuery {
  readonly text: string;
  readonly sort: UnitSort;
  readonly falling: boolean;
  readonly category: UnitCategory;
  readonly from: number;
  readonly count: number;
}

/** Limits of the density classes, shares of tokens. */
const RARE_BELOW = 1e-4;
const DENSE_ABOVE = 0.1;
const LAST_NUMBER = /(\d+)\s*$/;

interface Orders {
  readonly rising: Int32Array;
  readonly falling: Int32Array;
}

/** Orders of one family by a column, made once and kept with its columns. */
const orders = new WeakMap<Float64Array, Orders>();

type Words = ListedFamily['words'];

/** What is made of a family's words once. */
interface WordsTable {
  /** In small letters. */
  readonly lower: ReadonlyMap<number, string>;
  readonly orders: Map<'score' | 'words', { readonly rising: number[]; readonly falling: number[] }>;
}

const wordTables = new WeakMap<Words, WordsTable>();

/** Rows of a family that a query asks for, and how many match in all. Cost: linear in the family. */
export function listUnits(family: ListedFamily, query: ListQuery): { total: number; rows: UnitRow[] } {
  const matches = matcher(family, query.text);
  const inCategory = categoryTest(family, query.category);
  const rows: UnitRow[] = [];
  let total = 0;
  for (const index of inOrder(family, query)) {
    if (!inCategory(index) || !matches(index)) continue;
    if (total >= query.from && rows.length < query.count) rows.push(rowOf(family, index));
    total++;
  }
  return { total, rows };
}

/** One unit as lists show it. */
export function rowOf(family: ListedFamily, index: number): UnitRow {
  const { columns } = family;
  const said = family.words.get(index);
  const top = columns?.topToken[index] ?? -1;
  return {
    id: family.id(index),
    words: said?.words ?? null,
    wordsBy: said?.by ?? null,
    score: said?.score ?? null,
    ...(said?.isPattern === true ? { isPattern: true } : {}),
    ...(said?.scoreKind === undefined ? {} : { scoreKind: said.scoreKind }),
    stale: said?.stale ?? false,
    ...(said?.also === undefined ? {} : { also: said.also }),
    density: columns?.density[index] ?? null,
    max: columns?.max[index] ?? null,
    topToken: top < 0 ? null : family.tokenText(top),
  };
}

function categoryTest({ columns, words }: ListedFamily, category: UnitCategory): (index: number) => boolean {
  const density = (index: number): number => columns?.density[index] ?? Number.NaN;
  switch (category) {
    case 'all':
      return () => true;
    case 'explained':
      return (index) => words.has(index);
    case 'unexplained':
      return (index) => !words.has(index);
    case 'dead':
      return (index) => density(index) === 0;
    case 'rare':
      return (index) => density(index) > 0 && density(index) < RARE_BELOW;
    case 'sparse':
      return (index) => density(index) >= RARE_BELOW && density(index) <= DENSE_ABOVE;
    case 'dense':
      return (index) => density(index) > DENSE_ABOVE;
  }
}

/** Every term of a search holds; its text is found in the words and the top token, or is an id or the number of a unit. */
function matcher(family: ListedFamily, typed: string): (index: number) => boolean {
  const { text, tokens, bounds } = parseUnitSearch(typed);
  const numbers = bounds.map(({ of, holds }) => {
    const read = numberReader(family, of);
    return (index: number): boolean => holds(read(index));
  });
  const named = tokens.map((token) => tokenTest(family, token));
  const all = [...numbers, ...named, textTest(family, text)];
  return (index) => all.every((holds) => holds(index));
}

/** NaN where a unit has no such number: it is within no bound. */
function numberReader({ columns, words }: ListedFamily, of: BoundedNumber): (index: number) => number {
  if (of === 'score') return (index) => words.get(index)?.score ?? Number.NaN;
  return (index) => columns?.[of][index] ?? Number.NaN;
}

/** Whether the top token holds a text, whatever its case. */
function tokenTest({ columns, tokenText }: ListedFamily, wanted: string): (index: number) => boolean {
  const known = new Map<number, boolean>();
  return (index) => {
    const id = columns?.topToken[index] ?? -1;
    const found = known.get(id) ?? (id >= 0 && tokenText(id).toLowerCase().includes(wanted));
    known.set(id, found);
    return found;
  };
}

function textTest(family: ListedFamily, text: string): (index: number) => boolean {
  const wanted = text.toLowerCase();
  const trimmed = wanted.trim();
  if (trimmed === '') return () => true;
  const { lower } = tableOf(family.words);
  const inToken = tokenTest(family, wanted);
  const asId = idIn(family, trimmed);
  return (index) => index === asId || (lower.get(index)?.includes(trimmed) ?? false) || inToken(index);
}

/** The unit that a text names: `412`, or its whole id; -1 for none. */
function idIn({ size, id }: ListedFamily, text: string): number {
  const index = Number(LAST_NUMBER.exec(text)?.[1] ?? -1);
  if (index < 0 || index >= size) return -1;
  return text === String(index) || text === id(index).toLowerCase() ? index : -1;
}

/** Every index once. Units without a value stand last either way; equal ones in the order of their ids. */
function* inOrder(family: ListedFamily, { sort, falling }: ListQuery): Iterable<number> {
  const { size, columns } = family;
  if (sort === 'score' || sort === 'words') {
    yield* byWords(family, { sort, falling });
    return;
  }
  if (sort !== 'id' && columns) {
    const { rising, falling: down } = ordersOf(columns[sort]);
    yield* falling ? down : rising;
    return;
  }
  for (let at = 0; at < size; at++) yield falling ? size - 1 - at : at;
}

function* byWords(
  { size, words }: ListedFamily,
  { sort, falling }: { readonly sort: 'score' | 'words'; readonly falling: boolean },
): Iterable<number> {
  const table = tableOf(words);
  const known = table.orders.get(sort) ?? { rising: rank(words, sort, 1), falling: rank(words, sort, -1) };
  table.orders.set(sort, known);
  const ranked = falling ? known.falling : known.rising;
  yield* ranked;
  const first = new Set(ranked);
  for (let index = 0; index < size; index++) if (!first.has(index)) yield index;
}

/** Units that have a score, or words, in their order; equal ones by id. Scores of patterns stand behind those of words. */
function rank(words: Words, sort: 'score' | 'words', sign: 1 | -1): number[] {
  const compare = new Intl.Collator('en').compare;
  return [...words]
    .filter(([, { score }]) => sort === 'words' || score !== null)
    .sort(([a, left], [b, right]) => {
      if (sort === 'words') return sign * compare(left.words, right.words) || a - b;
      const kind = Number(left.isPattern ?? false) - Number(right.isPattern ?? false);
      return kind || sign * ((left.score ?? 0) - (right.score ?? 0)) || a - b;
    })
    .map(([index]) => index);
}

/** One's own words and those of others: a search finds both. */
function allWords({ words, also = [] }: WordsOfUnit): string {
  return [words, ...also.map((each) => each.words)].join('\n').toLowerCase();
}

function tableOf(words: Words): WordsTable {
  const known = wordTables.get(words);
  if (known) return known;
  const lower = new Map([...words].map(([index, each]) => [index, allWords(each)]));
  const made = { lower, orders: new Map() };
  wordTables.set(words, made);
  return made;
}

function ordersOf(values: Float64Array): Orders {
  const known = orders.get(values);
  if (known) return known;
  const order = (sign: 1 | -1): Int32Array => {
    // NaN sorts last, so that the comparison stays a total order.
    const keys = values.map((value) => (Number.isNaN(value) ? Infinity : sign * value));
    return Int32Array.from(values.keys()).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
  };
  const made = { rising: order(1), falling: order(-1) };
  orders.set(values, made);
  return made;
}
