import { InterpError } from '../../errors.ts';
import type { ExplainerPart } from '../parts.ts';
import { fitPairs } from './fitPairs.ts';
import { writePairRule } from './pairWords.ts';

/** Sentences offered; the calibration windows choose among them. */
const CANDIDATES = 4;

/** Less than this says nothing of the head. */
const LEAST_PROMISE = 0.03;

/**
 * Says in plain words, without a model, from which tokens a head attends to which: by place (the previous token, the
 * first, the same one earlier, what followed that one), by the tokens, or both. Several candidates, best first.
 */
export const headSummaryExplainer: ExplainerPart = {
  kind: 'summary',
  name: 'summary',
  explain: ({ train, contrast }) => {
    const fitted = fitPairs([...train, ...contrast]).filter(({ promise }) => promise >= LEAST_PROMISE);
    const words = [...new Set(fitted.map(({ rule }) => writePairRule(rule)))].slice(0, CANDIDATES);
    return words.length > 0
      ? Promise.resolve(words.map((each) => ({ words: each, pattern: null })))
      : Promise.reject(
          new InterpError(
            'explain/nothing-found',
            'No place and no kind of token foretells the pairs of this head in the windows that explain it.',
          ),
        );
  },
};
