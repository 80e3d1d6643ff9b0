import assert from 'node:assert/strict';
import { namesFile } from '../../../../src/core/prompt/textOrFile.ts';

describe('text or file', () => {
  const check = (value: string, expected: boolean): void => {
    it(JSON.stringify(value), () => assert.equal(namesFile(value), expected));
  };
  check('reference.txt', true);
  check('../texts/When Mary.prompt', true);
  check('/tmp/a.MD', true);
  check('When Mary and John went to the store, Mary gave a drink to', false);
  check('', false);
  check('.txt', false);
  check('a/.txt', false);
  check('See notes.txt\nand more', false);
  check(' reference.txt', false);
});
