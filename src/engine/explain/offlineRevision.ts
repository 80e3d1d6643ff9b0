import { InterpError, isInterpError } from '../../core/errors.ts';
import type { ReviseWords, WriteSentences } from '../../core/explain/language/revise.ts';
import type { Explained, ExplainedRecord, ExplainInput } from '../../core/explain/parts.ts';
import { largest } from '../../core/explain/normalize.ts';
import { summaryExplainer } from '../../core/explain/words/summary.ts';
import { wordsSimulator } from '../../core/explain/words/wordsSimulator.ts';
import { generateDocument } from '../../core/world/generate.ts';
import type { OpenModel } from '../openModel.ts';

/** Sentences of each kind, as a language model is asked for. */
const OF_EACH = 5;
/** Generated documents that are looked through. */
const DOCUMENTS = 400;
/** Seeds far from those of training and of the embedded corpus. */
const FIRST_SEED = 5_000_000;
/** Tokens of a sentence that is tried. */
const MAX_TOKENS = 48;
const FIRES = 5;

/**
 * Sentences of the embedded generator instead of a language model's: half of them the words say the unit fires on, half
 * they say it does not.
 */
export function generatedSentences(model: OpenModel, { seed }: { readonly seed: number }): WriteSentences {
  return async (words, { signal, onCall }) => {
    const text = (id: number): string => model.tokenizer.text(id);
    const yes: string[] = [];
    const no: string[] = [];
    for (let number = 0; number < DOCUMENTS && (yes.length < OF_EACH || no.length < OF_EACH); number++) {
      const document = generateDocument(FIRST_SEED + seed * DOCUMENTS + number, { split: 'heldout' });
      const tokens = model.tokenizer.encode(document.text).slice(0, MAX_TOKENS);
      const ids = tokens.map(({ id }) => id);
      const record = { ids, tokens: ids.map(text), sequence: -1 - number, concepts: null };
      const explained = { words, pattern: null };
      const simulated = await wordsSimulator.simulate({ explained, record, text, signal, onCall });
      if (simulated.values === null) throw new InterpError('explain/not-possible', simulated.failure);
      const group = largest([simulated.values]) >= FIRES ? yes : no;
      if (group.length < OF_EACH) group.push(document.text.slice(0, tokens.at(-1)?.end ?? 0));
    }
    return [
      ...yes.map((sentence) => ({ text: sentence, expected: true })),
      ...no.map((sentence) => ({ text: sentence, expected: false })),
    ];
  };
}

/** Explains anew with what the sentences showed among the records: the words that fit both. */
export function summaryReviser(input: Omit<ExplainInput, 'signal' | 'onCall'>): ReviseWords {
  return async ({ words, train, examples }, run) => {
    const more = examples.map(({ tokens, activations }, index): ExplainedRecord => ({
      sequence: -1 - index,
      ids: tokens.map(() => 0),
      tokens,
      activations: Float32Array.from(activations),
      pairs: null,
      set: 'top',
      source: 'a sentence that was tried',
      concepts: null,
    }));
    const found = await explained({ ...input, ...run, train: [...train, ...more] });
    return found.find((each) => each.words !== words)?.words ?? words;
  };
}

/** Nothing better can be said when nothing is found: the words stay. */
async function explained(input: ExplainInput): Promise<readonly Explained[]> {
  try {
    return await summaryExplainer.explain(input);
  } catch (error) {
    if (isInterpError(error, 'explain/nothing-found')) return [];
    throw error;
  }
}
