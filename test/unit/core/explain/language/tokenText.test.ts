import assert from 'node:assert/strict';
import fc from 'fast-check';
import { anyUnicode } from '../../../../support/anyUnicode.ts';
import { lineToken, plainToken } from '../../../../../src/core/explain/language/tokenText.ts';

describe('B10: tokens on a line', () => {
  const check = (token: string, line: string): void => {
    it(`${JSON.stringify(token)} is written ${line}`, () => {
      assert.equal(lineToken(token), line);
      assert.equal(plainToken(line), token);
    });
  };
  check(' word', ' word');
  check('\n', '\\n');
  check('\r\n', '\\r\\n');
  check('a\tb', 'a\\tb');
  check('\\', '\\\\');
  check('\\n', '\\\\n');
  check('\\u{9}', '\\\\u{9}');
  check('\ufffd', '\\u{fffd}');
  check('\u00a0', '\\u{a0}');
  check('\u2028', '\\u{2028}');
  check('\ud83d', '\\u{d83d}');
  check('é日🙂', 'é日🙂');
  check('<end>', '<end>');
  check('', '');

  it('any token comes back, and its line has no tab and no line end', () => {
    fc.assert(
      fc.property(anyUnicode(), (token) => {
        const line = lineToken(token);
        assert.equal(plainToken(line), token);
        assert.ok(!/[\t\n\r\u2028\u2029\v\f\u0085]/.test(line));
      }),
      { seed: 4 },
    );
  });
});
