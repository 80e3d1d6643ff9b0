import assert from 'node:assert/strict';
import { isInterpError } from '../../../../../src/core/errors.ts';
import { headJudge } from '../../../../../src/core/explain/heads/headJudge.ts';
import { headSummaryExplainer } from '../../../../../src/core/explain/heads/headSummary.ts';
import { pairStrength, RELATIONS, type PairRule } from '../../../../../src/core/explain/heads/pairRule.ts';
import { allPairs, pairIndex, type Pair } from '../../../../../src/core/explain/heads/pairs.ts';
import { readPairRule, writePairRule } from '../../../../../src/core/explain/heads/pairWords.ts';
import { scorePairs } from '../../../../../src/core/explain/heads/scorePairs.ts';
import type { ExplainedRecord } from '../../../../../src/core/explain/parts.ts';
import { EVERY_TOKEN } from '../../../../../src/core/explain/words/selector.ts';
import { summaryExplainer } from '../../../../../src/core/explain/words/summary.ts';
import { viewText } from '../../../../../src/core/explain/words/textView.ts';
import { inputOf, recordOf, tokensOf } from '../support.ts';

type Attends = (tokens: readonly string[], pair: Pair) => boolean;

function headWindow(text: string, attends: Attends, sequence: number): ExplainedRecord {
  const tokens = tokensOf(text);
  const all = allPairs(tokens.length);
  const pairs = Float32Array.from(all, (pair) => (attends(tokens, pair) ? 2 : 0.01));
  const best = tokens.map((_, query) =>
    Math.max(...tokens.slice(0, query + 1).map((__, key) => pairs[pairIndex({ query, key })] ?? 0)),
  );
  return recordOf(tokens, best, { pairs, sequence });
}

const TEXTS = [
  'Anna gave Tom a pen. Then Anna gave Paul a cup.',
  'Mary gave Emma a red hat. Then Mary gave Tom a bag.',
  'The cat sat on a mat. The dog sat on a rug.',
  'He said that she left. He said that she came back.',
];

const windows = (attends: Attends) => TEXTS.map((text, index) => headWindow(text, attends, index));
const HEAD = { kind: 'head', layer: 0, head: 0 } as const;

describe('rules of heads as sentences', () => {
  const check = (rule: PairRule, sentence: string): void => {
    it(sentence, () => {
      assert.equal(writePairRule(rule), sentence);
      assert.deepEqual(readPairRule(sentence), rule);
    });
  };
  const names = { ...EVERY_TOKEN, classes: ['capitalised'] };
  const she = { ...EVERY_TOKEN, texts: [' she', ' to'] };
  check(
    { clauses: [{ strength: 10, query: she, relation: 'any', key: names }] },
    'attends from " she" and " to" to capitalised words',
  );
  for (const [relation, phrases] of Object.entries(RELATIONS)) {
    const clause = {
      strength: 10,
      query: EVERY_TOKEN,
      relation: relation as keyof typeof RELATIONS,
    } as const;
    check({ clauses: [{ ...clause, key: EVERY_TOKEN }] }, `attends from any token to ${phrases[0]}`);
    it(`reads every phrase for ${relation}`, () => {
      for (const phrase of phrases) {
        assert.equal(readPairRule(`attends to ${phrase}`)?.clauses[0]?.relation, relation, phrase);
      }
    });
  }
  check(
    {
      clauses: [
        { strength: 10, query: EVERY_TOKEN, relation: 'previous', key: names },
        { strength: 6, query: she, relation: 'first', key: EVERY_TOKEN },
      ],
    },
    'attends from any token to the previous token where it is capitalised words; less from " she" and " to" to the start of the text',
  );

  const fails = (sentence: string): void => {
    it(`"${sentence}" says nothing of pairs`, async () => {
      assert.equal(readPairRule(sentence), null);
      const answer = await headJudge.pair({
        ...inputOf([]),
        explained: { words: sentence, pattern: null },
        record: recordOf(['a'], [0]),
        query: 0,
        key: 0,
      });
      assert.ok('failure' in answer);
    });
  };
  fails('');
  fails('attends from any token to any token');
});

describe('what words say of pairs', () => {
  const check = (words: string, text: string, expected: string): void => {
    it(`${words} | ${text} -> ${expected}`, () => {
      const rule = readPairRule(words);
      assert.ok(rule);
      const view = viewText(tokensOf(text));
      const found = allPairs(view.tokens.length).filter((pair) => pairStrength(rule, view, pair) > 0);
      assert.equal(found.map(({ query, key }) => `${query}>${key}`).join(' '), expected);
    });
  };
  check('attends to the previous token', 'a b c', '1>0 2>1');
  check('from a pronoun to names', 'Tom said he', '2>0');
  check('attends to the same token earlier', 'a b a b', '2>0 3>1');
  check('attends to what followed the same token before', 'a b a', '2>1');
  check('to itself', 'a b', '0>0 1>1');
  check('attends to the first token', 'a b', '0>0 1>0');
});

describe('summary of heads', () => {
  const check = (title: string, attends: Attends, expected: string): void => {
    it(`${title}: ${expected}`, async () => {
      const all = windows(attends);
      const [first] = await summaryExplainer.explain(inputOf(all, { unit: HEAD }));
      assert.equal(first?.words, expected);
    });
  };
  const word = (token = '') => token.trim();
  check(
    'previous token',
    (_, { query, key }) => query - key === 1,
    'attends from any token to the previous token',
  );
  check('itself', (_, { query, key }) => query === key, 'attends from any token to itself');
  check(
    'duplicates',
    (tokens, { query, key }) => query > key && word(tokens[query]) === word(tokens[key]),
    'attends from any token to the same token earlier',
  );
  check(
    'induction',
    (tokens, { query, key }) => key > 0 && query >= key && word(tokens[query]) === word(tokens[key - 1]),
    'attends from any token to what followed the same token before',
  );
  check('a token', (tokens, { key }) => tokens[key] === ' gave', 'attends from any token to " gave"');

  it('finds it in long windows too, from some of the queries', async () => {
    const text = Array.from({ length: 30 }, (_, index) => TEXTS[index % TEXTS.length]).join(' ');
    const long = headWindow(text, (_, { query, key }) => query - key === 1, 1);
    const [first] = await headSummaryExplainer.explain(inputOf([long, long, long], { unit: HEAD }));
    assert.equal(first?.words, 'attends from any token to the previous token');
  });

  it('has nothing to say of a silent head', async () => {
    const all = windows(() => false).map((record) => ({
      ...record,
      pairs: record.pairs?.map(() => 0) ?? null,
    }));
    await assert.rejects(headSummaryExplainer.explain(inputOf(all, { unit: HEAD })), (error) =>
      isInterpError(error, 'explain/nothing-found'),
    );
  });
});

describe('B9: scores of heads by marked pairs', () => {
  const all = windows((_, { query, key }) => query - key === 1);
  const score = (words: string) =>
    scorePairs({
      ...inputOf([]),
      explained: { words, pattern: null },
      judge: headJudge,
      splits: { train: all.slice(0, 1), calibration: all.slice(1, 2), test: all.slice(2) },
    });
  const check = (words: string, auc: number): void => {
    it(`"${words}" has AUC ${auc}`, async () => {
      const { scores } = await score(words);
      assert.equal(scores?.auc?.value, auc);
      // Two marked pairs of each window, each with a silent one of its query and one of any.
      assert.equal(scores?.examples, 12);
    });
  };
  check('attends to the previous token', 1);
  check('attends from any token to "zebra"', 0.5);

  it('lists failures', async () => {
    const { scores, failures } = await score('...');
    assert.equal(scores, null);
    // One reason for each of the two windows, however many pairs were asked of it.
    assert.equal(failures.length, 2);
  });
});
