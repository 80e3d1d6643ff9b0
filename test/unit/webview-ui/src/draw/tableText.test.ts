import assert from 'node:assert/strict';
import { toCsv, toJson, toTsv, type DataTable } from '../../../../../webview-ui/src/draw/tableText.ts';

const TABLE: DataTable = {
  caption: 'Tokens',
  columns: [
    { key: 'token', title: 'Token', unit: '', numeric: false },
    { key: 'loss', title: 'Surprise', unit: 'nats', numeric: true },
  ],
  rows: [
    [' to', 0.43],
    ['\t\n\\', null],
    ['', NaN],
  ],
};

describe('a copied table', () => {
  it('is one line per row as TSV, whatever the tokens hold', () => {
    assert.equal(toTsv(TABLE), 'Token\tSurprise (nats)\n to\t0.43\n\\t\\n\\\\\t\n\tNaN');
  });

  it('is an array of objects as JSON, with null for what is no number', () => {
    assert.deepEqual(JSON.parse(toJson(TABLE)), [
      { token: ' to', loss: 0.43 },
      { token: '\t\n\\', loss: null },
      { token: '', loss: null },
    ]);
  });

  it('quotes what needs it as CSV, and ends every line', () => {
    const rows = [
      [' a', 1.5],
      ['say "hi", now\n', null],
    ];
    assert.equal(toCsv({ ...TABLE, rows }), 'token,loss\r\n a,1.5\r\n"say ""hi"", now\n",\r\n');
  });
});
