import { InterpError } from '../../errors.ts';
import { isJsonObject, parseJsonObject, quote } from '../../json.ts';

/** A step of a pattern, read from the active token backwards: a token, any token, or the start of the text. */
export type Step = number | typeof ANY | typeof START;

export const ANY = '*' as const;
export const START = '^' as const;

/** Node of a trie of reversed patterns. */
export interface TrieNode {
  /** Activation where a pattern ends here, else null. */
  value: number | null;
  readonly next: Map<Step, TrieNode>;
}

/** No pattern is longer than a window, and no window longer than this. */
const MAX_DEPTH = 4096;

/** Enough to tell activations apart, and stable text. */
const DIGITS = 4;

export function emptyTrie(): TrieNode {
  return { value: null, next: new Map() };
}

/** Adds a reversed pattern. A pattern that is there already keeps the larger activation. */
export function insertPattern(root: TrieNode, steps: readonly Step[], value: number): void {
  let node = root;
  for (const step of steps) {
    let next = node.next.get(step);
    if (!next) {
      next = emptyTrie();
      node.next.set(step, next);
    }
    node = next;
  }
  node.value = Math.max(node.value ?? value, value);
}

/** How a pattern is walked along a text. */
export interface PredictOptions {
  /** Where the text starts: a token with this id before a position ends the walk. */
  readonly bosId: number | null;
  /**
   * `greedy`: an exact token is followed and never given up (OpenAI's n2g).
   * `backtrack` (default): where the exact branch comes to nothing, the wildcard's is tried.
   */
  readonly walk?: 'greedy' | 'backtrack';
}

/**
 * Activation at each token: walks backwards through the trie, an exact token before a wildcard, the first stored value
 * wins; 0 where nothing matches. Shape [tokens].
 */
export function predict(root: TrieNode, ids: readonly number[], options: PredictOptions): Float32Array {
  return Float32Array.from(ids, (_, position) => valueAt(root, ids, position, options) ?? 0);
}

function valueAt(
  node: TrieNode,
  ids: readonly number[],
  position: number,
  options: PredictOptions,
): number | null {
  if (node.value !== null) return node.value;
  const id = ids[position];
  if (atStart(ids, position, options.bosId)) return node.next.get(START)?.value ?? null;
  if (id === undefined) return null;
  const exact = node.next.get(id);
  const found = exact ? valueAt(exact, ids, position - 1, options) : null;
  if (found !== null || (exact && options.walk === 'greedy')) return found;
  const any = node.next.get(ANY);
  return any ? valueAt(any, ids, position - 1, options) : null;
}

/** Whether there is nothing left of the text at a position; the token that is predicted is never taken for its start. */
function atStart(ids: readonly number[], position: number, bosId: number | null): boolean {
  return position < 0 || (bosId !== null && ids[position] === bosId && position < ids.length - 1);
}

/** Every pattern with its activation, the strongest first; ties by length, then by ids. */
export function patternsOf(root: TrieNode): { readonly steps: readonly Step[]; readonly value: number }[] {
  const found: { steps: Step[]; value: number }[] = [];
  const visit = (node: TrieNode, steps: Step[]): void => {
    if (node.value !== null) found.push({ steps, value: node.value });
    for (const [step, next] of node.next) visit(next, [...steps, step]);
  };
  visit(root, []);
  const order = (a: readonly Step[], b: readonly Step[]) =>
    a.length - b.length || (a.join(' ') < b.join(' ') ? -1 : 1);
  return found.sort((a, b) => b.value - a.value || order(a.steps, b.steps));
}

/** One line of JSON, the same for equal tries: `{"next":{"12":{"value":3.1},"*":{"next":{"^":{"value":1}}}}}`. */
export function formatTrie(root: TrieNode): string {
  return JSON.stringify(plain(root));
}

function plain(node: TrieNode): object {
  const steps = [...node.next.keys()].sort((a, b) => (String(a) < String(b) ? -1 : 1));
  return {
    ...(node.value === null ? {} : { value: Number(node.value.toPrecision(DIGITS)) }),
    ...(steps.length === 0
      ? {}
      : {
          next: Object.fromEntries(
            steps.map((step) => [String(step), plain(node.next.get(step) ?? emptyTrie())]),
          ),
        }),
  };
}

/** Reads what `formatTrie` wrote, or a person's file. @throws explain/malformed */
export function parseTrie(text: string): TrieNode {
  return readNode(parseJsonObject(text, { file: 'The pattern', code: 'explain/malformed' }), 0);
}

function readNode(value: unknown, depth: number): TrieNode {
  if (!isJsonObject(value) || depth > MAX_DEPTH) throw wrong(value);
  const stored = value['value'] ?? null;
  if (stored !== null && (typeof stored !== 'number' || !Number.isFinite(stored))) throw wrong(stored);
  const node: TrieNode = { value: stored, next: new Map() };
  const next = value['next'] ?? {};
  if (!isJsonObject(next)) throw wrong(next);
  for (const [key, child] of Object.entries(next)) node.next.set(readStep(key), readNode(child, depth + 1));
  return node;
}

function readStep(key: string): Step {
  if (key === ANY || key === START) return key;
  if (/^\d+$/.test(key)) return Number(key);
  throw wrong(key);
}

function wrong(found: unknown): InterpError {
  return new InterpError(
    'explain/malformed',
    `The pattern has ${quote(found)} where a node or a step of a trie should be.`,
  );
}
