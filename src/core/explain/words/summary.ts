import { InterpError } from '../../errors.ts';
import { headSummaryExplainer } from '../heads/headSummary.ts';
import type { ExplainerPart } from '../parts.ts';
import { fitRules } from './fit/fitRules.ts';
import { writeRule } from './write.ts';

/** Sentences offered; the calibration windows choose among them. */
const CANDIDATES = 4;

/** Less than this says nothing of the unit. */
const LEAST_PROMISE = 0.05;

/**
 * Says in plain words, without a model, what a unit fires on: tokens, kinds of tokens, what stands around them, positions
 * and repetitions, found on the records that explain it against random windows. Several candidates, the most promising
 * first. A head is told by `headSummaryExplainer`.
 */
export const summaryExplainer: ExplainerPart = {
  kind: 'summary',
  name: 'summary',
  explain: (input) => {
    if (input.unit.kind === 'head') return headSummaryExplainer.explain(input);
    const { train, contrast } = input;
    const fitted = fitRules([...train, ...contrast]).filter(({ promise }) => promise >= LEAST_PROMISE);
    const words = [...new Set(fitted.map(({ rule }) => writeRule(rule)))].slice(0, CANDIDATES);
    return words.length > 0
      ? Promise.resolve(words.map((each) => ({ words: each, pattern: null })))
      : Promise.reject(nothing());
  },
};

function nothing(): InterpError {
  return new InterpError(
    'explain/nothing-found',
    'No token, kind of token or surrounding foretells where this unit fires in the windows that explain it.',
  );
}
