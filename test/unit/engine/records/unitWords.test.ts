import assert from 'node:assert/strict';
import type { OpenModel } from '../../../../src/engine/openModel.ts';
import {
  besidePublished,
  firstWords,
  LABELS,
  type FamilyWords,
  type UnitWords,
} from '../../../../src/engine/records/unitWords.ts';

const labelled = new Map([
  [1, { words: 'one', f1: 0.5 }],
  [2, { words: 'two', f1: null }],
]);
/** Words are looked up of its SAEs alone. */
const MODEL = { saes: new Map([['3-res', { words: labelled }]]) } as unknown as OpenModel;

function stored(words: FamilyWords): UnitWords {
  return { words: (_, id) => words.get(Number(id.split('/')[1])) ?? null, search: () => words };
}

describe('words of units', () => {
  it('are the labels that ship with a SAE', async () => {
    const one = { words: 'one', by: 'concept label', score: 0.5, stale: false };
    assert.deepEqual(await LABELS.words(MODEL, '3-res/1'), one);
    assert.deepEqual(await LABELS.words(MODEL, '3-res/2'), { ...one, words: 'two', score: null });
    for (const none of ['3-res/3', '4-res/1', 'L3N1']) assert.equal(await LABELS.words(MODEL, none), null);
    const family = await LABELS.search(MODEL, '3-res');
    assert.deepEqual(family.get(1), one);
    assert.equal(await LABELS.search(MODEL, '3-res'), family, 'the same map again');
    assert.equal((await LABELS.search(MODEL, '3-heads')).size, 0);
  });

  it('of several sources are those of the first that has some', async () => {
    const mine = { words: 'my own', by: 'human', score: null, stale: false };
    let known: FamilyWords = new Map([[1, mine]]);
    const source: UnitWords = {
      words: (model, id) => stored(known).words(model, id),
      search: () => known,
    };
    const both = firstWords([source, LABELS]);
    assert.deepEqual(await both.words(MODEL, '3-res/1'), mine);
    assert.equal((await both.words(MODEL, '3-res/2'))?.words, 'two');
    const family = await both.search(MODEL, '3-res');
    assert.deepEqual([...family].map(([index, { words }]) => [index, words]).toSorted(), [
      [1, 'my own'],
      [2, 'two'],
    ]);
    assert.equal(await both.search(MODEL, '3-res'), family, 'the same map while no source changed');
    known = new Map();
    assert.equal((await both.search(MODEL, '3-res')).get(1)?.words, 'one');
  });

  it('of a pattern stand behind labels and what was published, and alone where there is nothing else', async () => {
    const pattern = { words: 'any token', by: 'n2g', score: 0.9, stale: false, isPattern: true } as const;
    const theirs = {
      words: 'the sea',
      by: 'OpenAI 2023',
      score: 0.3,
      stale: false,
      isPublished: true,
    } as const;
    const mine = stored(new Map([1, 3, 4].map((index) => [index, pattern])));
    const all = firstWords([besidePublished(mine, stored(new Map([[4, theirs]]))), LABELS]);
    const expected = [
      [1, 'one', undefined],
      [2, 'two', undefined],
      [3, 'any token', undefined],
      [4, 'the sea', [pattern]],
    ] as const;
    const family = await all.search(MODEL, '3-res');
    assert.equal(family.size, expected.length);
    for (const [index, words, also] of expected) {
      for (const found of [await all.words(MODEL, `3-res/${index}`), family.get(index)])
        assert.deepEqual([found?.words, found?.also], [words, also]);
    }
  });
});
