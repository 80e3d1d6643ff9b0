import assert from 'node:assert/strict';
import { labelTokens } from '../../../../src/core/world/labelTokens.ts';
import { surfaceSpans } from '../../../../src/core/world/surface.ts';
import { Writer, piece } from '../../../../src/core/world/writer.ts';
import type { TokenRange } from '../../../../src/core/world/labelTokens.ts';

/** Ranges of tokens given as their texts in order. */
function ranges(...tokens: string[]): TokenRange[] {
  let at = 0;
  return tokens.map((token) => ({ start: at, end: (at += token.length) }));
}

function labels(text: string, spans: [number, number, string][], tokens: string[]): string[][] {
  const written = spans.map(([start, end, concept]) => ({ start, end, concepts: [concept] }));
  return labelTokens({ text, spans: written }, ranges(...tokens)).map((set) => [...set]);
}

describe('core/world/labelTokens', () => {
  it('counts the letters, not the leading space', () => {
    assert.deepEqual(labels('a Mary', [[2, 6, 'name']], ['a', ' Mary']), [['position.first'], ['name']]);
  });

  it('needs more than half of a token', () => {
    assert.deepEqual(labels('x abcd', [[2, 4, 'half']], ['x', ' abcd'])[1], []);
    assert.deepEqual(labels('x abcd', [[2, 5, 'most']], ['x', ' abcd'])[1], ['most']);
  });

  it('adds up the parts of a token that several spans of a concept cover', () => {
    assert.deepEqual(
      labels(
        'x abcd',
        [
          [2, 4, 'c'],
          [5, 6, 'c'],
        ],
        ['x', ' abcd'],
      )[1],
      ['c'],
    );
  });

  it('labels white space by its characters', () => {
    assert.deepEqual(labels('a\n\nb', [[1, 3, 'line']], ['a', '\n\n', 'b'])[1], ['line']);
  });

  it('gives the empty range of BOS nothing and the next token the first position', () => {
    const bos = { start: 0, end: 0 };
    const sets = labelTokens({ text: 'ab', spans: [{ start: 0, end: 2, concepts: ['c'] }] }, [
      bos,
      ...ranges('ab'),
    ]);
    assert.deepEqual(
      sets.map((set) => [...set]),
      [[], ['c', 'position.first']],
    );
  });

  it('labels a literal sentence', () => {
    const text = 'Mary saw 2 red cats. Mary left.';
    const tokens = ranges('Mary', ' saw', ' 2', ' red', ' cats', '.', ' Mary', ' left', '.');
    const sets = labelTokens({ text, spans: surfaceSpans(text) }, tokens).map((set) =>
      [...set].sort().join(' '),
    );
    assert.deepEqual(sets, [
      'name.female name.new position.first position.sentence.first position.sentence.start word.capitalised',
      'position.sentence.first',
      'char.digits position.sentence.first',
      'position.sentence.first word.colour',
      'position.sentence.first word.animal',
      'char.stop position.sentence.first',
      'name.female name.repeated position.sentence.start word.capitalised',
      '',
      'char.stop',
    ]);
  });
});

describe('core/world/writer', () => {
  it('marks slots and nested stretches', () => {
    const writer = new Writer();
    writer.within(['outer'], () => writer.fill('A <x> b', { x: piece('cat', 'inner') }));
    assert.equal(writer.text, 'A cat b');
    assert.deepEqual(writer.spans, [
      { start: 2, end: 5, concepts: ['inner'] },
      { start: 0, end: 7, concepts: ['outer'] },
    ]);
  });

  it('refuses a slot without value', () => {
    assert.throws(() => new Writer().fill('<who>', {}), RangeError);
  });
});
