import assert from 'node:assert/strict';
import { parseJsonObject, quote, readFields, type FieldReader } from '../../../src/core/json.ts';
import { expectError } from '../../support/expectError.ts';

const PLACE = { file: 'a.json', code: 'model/bad-config' } as const;
const OBJECT = {
  count: 3,
  zero: 0,
  half: 0.5,
  name: 'x',
  yes: true,
  none: null,
  inner: { a: 1 },
  list: [1],
};

const READ: readonly [(fields: FieldReader) => unknown, unknown][] = [
  [(f) => f.positiveInteger('count'), 3],
  [(f) => f.optionalInteger('zero'), 0],
  [(f) => f.optionalInteger('none'), null],
  [(f) => f.optionalInteger('absent'), null],
  [(f) => f.positiveNumber('half', 9), 0.5],
  [(f) => f.positiveNumber('absent', 9), 9],
  [(f) => f.flag('yes', false), true],
  [(f) => f.flag('none', true), true],
  [(f) => f.text('name'), 'x'],
  [(f) => f.text('absent'), null],
  [(f) => f.object('inner'), { a: 1 }],
  [(f) => f.has('none'), false],
  [(f) => f.has('zero'), true],
  [(f) => f.has('toString'), false],
];

const REFUSED: readonly [(fields: FieldReader) => unknown, string][] = [
  [(f) => f.positiveInteger('zero'), '"zero" must be a positive integer, found 0'],
  [(f) => f.positiveInteger('absent'), '"absent" must be a positive integer, found nothing'],
  [(f) => f.optionalInteger('half'), '"half" must be an integer, found 0.5'],
  [(f) => f.positiveNumber('zero', 1), '"zero" must be a positive number, found 0'],
  [(f) => f.positiveNumber('name', 1), '"name" must be a positive number, found "x"'],
  [(f) => f.flag('count', true), '"count" must be true or false, found 3'],
  [(f) => f.text('list'), '"list" must be a string, found [1]'],
  [(f) => f.object('list'), '"list" must be an object, found [1]'],
];

describe('fields of JSON', () => {
  it('are read by type, null and absence alike', () => {
    for (const [read, expected] of READ)
      assert.deepEqual(read(readFields(OBJECT, PLACE)), expected, String(read));
  });

  it('are refused with file, key, expected and found', async () => {
    for (const [read, words] of REFUSED) {
      await expectError(() => read(readFields(OBJECT, PLACE)), PLACE.code, `a.json: ${words}`);
    }
  });

  it('remember which keys nobody asked for', () => {
    const fields = readFields({ a: 1, b: 2, c: 3 }, PLACE);
    fields.has('b');
    fields.optionalInteger('d');
    assert.deepEqual(fields.unread(), ['a', 'c']);
  });
});

describe('parseJsonObject', () => {
  it('takes objects only', async () => {
    assert.deepEqual(parseJsonObject('{"a":1}', PLACE), { a: 1 });
    await expectError(() => parseJsonObject('{', PLACE), PLACE.code, 'a.json is not JSON');
    await expectError(() => parseJsonObject('null', PLACE), PLACE.code, 'expected a JSON object, found null');
    await expectError(() => parseJsonObject('[1]', PLACE), PLACE.code, 'found [1]');
  });
});

describe('quote', () => {
  it('shortens, and never throws', () => {
    assert.equal(quote('x'.repeat(100)).length, 63);
    assert.equal(quote(undefined), 'undefined');
    assert.equal(
      quote(JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)),
      'a value too deep to quote',
    );
  });
});
