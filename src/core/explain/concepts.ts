import { InterpError } from '../errors.ts';
import { CONCEPTS } from '../world/concepts.ts';
import { TOP_LEVEL } from './normalize.ts';
import type { ExplainerPart, SimulatorPart } from './parts.ts';
import { maskCorrelation, sampleOf } from './words/fit/sample.ts';

/** Concepts offered; the calibration windows choose among them. */
const CANDIDATES = 4;

/** Correlation below which a concept says nothing of the unit. */
const LEAST = 0.05;

const BY_WORDS: ReadonlyMap<string, string> = new Map(CONCEPTS.map(({ id, words }) => [words, id]));

/**
 * The embedded world's own labels as explanations: the concepts that correlate best with the unit. An oracle to compare
 * others with: it knows what the text was generated from. Only for windows of the embedded generator.
 */
export const conceptsExplainer: ExplainerPart = {
  kind: 'concepts',
  name: 'concepts',
  explain: ({ train, contrast }) => {
    const records = [...train, ...contrast];
    if (records.some(({ concepts }) => concepts === null)) return Promise.reject(noLabels());
    const sample = sampleOf(records);
    const labels = records.flatMap(({ concepts }) => [...(concepts ?? [])]);
    const found = CONCEPTS.map(({ id, words }) => ({
      words,
      score: maskCorrelation(
        sample,
        Uint8Array.from(labels, (held) => (held.has(id) ? 1 : 0)),
      ),
    }))
      .filter(({ score }) => score >= LEAST)
      .sort((a, b) => b.score - a.score)
      .slice(0, CANDIDATES);
    return found.length > 0
      ? Promise.resolve(found.map(({ words }) => ({ words, pattern: null })))
      : Promise.reject(
          new InterpError(
            'explain/nothing-found',
            'No concept of the embedded world holds where this unit fires in the windows that explain it.',
          ),
        );
  },
};

/** Fires where the window's own labels say that the concept holds. Values are 0 or 10. */
export const conceptsSimulator: SimulatorPart = {
  kind: 'concepts',
  name: 'concept labels',
  simulate: ({ explained, record }) => {
    const id = BY_WORDS.get(explained.words);
    if (id === undefined) return failed('The words are not those of a concept of the embedded world.');
    if (!record.concepts) return failed('The window has no labels: the embedded generator did not write it.');
    const values = Float32Array.from(record.concepts, (held) => (held.has(id) ? TOP_LEVEL : 0));
    return Promise.resolve({ values, failure: null });
  },
};

function failed(failure: string): Promise<{ values: null; failure: string }> {
  return Promise.resolve({ values: null, failure });
}

function noLabels(): InterpError {
  return new InterpError(
    'explain/not-possible',
    'Concept labels exist only for text of the embedded generator. Use the summary, N2G or a language model.',
  );
}
