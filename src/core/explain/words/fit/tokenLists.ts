import { EVERY_TOKEN, type Selector } from '../selector.ts';
import type { Mask } from '../textView.ts';
import type { Sample } from './sample.ts';
import type { Atom } from './atoms.ts';

/** Tokens of a list at most: more is no explanation. */
const LONGEST_LIST = 8;
const TOKEN_COST = 0.5;

/** A token's mean must reach this share of the list's strongest to be listed. */
const SHARE = 0.3;

/** What a list of tokens has to foretell. All by token of the sample. */
export interface ListOptions {
  /** What is to be foretold at each token (what is left of the target once other clauses said their part). */
  readonly values: Float64Array;
  /** The token that decides for a token: itself, the one before it; null without one. */
  readonly holds: (index: number) => number | null;
}

/** A token text with what the unit does where it decides, by window. */
interface Entry {
  readonly text: string;
  readonly sums: Map<number, number>;
  readonly counts: Map<number, number>;
  sum: number;
  count: number;
}

/**
 * Lists of one to eight tokens, each with the tokens that covary most with the values. The honest mask lists a token in
 * a window only if the other windows would have listed it.
 */
export function tokenLists(sample: Sample, { values, holds }: ListOptions): Atom<Selector>[] {
  const entries = collect(sample, values, holds);
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const strongest = [...entries.values()]
    .filter(({ sum, count }) => sum > 0 && sum / count > 2 * mean)
    .sort((a, b) => gain(b, mean) - gain(a, mean) || (a.text < b.text ? -1 : 1))
    .slice(0, LONGEST_LIST);
  const lists: Atom<Selector>[] = [];
  const mask = new Uint8Array(sample.tokens.length);
  const honest = new Uint8Array(sample.tokens.length);
  const level = Math.max(0, ...strongest.slice(0, 3).map(({ sum, count }) => sum / count));
  const texts: string[] = [];
  for (const entry of strongest) {
    if (entry.sum / entry.count < SHARE * level) continue;
    texts.push(entry.text);
    mark(sample, { entry, holds, floor: SHARE * level }, mask, honest);
    lists.push({
      what: { ...EVERY_TOKEN, texts: texts.toSorted() },
      mask: mask.slice(),
      honest: honest.slice(),
      cost: TOKEN_COST * texts.length,
    });
  }
  return lists;
}

/** What listing it adds to the covariance. */
function gain({ sum, count }: Entry, mean: number): number {
  return (sum - count * mean) / Math.sqrt(count + 1);
}

function collect(
  sample: Sample,
  values: Float64Array,
  holds: (index: number) => number | null,
): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (let index = 0; index < sample.tokens.length; index++) {
    const at = holds(index);
    const text = at === null ? undefined : sample.tokens[at];
    if (text === undefined) continue;
    const entry = entries.get(text) ?? { text, sums: new Map(), counts: new Map(), sum: 0, count: 0 };
    const window = sample.windows[index] ?? 0;
    const value = values[index] ?? 0;
    entry.sums.set(window, (entry.sums.get(window) ?? 0) + value);
    entry.counts.set(window, (entry.counts.get(window) ?? 0) + 1);
    entry.sum += value;
    entry.count++;
    entries.set(text, entry);
  }
  return entries;
}

function mark(
  sample: Sample,
  { entry, holds, floor }: { entry: Entry; holds: (index: number) => number | null; floor: number },
  mask: Mask,
  honest: Mask,
): void {
  // Written without a leading space it means the token with one, too.
  const loose = /^\s/.test(entry.text) ? null : ` ${entry.text}`;
  for (let index = 0; index < sample.tokens.length; index++) {
    const at = holds(index);
    const text = at === null ? undefined : sample.tokens[at];
    if (text === undefined || (text !== entry.text && text !== loose)) continue;
    mask[index] = 1;
    const window = sample.windows[index] ?? 0;
    const sum = entry.sum - (entry.sums.get(window) ?? 0);
    const count = entry.count - (entry.counts.get(window) ?? 0);
    if (count > 0 && sum / count >= floor) honest[index] = 1;
  }
}
