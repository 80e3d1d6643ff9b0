import assert from 'node:assert/strict';
import { bar, bytes, jsonNumber, nats, short } from '../../../../src/cli/print/numbers.ts';
import { tableLines } from '../../../../src/cli/print/table.ts';
import { columnsOf, shorten, visible } from '../../../../src/cli/print/visible.ts';
import { topEntries } from '../../../../src/cli/topEntries.ts';

function check<T>(name: string, found: T, expected: T): void {
  it(`${name} -> ${JSON.stringify(expected)}`, () => assert.deepEqual(found, expected));
}

describe('visible', () => {
  check('space and line end', visible(' a\n'), '·a↵');
  check('CRLF and tab', visible('\r\n\t'), '␍↵⇥');
  check('escape sequence', visible('\u001b[31m'), '<U+001B>[31m');
  check('right-to-left override', visible('\u202E'), '<U+202E>');
  check('no-break space', visible('\u00A0'), '<U+00A0>');
  check('zero width', visible('\u200B'), '<U+200B>');
  check('lone surrogate', visible('\uD83D'), '<U+D83D>');
  check('letters', visible('aé漢😀'), 'aé漢😀');
});

describe('columnsOf and shorten', () => {
  check('ASCII', columnsOf('abc'), 3);
  check('wide', columnsOf('漢😀'), 4);
  check('combining', columnsOf('e\u0301'), 1);
  check('fits', shorten('abc', 3), 'abc');
  check('cut', shorten('abcd', 3), 'ab…');
  check('cut before a wide one', shorten('a漢b', 3), 'a…');
});

describe('numbers', () => {
  check('short', [0, 0.0123, 1.234, 12.34, 123.4, 12345].map(short), [
    '0.000',
    '0.012',
    '1.23',
    '12.3',
    '123',
    '12345',
  ]);
  check('short, far', [1e-5, 2e7, -3.21, Infinity, -Infinity, NaN].map(short), [
    '1.0e-5',
    '2.0e+7',
    '-3.21',
    '∞',
    '-∞',
    '–',
  ]);
  check('short of nothing', short(null), '–');
  check('nats', [0.0004, 4.716, null].map(nats), ['0.00', '4.72', '–']);
  check(
    'bar',
    [0, 1, 0.5, 0.3, 2, NaN, -1].map((value) => bar(value, 1, 4)),
    ['', '████', '██', '█▎', '████', '', ''],
  );
  check('bytes', [999, 1000, 12_345_678, 3e9].map(bytes), ['999 B', '1.0 kB', '12.3 MB', '3.0 GB']);
  check('jsonNumber', [Math.fround(0.1), Infinity, NaN, null].map(jsonNumber), [
    0.100000001,
    null,
    null,
    null,
  ]);
  it('jsonNumber reads back as the same float32', () => {
    for (const value of Float32Array.of(Math.PI, 1e-38, 3.4e38, -0.1, 123456.789))
      assert.equal(Math.fround(jsonNumber(value) ?? 0), value);
  });
});

describe('tableLines', () => {
  const columns = [
    { title: 'n', align: 'right' },
    { title: 'name', align: 'left' },
  ] as const;
  check(
    'aligned, painted outside the padding',
    tableLines(
      columns,
      [[{ text: '10' }, { text: '漢', paint: (text) => `<${text}>` }], [{ text: '9' }]],
      (text) => text,
    ),
    ['   n  name', '  10  <漢>', '   9'],
  );
});

describe('topEntries', () => {
  const data = Float32Array.of(1, -5, 0, 3, -Infinity, 2);
  check('largest in size first', topEntries({ dims: [2, 3], data }, 3), {
    top: [
      { index: [0, 1], value: -5 },
      { index: [1, 0], value: 3 },
      { index: [1, 2], value: 2 },
    ],
    nonFinite: 1,
  });
  check('fewer than asked', topEntries({ dims: [2], data: Float32Array.of(0, 7) }, 9).top, [
    { index: [1], value: 7 },
  ]);
  check('nothing', topEntries({ dims: [0], data: new Float32Array() }, 3), { top: [], nonFinite: 0 });
});
