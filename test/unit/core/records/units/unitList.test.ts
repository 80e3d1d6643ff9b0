import assert from 'node:assert/strict';
import {
  listUnits,
  type ListedFamily,
  type ListQuery,
} from '../../../../../src/core/records/units/unitList.ts';
import type { WordsOfUnit } from '../../../../../src/core/trace/words.ts';

const TOKENS = [' the', ' Mary', 'MARY', '\n', '7'];
const said = (words: string, score: number | null): WordsOfUnit => ({
  words,
  by: 'human',
  score,
  stale: false,
});

/** Six latents: dead, rare, two sparse, two dense; three with words, one of them without a score. */
const FAMILY: ListedFamily = {
  size: 6,
  columns: {
    density: Float64Array.of(0, 0.00005, 0.0001, 0.1, 0.11, 0.5),
    mean: new Float64Array(6),
    max: Float64Array.of(0, 3, 9, 3, 12, Number.NaN),
    kurtosis: new Float64Array(6),
    topToken: Int32Array.of(-1, 0, 1, 2, 3, 4),
  },
  words: new Map([
    [4, said('a new line', 0.5)],
    [1, said('An article', 0.8)],
    [2, said('female names', null)],
  ]),
  id: (index) => `3-res/${index}`,
  tokenText: (id) => TOKENS[id] ?? '?',
};

function check(query: Partial<ListQuery>, expected: readonly number[]): void {
  const asked = {
    text: '',
    sort: 'id',
    falling: false,
    category: 'all',
    from: 0,
    count: 99,
    ...query,
  } as const;
  const { rows, total } = listUnits(FAMILY, asked);
  assert.deepEqual(
    rows.map(({ id }) => Number(id.slice('3-res/'.length))),
    expected,
    JSON.stringify(query),
  );
  if (query.from === undefined && query.count === undefined) assert.equal(total, expected.length);
}

describe('lists of units', () => {
  it('sort by id, density and max; what has no number stands last either way', () => {
    check({}, [0, 1, 2, 3, 4, 5]);
    check({ falling: true }, [5, 4, 3, 2, 1, 0]);
    check({ sort: 'density', falling: true }, [5, 4, 3, 2, 1, 0]);
    check({ sort: 'max' }, [0, 1, 3, 2, 4, 5]);
    check({ sort: 'max', falling: true }, [4, 2, 1, 3, 0, 5]);
  });

  it('sort by score and by words; units without stand last, by id', () => {
    check({ sort: 'score', falling: true }, [1, 4, 0, 2, 3, 5]);
    check({ sort: 'score' }, [4, 1, 0, 2, 3, 5]);
    check({ sort: 'words' }, [4, 1, 2, 0, 3, 5]);
    check({ sort: 'words', falling: true }, [2, 1, 4, 0, 3, 5]);
  });

  it('sort scores of patterns behind those of words, either way, and say which they are', () => {
    const pattern = { ...said('any token', 0.9), isPattern: true } as const;
    const family = { ...FAMILY, words: new Map([...FAMILY.words, [0, pattern]]) };
    const asked = { text: '', sort: 'score', category: 'all', from: 0, count: 3 } as const;
    const ids = (falling: boolean) =>
      listUnits(family, { ...asked, falling }).rows.map(({ id, isPattern }) => [id, isPattern]);
    const last = ['3-res/0', true];
    assert.deepEqual(ids(true), [['3-res/1', undefined], ['3-res/4', undefined], last]);
    assert.deepEqual(ids(false), [['3-res/4', undefined], ['3-res/1', undefined], last]);
  });

  it('density classes hold every unit once; explained ones have words', () => {
    check({ category: 'dead' }, [0]);
    check({ category: 'rare' }, [1]);
    check({ category: 'sparse' }, [2, 3]);
    check({ category: 'dense' }, [4, 5]);
    check({ category: 'explained' }, [1, 2, 4]);
    check({ category: 'unexplained' }, [0, 3, 5]);
  });

  it('find a text in words and top tokens whatever its case, and an id as a whole', () => {
    check({ text: 'mary' }, [2, 3]);
    check({ text: ' mary' }, [2]);
    check({ text: 'ARTICLE' }, [1]);
    check({ text: '  ' }, [0, 1, 2, 3, 4, 5]);
    check({ text: '3' }, [3]);
    check({ text: '7' }, [5]);
    check({ text: '3-res/4' }, [4]);
    check({ text: '3-res/6' }, []);
    check({ text: 'mary', category: 'explained' }, [2]);
  });

  it('find by terms: bounds of density, max and score, and the top token alone', () => {
    check({ text: 'density>=0.1' }, [3, 4, 5]);
    check({ text: 'density < 1%' }, [0, 1, 2]);
    check({ text: 'score>.5' }, [1]);
    check({ text: 'SCORE<=0.5' }, [4]);
    check({ text: 'max>3 max<12' }, [2]);
    check({ text: 'token:mary' }, [2, 3]);
    check({ text: 'token:" mary"' }, [2]);
    check({ text: 'max=3 token:the article' }, [1]);
    check({ text: 'density>0.2 article' }, []);
    check({ text: 'score>high' }, []);
  });

  it('give one page and the number of all', () => {
    check({ from: 1, count: 2 }, [1, 2]);
    check({ from: 5, count: 2 }, [5]);
    const query = { text: 'mary', sort: 'id', falling: false, category: 'all', from: 1, count: 1 } as const;
    assert.deepEqual(listUnits(FAMILY, query), {
      total: 2,
      rows: [
        {
          id: '3-res/3',
          words: null,
          wordsBy: null,
          score: null,
          stale: false,
          density: 0.1,
          max: 3,
          topToken: 'MARY',
        },
      ],
    });
  });

  it('list a family that no index covers', () => {
    const query = { text: '', sort: 'max', falling: true, category: 'all', from: 0, count: 1 } as const;
    const { rows, total } = listUnits({ ...FAMILY, columns: null }, query);
    assert.deepEqual([total, rows[0]?.density, rows[0]?.max, rows[0]?.topToken], [6, null, null, null]);
  });
});
