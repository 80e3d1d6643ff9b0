import assert from 'node:assert/strict';
import { toCsv } from '../../../../../webview-ui/src/debug/exports.ts';

describe('comma-separated text', () => {
  it('quotes what needs it and ends every line', () => {
    const column = (
      key: string,
      numeric: boolean,
    ): { key: string; title: string; unit: string; numeric: boolean } => ({
      key,
      title: key,
      unit: '',
      numeric,
    });
    const table = {
      caption: '',
      columns: [column('text', false), column('value', true)],
      rows: [
        [' a', 1.5],
        ['say "hi", now\n', null],
      ],
    };
    assert.equal(toCsv(table), 'text,value\r\n a,1.5\r\n"say ""hi"", now\n",\r\n');
  });
});
