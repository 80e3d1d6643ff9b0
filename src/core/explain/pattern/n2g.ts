import { InterpError, throwIfCancelled } from '../../errors.ts';
import type { ActivationsOf, Explained, ExplainedRecord, ExplainerPart, ExplainInput } from '../parts.ts';
import { describeTrie } from './describeTrie.ts';
import {
  ANY,
  emptyTrie,
  formatTrie,
  insertPattern,
  predict,
  START,
  type Step,
  type TrieNode,
} from './trie.ts';

/** A shorter text must keep this share of the activation, and a token is needed when the rest keeps less than this. */
const KEPT = 0.5;

/** Suffixes are tried from the shortest in batches of so many. */
const BATCH = 8;

/** Peaks of one window that get a pattern of their own, unless an earlier pattern foretells them. */
const PEAKS = 3;

type Runs = Pick<ExplainInput, 'activationsOf' | 'padId' | 'bosId' | 'signal'>;

/**
 * Neuron to graph: what must stand before a token for the unit to fire on it, as a trie of patterns.
 * Source: Foote et al. 2023 and OpenAI's sparse_autoencoder, `explanations.py`. Differs in three ways: several peaks of a
 * window give patterns, a BOS token stays in front of every shortened text (without it GPT-2 takes the first token for
 * one), and heads are refused (their activation is of pairs).
 */
export const n2gExplainer: ExplainerPart = {
  kind: 'n2g',
  name: 'n2g',
  async explain(input) {
    if (input.unit.kind === 'head') {
      throw new InterpError(
        'explain/not-possible',
        'N2G explains neurons and latents; a head has pairs of tokens. Use the summary.',
      );
    }
    const trie = await buildTrie(input.train, input);
    if (trie.next.size === 0) throw nothing();
    return [explainedBy(trie, input.text)];
  },
};

export function explainedBy(trie: TrieNode, text: (id: number) => string): Explained {
  return { words: describeTrie(trie, text), pattern: formatTrie(trie) };
}

/** Patterns of the strongest peaks of each window, in the order of the windows. */
export async function buildTrie(records: readonly ExplainedRecord[], runs: Runs): Promise<TrieNode> {
  const trie = emptyTrie();
  for (const record of records) {
    for (const position of peaksOf(record)) {
      throwIfCancelled(runs.signal);
      const ids = record.ids.slice(0, position + 1);
      const foretold = predict(trie, ids, { bosId: runs.bosId }).at(-1) ?? 0;
      if (foretold >= KEPT * (record.activations[position] ?? 0)) continue;
      const found = await patternOf(ids, runs);
      if (found) insertPattern(trie, found.steps, found.value);
    }
  }
  return trie;
}

/** Positions with at least half of the window's maximum, the strongest first. */
function peaksOf({ activations }: ExplainedRecord): number[] {
  const positions = Array.from(activations.keys());
  const at = (position: number) => activations[position] ?? 0;
  const max = positions.reduce((most, position) => Math.max(most, at(position)), 0);
  return positions
    .filter((position) => at(position) > 0 && at(position) >= KEPT * max)
    .sort((a, b) => at(b) - at(a) || a - b)
    .slice(0, PEAKS);
}

/** The reversed pattern of the last token of a text, null when the unit does not fire on it. */
async function patternOf(
  ids: readonly number[],
  runs: Runs,
): Promise<{ steps: Step[]; value: number } | null> {
  const text = ids.slice(ids.lastIndexOf(runs.bosId ?? -1, -2) + 1);
  const bos = text.length < ids.length || ids[0] === runs.bosId ? runs.bosId : null;
  const run = lastActivations(runs.activationsOf, bos, runs.signal);
  const whole = (await run([text]))[0] ?? 0;
  if (whole <= 0) return null;
  const { suffix, value } = await shortestSuffix(text, whole, run);
  const replaced = suffix.map((_, index) => suffix.with(index, runs.padId));
  const [padded = 0, ...changed] = await run([[runs.padId, ...suffix], ...replaced]);
  const steps: Step[] = suffix
    .map((id, index) => (1 - (changed[index] ?? 0) / value < KEPT ? ANY : id))
    .reverse();
  return { steps: padded >= KEPT * value ? steps : [...steps, START], value: whole };
}

async function shortestSuffix(
  text: readonly number[],
  whole: number,
  run: (texts: readonly (readonly number[])[]) => Promise<number[]>,
): Promise<{ suffix: readonly number[]; value: number }> {
  for (let start = 1; start < text.length; start += BATCH) {
    const end = Math.min(start + BATCH, text.length);
    const suffixes = Array.from({ length: end - start }, (_, index) => text.slice(-(start + index)));
    const values = await run(suffixes);
    const first = values.findIndex((value) => value >= KEPT * whole);
    const suffix = suffixes[first];
    if (suffix) return { suffix, value: values[first] ?? whole };
  }
  return { suffix: text, value: whole };
}

function lastActivations(activationsOf: ActivationsOf, bos: number | null, signal: AbortSignal) {
  return async (texts: readonly (readonly number[])[]): Promise<number[]> => {
    const sequences = bos === null ? texts : texts.map((ids) => (ids[0] === bos ? ids : [bos, ...ids]));
    const activations = await activationsOf(sequences, signal);
    return activations.map((values) => values.at(-1) ?? 0);
  };
}

function nothing(): InterpError {
  return new InterpError(
    'explain/nothing-found',
    'The unit is not active in any of the windows that explain it, so that there is no pattern.',
  );
}
