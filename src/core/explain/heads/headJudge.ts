import { TOP_LEVEL } from '../normalize.ts';
import type { JudgePart } from '../parts.ts';
import { viewText } from '../words/textView.ts';
import { pairStrength } from './pairRule.ts';
import { readPairRule } from './pairWords.ts';

const ONLY_PAIRS = { failure: 'A head is judged by pairs of tokens.' } as const;

/** Judges a marked pair of a head by the words of the explanation alone. */
export const headJudge: JudgePart = {
  name: 'words',
  detect: () => Promise.resolve(ONLY_PAIRS),
  fuzz: () => Promise.resolve(ONLY_PAIRS),
  pair: ({ explained, record, query, key }) => {
    const rule = readPairRule(explained.words);
    return Promise.resolve(
      rule
        ? { probability: pairStrength(rule, viewText(record.tokens), { query, key }) / TOP_LEVEL }
        : {
            failure:
              'The words name no tokens and no place that the head could look at: say from what to what it attends.',
          },
    );
  },
};
