import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { choicesOf, describeKey, KEY_NAMES, KEYS } from '../../../../src/core/prompt/keys.ts';
import { nearest } from '../../../../src/core/prompt/nearest.ts';
import { parsePrompt } from '../../../../src/core/prompt/parsePrompt.ts';
import { promptSchema } from '../../../../src/core/prompt/schema.ts';

const SCHEMA_FILE = new URL('../../../../media/prompt.schema.json', import.meta.url);

describe('key table', () => {
  it('is what media/prompt.schema.json says (UPDATE_GOLDEN=1 writes it)', () => {
    const expected = `${JSON.stringify(promptSchema(), null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(SCHEMA_FILE, expected);
    assert.deepEqual(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')), promptSchema());
  });

  for (const key of KEY_NAMES) {
    it(`${key}: its example and its choices are accepted`, () => {
      for (const value of [KEYS[key].example, ...choicesOf(KEYS[key].kind)]) {
        const file = parsePrompt(`---\n${key}: ${value}\n---\n`);
        assert.deepEqual(file.problems, []);
        assert.ok(file.frontMatter[key]);
      }
      assert.ok(describeKey(key).includes(KEYS[key].doc));
    });
  }
});

describe('nearest', () => {
  const check = (written: string, expected: string | null): void => {
    it(JSON.stringify(written), () => assert.equal(nearest(written, KEY_NAMES), expected));
  };
  check('Target', 'target');
  check('targets', 'target');
  check('distracter', 'distractor');
  check('mdoel', 'model');
  check('x', null);
  check('', null);
  check('z'.repeat(10_000), null);
});
