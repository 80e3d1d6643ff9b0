import assert from 'node:assert/strict';
import { bylineOf, sayings, scoreOfWords, type WordsOfUnit } from '../../../../src/core/trace/words.ts';

const SAID: WordsOfUnit = { words: 'the sea', by: 'summary', score: 0.724, stale: false };

describe('what stands behind words', () => {
  const check = (known: Partial<WordsOfUnit>, score: string, byline: string): void => {
    it(byline, () => {
      assert.equal(scoreOfWords({ ...SAID, ...known }), score);
      assert.equal(bylineOf({ ...SAID, ...known }), byline);
    });
  };
  check({}, 'score 0.72', 'summary, score 0.72');
  check({ stale: true }, 'score 0.72, stale', 'summary, score 0.72, stale');
  check({ score: null }, '', 'summary');
  check({ by: 'concept label' }, 'F1 0.72', 'concept label, F1 0.72');
  check({ by: 'n2g', isPattern: true }, 'pattern 0.72', 'n2g, pattern 0.72');
  check({ by: 'n2g', isPattern: true, score: null }, 'pattern', 'n2g, pattern');
  check(
    { by: 'Neuronpedia', isPublished: true, scoreKind: 'fuzz' },
    'Neuronpedia, fuzz 0.72',
    'Neuronpedia, fuzz 0.72',
  );
  check({ by: 'OpenAI', isPublished: true }, 'OpenAI, score 0.72', 'OpenAI, score 0.72');
  check({ by: 'OpenAI', isPublished: true, isPattern: true }, 'OpenAI, pattern 0.72', 'OpenAI, pattern 0.72');

  it('is told of each that says something', () => {
    const pattern = { ...SAID, by: 'n2g', words: 'any token', isPattern: true } as const;
    assert.deepEqual(sayings({ ...SAID, also: [pattern] }), [
      { words: 'the sea', score: 'score 0.72' },
      { words: 'any token', score: 'pattern 0.72' },
    ]);
  });
});
