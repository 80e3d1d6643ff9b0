import assert from 'node:assert/strict';
import { findDuplicateKey } from '../../../../src/core/weights/duplicateKeys.ts';

const TEXTS: readonly [json: string, duplicate: string | null][] = [
  ['{}', null],
  ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', null],
  ['{"a":1,"a":2}', 'a'],
  ['{"a":1 , "b":2, "a" :3}', 'a'],
  ['{"x":{"k":1,"k":2}}', 'k'],
  ['[{"k":1},{"k":1,"j":{},"k":2}]', 'k'],
  ['{"a":"a","b":"a"}', null],
  ['{"a":"{\\"a\\":1,","b":"}"}', null],
  ['{"a\\"":1,"a":2}', null],
  ['{"\\u0061":1,"a":2}', 'a'],
  ['{"a\\\\":1,"a\\\\":2}', 'a\\'],
  ['{"":1,"":2}', ''],
  ['"a"', null],
];

describe('findDuplicateKey', () => {
  it('finds a key that one object names twice', () => {
    for (const [json, expected] of TEXTS) assert.equal(findDuplicateKey(json), expected, json);
  });
});
